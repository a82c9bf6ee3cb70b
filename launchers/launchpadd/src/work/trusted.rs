//! The way to `launchpad.work_directory`: nobody but the server's user and root may be able to put something else in the
//! place of any folder on it. What is made there is written to and removed by its path.

use super::Unfit;
use crate::os;
use nix::errno::Errno;
use nix::fcntl::readlink;
use nix::sys::stat::{FileStat, Mode, SFlag, lstat};
use nix::unistd::geteuid;
use std::collections::VecDeque;
use std::ffi::{OsStr, OsString};
use std::path::{Component, Path, PathBuf};

/// Links on the way, as the kernel follows them.
const LINKS: u32 = 40;

/// The real path of the directory, to which no link leads that others own, through no folder that others can change.
pub fn real(path: &Path) -> Result<PathBuf, Unfit> {
    let mut left: VecDeque<OsString> = names(path).collect();
    let mut at = PathBuf::from("/");
    check(&at, &look(&at)?)?;
    let mut links = 0;
    while let Some(name) = left.pop_front() {
        if name == ".." {
            at.pop();
            continue;
        }
        let next = at.join(name);
        let status = look(&next)?;
        if !os::is_a(SFlag::S_IFLNK, status.st_mode) {
            check(&next, &status)?;
            at = next;
            continue;
        }
        is_ours(&next, &status)?;
        links += 1;
        let target = readlink(&next).map_err(|errno| Unfit::look(&next, errno))?;
        if links > LINKS {
            return Err(Unfit::look(&next, Errno::ELOOP));
        }
        let target = PathBuf::from(target);
        if target.is_absolute() {
            at = "/".into();
        }
        left = names(&target).chain(left).collect();
    }
    Ok(at)
}

fn look(path: &Path) -> Result<FileStat, Unfit> {
    lstat(path).map_err(|errno| Unfit::look(path, errno))
}

/// A folder on the way, or at its end.
fn check(path: &Path, status: &FileStat) -> Result<(), Unfit> {
    if !os::is_a(SFlag::S_IFDIR, status.st_mode) {
        return Err(Unfit::NoDirectory(path.to_owned()));
    }
    is_ours(path, status)?;
    let mode = Mode::from_bits_truncate(status.st_mode);
    // In a sticky one, such as /tmp, only the owner of something can rename it.
    if mode.intersects(Mode::S_IWGRP | Mode::S_IWOTH) && !mode.contains(Mode::S_ISVTX) {
        return Err(Unfit::Open {
            path: path.to_owned(),
            mode: mode.bits(),
        });
    }
    Ok(())
}

fn is_ours(path: &Path, status: &FileStat) -> Result<(), Unfit> {
    let owner = status.st_uid;
    match owner == 0 || owner == geteuid().as_raw() {
        true => Ok(()),
        false => Err(Unfit::Owner {
            path: path.to_owned(),
            owner,
        }),
    }
}

fn names(path: &Path) -> impl Iterator<Item = OsString> + use<> {
    let parts = path.components().filter_map(|part| match part {
        Component::Normal(name) => Some(name),
        Component::ParentDir => Some(OsStr::new("..")),
        Component::Prefix(_) | Component::RootDir | Component::CurDir => None,
    });
    let owned: Vec<_> = parts.map(OsStr::to_owned).collect();
    owned.into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::{self, Permissions};
    use std::os::unix::fs::{PermissionsExt, chown, lchown, symlink};

    fn mode(path: &Path, mode: u32) {
        fs::set_permissions(path, Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn links_are_followed_and_others_folders_are_not() {
        let place = tempfile::tempdir().unwrap();
        let at = |name: &str| place.path().join(name);
        fs::create_dir_all(at("real/inner")).unwrap();
        mode(place.path(), 0o755);
        symlink("real/../real", at("link")).unwrap();
        symlink(at("link"), at("links")).unwrap();
        let found = real(&at("links/inner/")).unwrap();
        assert_eq!(found, fs::canonicalize(at("real/inner")).unwrap());

        symlink("loop", at("loop")).unwrap();
        assert!(matches!(real(&at("loop")), Err(Unfit::Look { .. })));
        assert!(matches!(real(&at("none")), Err(Unfit::Look { .. })));
        fs::write(at("file"), "").unwrap();
        assert!(matches!(real(&at("file")), Err(Unfit::NoDirectory(_))));
        assert!(matches!(real(&at("file/x")), Err(Unfit::NoDirectory(_))));

        // Others could rename what is in it, unless it is sticky.
        for (bits, fits) in [
            (0o777, false),
            (0o770, false),
            (0o1777, true),
            (0o755, true),
        ] {
            mode(&at("real"), bits);
            for way in ["real", "real/inner", "links/inner"] {
                let found = real(&at(way));
                assert_eq!(found.is_ok(), fits, "{bits:o} {found:?}");
            }
        }
        if geteuid().is_root() {
            lchown(at("link"), Some(4321), None).unwrap();
            let planted = real(&at("links/inner"));
            assert!(matches!(planted, Err(Unfit::Owner { owner: 4321, .. })));
            chown(at("real"), Some(4321), None).unwrap();
            let theirs = real(&at("real/inner"));
            assert!(matches!(theirs, Err(Unfit::Owner { owner: 4321, .. })));
        }
    }
}
