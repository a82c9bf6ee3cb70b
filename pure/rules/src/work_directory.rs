//! `launchpad.work_directory`: one path, or none. Whether there is such a directory, and whether it is fit, is looked at
//! where it is used: it may be mounted later than the server starts.

use crate::Checked;
use crate::readable_paths::below_root;
use std::ffi::CStr;

/// Bytes: with what else is sent to a zygote it must fit one packet.
const LONGEST: usize = 1000;

/// The setting's check.
pub struct WorkDirectory;

impl Checked for WorkDirectory {
    const NAME: &'static CStr = c"launchpad.work_directory";

    const IN_DATABASE: bool = false;

    fn check(value: &str, _bytes: usize) -> Result<(), String> {
        if value.is_empty() {
            return Ok(());
        }
        if value.len() > LONGEST {
            return Err(format!(
                "The path is longer than the limit of {LONGEST} bytes."
            ));
        }
        match below_root(value)? {
            "" => Err("\"/\" is the whole host: name a directory for work folders.".to_owned()),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(value: &str) -> Result<(), String> {
        WorkDirectory::check(value, value.len())
    }

    #[test]
    fn a_path_or_none() {
        let long = format!("/{}", "a".repeat(LONGEST - 1));
        for value in [
            "",
            "/dev/shm",
            "/dev/shm/",
            "/mnt/two words/'\"$x,y",
            "/..a",
            &long,
        ] {
            assert_eq!(check(value), Ok(()), "{value}");
        }
        let longer = format!("/{}", "a".repeat(LONGEST));
        for value in [
            "/",
            "//",
            "shm",
            "~/x",
            " /dev/shm",
            "/dev//shm",
            "/dev/./shm",
            "/dev/../etc",
            "/x/..",
            &longer,
        ] {
            assert!(check(value).is_err(), "{value}");
        }
    }
}
