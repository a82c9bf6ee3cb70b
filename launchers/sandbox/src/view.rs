//! What a satellite sees of the host's files: which paths, and which never.

use crate::{Blueprint, Error};
use launchpad_protocol::policy::{Policy, Sandbox};
use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};

/// Folders that are never shown to a script, though parts of some may be: what lies right in them
/// is not the interpreter's alone.
const NEVER: &[&str] = &[
    "/",
    "/bin",
    "/boot",
    "/home",
    "/media",
    "/mnt",
    "/opt",
    "/root",
    "/sbin",
    "/srv",
    "/tmp",
    "/usr",
    "/usr/local",
    "/usr/share",
    "/var",
    "/var/lib",
];

/// Folders of which nothing is ever shown: the host's state and secrets.
const NEVER_BELOW: &[&str] = &["/dev", "/etc", "/proc", "/run", "/sys", "/var/run"];

/// Folders that readable paths may not name, though what is in them may be: they hold what is not meant.
const TOO_WIDE: &[&str] = &["/", "/boot", "/home", "/root", "/usr", "/var", "/var/lib"];

/// A satellite's own, at the same paths.
const OWN: &[&str] = &["/job", "/tmp"];

/// Where programs are; shown to roles that may start some.
const PROGRAMS: &[&str] = &["/bin", "/usr/bin"];

/// The device nodes that a satellite has. Not zero: what is mapped of it to be shared is memory that no
/// process is charged with.
pub(crate) const DEVICES: &[&str] = &["full", "null", "random", "urandom"];

/// What finds hosts and checks their certificates; shown where there is a network.
pub(crate) const NETWORK_FILES: &[&str] = &[
    "/etc/gai.conf",
    "/etc/host.conf",
    "/etc/hosts",
    "/etc/protocols",
    "/etc/resolv.conf",
    "/etc/services",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/cert.pem",
    "/etc/ssl/certs/ca-certificates.crt",
];

/// The folders and files that are shown, none in another: the interpreter's, the programs', and those
/// of `launchpad.readable_paths`. `folder`: the one that the satellite's root is mounted on, or its work folder.
pub(crate) fn shown(
    blueprint: &Blueprint,
    policy: &Policy,
    folder: &Path,
) -> Result<Vec<PathBuf>, Error> {
    let secret = secret(folder, policy.sandbox);
    let mut readable = Vec::new();
    for path in policy.readable_paths.iter().map(PathBuf::from) {
        // One that is missing has nothing to show.
        if check_readable(&path, secret)? {
            readable.push(path);
        }
    }
    let programs = PROGRAMS
        .iter()
        .map(PathBuf::from)
        // Where it is a link, the link is made.
        .filter(|path| policy.allowance.programs && path.is_dir() && !path.is_symlink());
    let trees = blueprint.trees().iter().cloned();
    let shown = outermost(trees.chain(programs).chain(readable).collect());
    // An environment around the launchpad's folder, and with it maybe the data directory.
    match shown.iter().find(|tree| folder.starts_with(tree)) {
        Some(tree) => Err(Error::Forbidden(tree.clone())),
        None => Ok(shown),
    }
}

/// What lies around a satellite's folder and no script may see: the data directory, which holds the launchpad's, which
/// holds the one for roots; or the folder of all work folders. (The zygote's own rules keep satellites of the container
/// sandbox from the data directory.)
pub(crate) fn secret(folder: &Path, sandbox: Sandbox) -> &Path {
    let levels = match sandbox {
        Sandbox::Strict => 2,
        Sandbox::Container => 1,
    };
    folder.ancestors().nth(levels).unwrap_or(folder)
}

/// Refuses a readable path that would show what no script may see, or `secret`; whether there is anything to show.
pub(crate) fn check_readable(path: &Path, secret: &Path) -> Result<bool, Error> {
    // Links on the way lead elsewhere.
    let real = match path.canonicalize() {
        Ok(real) => real,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(false),
        Err(source) => {
            let path = path.to_owned();
            return Err(Error::Readable { path, source });
        }
    };
    let wide = |path: &Path| TOO_WIDE.iter().any(|wide| path == Path::new(wide));
    let below = |path: &Path, tops: &[&str]| tops.iter().any(|top| path.starts_with(top));
    let bad = !is_plain(path)
        || [path, &real].into_iter().any(|path| {
            wide(path)
                || below(path, NEVER_BELOW)
                || below(path, OWN)
                || path.starts_with(secret)
                || secret.starts_with(path)
        });
    if bad {
        return Err(Error::Forbidden(path.to_owned()));
    }
    Ok(true)
}

/// Without those that lie in others.
pub(crate) fn outermost(mut paths: Vec<PathBuf>) -> Vec<PathBuf> {
    paths.sort();
    // Sorted, a folder comes right before those in it.
    let mut outermost: Vec<PathBuf> = Vec::new();
    for path in paths {
        if !outermost.iter().any(|outer| path.starts_with(outer)) {
            outermost.push(path);
        }
    }
    outermost
}

/// Absolute, without `.` and `..`.
pub(crate) fn is_plain(path: &Path) -> bool {
    path.is_absolute()
        && path
            .components()
            .all(|part| matches!(part, Component::RootDir | Component::Normal(_)))
}

/// Whether an interpreter's folder must not be shown.
pub(crate) fn is_forbidden(path: &Path) -> bool {
    NEVER.iter().any(|never| path == Path::new(never))
        || NEVER_BELOW.iter().any(|never| path.starts_with(never))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readable_paths_show_no_secrets() {
        let folder = Path::new("/usr/share/pg/main/launchpad/root");
        let data = secret(folder, Sandbox::Strict);
        assert_eq!(data, Path::new("/usr/share/pg/main"));
        let check = |path: &str| check_readable(Path::new(path), data);
        for path in [
            "/",
            "/usr",
            "/etc",
            "/etc/ssl",
            "/home",
            "/var/lib",
            "/proc",
            "/tmp",
            "/dev/shm",
            // Where the data directory lies, and itself.
            "/usr/share",
        ] {
            assert!(matches!(check(path), Err(Error::Forbidden(_))), "{path}");
        }
        assert!(matches!(check("/nowhere"), Ok(false)));
        assert!(matches!(check("/usr/lib"), Ok(true)));
    }

    /// Models may lie beside the folder of all work folders, in the same directory.
    #[test]
    fn work_folders_of_others_are_secret() {
        let folder = Path::new("/usr/lib/pg_launchpad-1-1/work-7");
        let all = secret(folder, Sandbox::Container);
        assert_eq!(all, Path::new("/usr/lib/pg_launchpad-1-1"));
        let around = check_readable(Path::new("/usr/lib"), all);
        assert!(matches!(around, Err(Error::Forbidden(_))));
        assert!(check_readable(Path::new("/usr/share/doc"), all).is_ok());
    }

    #[test]
    fn links_count_as_what_they_lead_to() {
        let place = tempfile::tempdir().unwrap();
        let link = place.path().join("link");
        std::os::unix::fs::symlink("/etc", &link).unwrap();
        let checked = check_readable(&link, Path::new("/data"));
        assert!(matches!(checked, Err(Error::Forbidden(_))));
    }
}
