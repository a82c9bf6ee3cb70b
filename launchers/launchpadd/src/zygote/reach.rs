//! Why the server's user may not execute a program: a link in a virtual environment often leads below
//! another user's home.

use nix::unistd::{AccessFlags, access};
use std::collections::VecDeque;
use std::ffi::OsString;
use std::path::{Component, Path, PathBuf};

/// Links on the way, as the kernel follows them.
const LINKS: u32 = 40;

/// What is in the way to a program by its absolute path; None where nothing seems to be.
pub fn obstacle(program: &Path) -> Option<String> {
    let mut left: VecDeque<OsString> = names(program).collect();
    let mut at = PathBuf::from("/");
    let mut links = 0;
    while let Some(name) = left.pop_front() {
        if access(&at, AccessFlags::X_OK).is_err() {
            let target: PathBuf = at
                .join(name)
                .iter()
                .chain(left.iter().map(OsString::as_os_str))
                .collect();
            return Some(format!(
                "{}the server's user cannot enter \"{}\"",
                led(program, &target, links),
                at.display()
            ));
        }
        if name == ".." {
            at.pop();
            continue;
        }
        let next = at.join(name);
        let Ok(target) = std::fs::read_link(&next) else {
            at = next;
            continue;
        };
        links += 1;
        if links > LINKS {
            return None;
        }
        if target.is_absolute() {
            at = "/".into();
        }
        left = names(&target).chain(left).collect();
    }
    access(&at, AccessFlags::X_OK).is_err().then(|| {
        let led = led(program, &at, links);
        format!(
            "{led}the server's user may not execute \"{}\"",
            at.display()
        )
    })
}

fn led(program: &Path, target: &Path, links: u32) -> String {
    match links {
        0 => String::new(),
        _ => format!(
            "\"{}\" leads to \"{}\", and ",
            program.display(),
            target.display()
        ),
    }
}

fn names(path: &Path) -> impl Iterator<Item = OsString> + use<> {
    let parts = path.components().filter_map(|part| match part {
        Component::Normal(name) => Some(name.to_owned()),
        Component::ParentDir => Some("..".into()),
        Component::Prefix(_) | Component::RootDir | Component::CurDir => None,
    });
    parts.collect::<Vec<_>>().into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;
    use std::os::unix::fs::{PermissionsExt, symlink};

    #[test]
    fn the_way_is_followed_to_what_bars_it() {
        let place = tempfile::tempdir().unwrap();
        let file = |name: &str| place.path().join(name);
        fs::create_dir_all(file("home/bin")).unwrap();
        fs::create_dir_all(file("venv/bin")).unwrap();
        fs::write(file("home/bin/python"), "").unwrap();
        symlink("../home/bin", file("venv/base")).unwrap();
        symlink("../base/python", file("venv/bin/python")).unwrap();
        let told = obstacle(&file("venv/bin/python")).unwrap();
        let target = fs::canonicalize(file("home/bin/python")).unwrap();
        // Nobody may execute it, root neither.
        assert_eq!(
            told,
            format!(
                "\"{}\" leads to \"{}\", and the server's user may not execute \"{}\"",
                file("venv/bin/python").display(),
                target.display(),
                target.display()
            )
        );
        fs::set_permissions(&target, PermissionsExt::from_mode(0o755)).unwrap();
        assert_eq!(obstacle(&file("venv/bin/python")), None);
        let home = fs::canonicalize(file("home")).unwrap();
        fs::set_permissions(&home, PermissionsExt::from_mode(0o600)).unwrap();
        let told = obstacle(&file("venv/bin/python"));
        fs::set_permissions(&home, PermissionsExt::from_mode(0o700)).unwrap();
        // Root enters every folder.
        if !nix::unistd::geteuid().is_root() {
            let told = told.unwrap();
            assert!(told.ends_with(&format!(
                "the server's user cannot enter \"{}\"",
                home.display()
            )));
            assert!(told.contains(&format!("leads to \"{}\"", target.display())));
        }
        symlink("loop", file("loop")).unwrap();
        assert_eq!(obstacle(&file("loop")), None);
    }
}
