//! What all satellites of a zygote have in common, made once, before the first fork.

use crate::seccomp::{FilterError, Filters, Scope};
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

/// The folders and filters of a zygote's satellites.
#[derive(Debug)]
pub struct Blueprint {
    /// Shown read-only at the same absolute path; none lies in another.
    pub(crate) trees: Vec<PathBuf>,
    /// Symbolic links to recreate: path and target.
    pub(crate) links: Vec<(PathBuf, PathBuf)>,
    /// /etc/ld.so.cache, without which the loader looks into its default folders only.
    pub(crate) loader_cache: Option<Vec<u8>>,
    pub(crate) filters: Filters,
}

#[derive(Debug, thiserror::Error)]
pub enum BlueprintError {
    #[error("{0} is no absolute path without . and ..")]
    NotPlain(PathBuf),
    #[error("{0} must not be shown to scripts")]
    Forbidden(PathBuf),
    #[error(transparent)]
    Filter(#[from] FilterError),
}

impl Blueprint {
    /// `trees`: folders that the interpreter and its packages need; those that do not exist are left
    /// out. `links`: symbolic links (path, target) on the way to them.
    pub fn new(
        trees: Vec<PathBuf>,
        links: Vec<(PathBuf, PathBuf)>,
    ) -> Result<Self, BlueprintError> {
        for path in trees.iter().chain(links.iter().map(|(path, _)| path)) {
            plain(path)?;
        }
        if let Some(path) = trees.iter().find(|path| forbidden(path)) {
            return Err(BlueprintError::Forbidden(path.clone()));
        }
        let mut trees: Vec<_> = trees.into_iter().filter(|path| path.is_dir()).collect();
        trees.sort();
        // Sorted, a folder comes right before those in it.
        let mut outermost: Vec<PathBuf> = Vec::new();
        for tree in trees {
            if !outermost.iter().any(|outer| tree.starts_with(outer)) {
                outermost.push(tree);
            }
        }
        Ok(Blueprint {
            trees: outermost,
            links,
            loader_cache: std::fs::read("/etc/ld.so.cache").ok(),
            filters: Filters::compile(&Scope::default())?,
        })
    }

    /// The folders that a script will see.
    pub fn trees(&self) -> &[PathBuf] {
        &self.trees
    }
}

fn plain(path: &Path) -> Result<(), BlueprintError> {
    let plain = path.is_absolute()
        && path
            .components()
            .all(|part| matches!(part, Component::RootDir | Component::Normal(_)));
    plain
        .then_some(())
        .ok_or_else(|| BlueprintError::NotPlain(path.to_owned()))
}

fn forbidden(path: &Path) -> bool {
    NEVER.iter().any(|never| path == Path::new(never))
        || NEVER_BELOW.iter().any(|never| path.starts_with(never))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trees(paths: &[&str]) -> Result<Blueprint, BlueprintError> {
        Blueprint::new(paths.iter().map(PathBuf::from).collect(), vec![])
    }

    #[test]
    fn the_hosts_folders_are_refused() {
        for path in [
            "/",
            "/usr",
            "/etc",
            "/etc/ssl",
            "/home",
            "/root",
            "/var",
            "/proc/self",
        ] {
            assert!(
                matches!(trees(&[path]), Err(BlueprintError::Forbidden(_))),
                "{path}"
            );
        }
        for path in ["usr/lib", "/usr/../etc"] {
            assert!(
                matches!(trees(&[path]), Err(BlueprintError::NotPlain(_))),
                "{path}"
            );
        }
    }

    #[test]
    fn inner_and_missing_folders_are_left_out() {
        let blueprint =
            trees(&["/usr/lib/ssl", "/usr/lib", "/usr/lib/nowhere", "/usr/lib"]).unwrap();
        assert_eq!(blueprint.trees(), [PathBuf::from("/usr/lib")]);
    }
}
