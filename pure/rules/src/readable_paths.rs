//! `launchpad.readable_paths`: folders, separated by commas.

use crate::Checked;
use std::ffi::CStr;

/// Each is a mount in every satellite.
const MOST: usize = 64;

/// Bytes of all paths together: with the rest of a fork order they must fit one packet.
const LONGEST: usize = 8 * 1024;

/// The setting's check.
pub struct ReadablePaths;

impl Checked for ReadablePaths {
    const NAME: &'static CStr = c"launchpad.readable_paths";

    const IN_DATABASE: bool = false;

    fn check(value: &str, _bytes: usize) -> Result<(), String> {
        split(value).map(drop)
    }
}

/// The folders in `value`, or what is wrong with it, as a sentence. Spaces around commas and slashes
/// at a path's end do not count; no name can hold a comma.
pub fn split(value: &str) -> Result<Vec<String>, String> {
    if value.trim().is_empty() {
        return Ok(Vec::new());
    }
    if value.len() > LONGEST {
        return Err(format!(
            "The list is longer than the limit of {LONGEST} bytes."
        ));
    }
    let paths: Vec<String> = value.split(',').map(folder).collect::<Result<_, _>>()?;
    if paths.len() > MOST {
        let count = paths.len();
        return Err(format!(
            "The list has {count} folders, {MOST} are the limit."
        ));
    }
    Ok(paths)
}

fn folder(written: &str) -> Result<String, String> {
    let path = written.trim();
    if path.is_empty() {
        return Err("The list has an empty path: one comma too many.".to_owned());
    }
    let below_root = below_root(path)?;
    if below_root.is_empty() {
        return Err("\"/\" is the whole host: name the folders that scripts need.".to_owned());
    }
    Ok(format!("/{below_root}"))
}

/// An absolute path without its first slash and its last ones, or what is wrong with it, as a sentence.
pub(crate) fn below_root(path: &str) -> Result<&str, String> {
    let Some(below_root) = path.strip_prefix('/') else {
        return Err(format!("\"{path}\" is not an absolute path."));
    };
    let below_root = below_root.trim_end_matches('/');
    let is_name = |part: &str| !matches!(part, "" | "." | "..");
    if !below_root.is_empty() && !below_root.split('/').all(is_name) {
        return Err(format!(
            "\"{path}\" has a part that is empty, \".\" or \"..\"."
        ));
    }
    Ok(below_root)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_split_at_commas() {
        let of = |value| split(value).unwrap();
        assert_eq!(of(""), [""; 0]);
        assert_eq!(of("  "), [""; 0]);
        assert_eq!(of("/data"), ["/data"]);
        assert_eq!(
            of(" /data/ ,/srv/two words,\t/a.b/..c "),
            ["/data", "/srv/two words", "/a.b/..c"]
        );
    }

    #[test]
    fn what_is_no_list_of_folders_is_refused() {
        for value in [
            "data",
            "~/data",
            "\"/data\"",
            "/data,",
            ",/data",
            "/data,,/srv",
            "/data, ,/srv",
            "/",
            "//",
            "/data//x",
            "//data",
            "/data/./x",
            "/data/..",
            "/../data",
        ] {
            assert!(split(value).is_err(), "{value}");
        }
        assert!(split(&vec!["/a"; 64].join(",")).is_ok());
        assert!(split(&vec!["/a"; 65].join(",")).is_err());
        assert!(split(&format!("/{}", "a".repeat(LONGEST))).is_err());
    }
}
