//! What all satellites of a zygote have in common, made once, before the first fork.

use crate::seccomp::{FilterError, Filters, Scope};
use crate::view;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

/// The folders and filters of a zygote's satellites.
#[derive(Debug)]
pub struct Blueprint {
    /// Shown read-only at the same absolute path; none lies in another.
    pub(crate) trees: Vec<PathBuf>,
    /// Symbolic links to recreate: path and target.
    pub(crate) links: Vec<(PathBuf, PathBuf)>,
    /// /etc/ld.so.cache, without which the loader looks into its default folders only.
    pub(crate) loader_cache: Option<Vec<u8>>,
    /// Compiled when they are first needed: there are few kinds.
    filters: Mutex<Vec<(Scope, Arc<Filters>)>>,
}

#[derive(Debug, thiserror::Error)]
pub enum BlueprintError {
    #[error("{0} is not an absolute path without . and ..")]
    NotPlain(PathBuf),
    #[error("{0} must not be shown to scripts")]
    Forbidden(PathBuf),
}

impl Blueprint {
    /// `trees`: folders that the interpreter and its packages need; those that do not exist are left
    /// out. `links`: symbolic links (path, target) on the way to them.
    pub fn new(
        trees: Vec<PathBuf>,
        links: Vec<(PathBuf, PathBuf)>,
    ) -> Result<Self, BlueprintError> {
        for path in trees.iter().chain(links.iter().map(|(path, _)| path)) {
            if !view::is_plain(path) {
                return Err(BlueprintError::NotPlain(path.clone()));
            }
        }
        if let Some(path) = trees.iter().find(|path| view::is_forbidden(path)) {
            return Err(BlueprintError::Forbidden(path.clone()));
        }
        let trees = trees.into_iter().filter(|path| path.is_dir()).collect();
        Ok(Blueprint {
            trees: view::outermost(trees),
            links,
            loader_cache: std::fs::read("/etc/ld.so.cache").ok(),
            filters: Mutex::default(),
        })
    }

    /// The filters for `scope`.
    pub(crate) fn filters(&self, scope: &Scope) -> Result<Arc<Filters>, FilterError> {
        let Ok(mut known) = self.filters.lock() else {
            return Ok(Arc::new(Filters::compile(scope)?));
        };
        if let Some((_, filters)) = known.iter().find(|(of, _)| of == scope) {
            return Ok(Arc::clone(filters));
        }
        let filters = Arc::new(Filters::compile(scope)?);
        known.push((*scope, Arc::clone(&filters)));
        Ok(filters)
    }

    /// The folders that a script will see.
    pub fn trees(&self) -> &[PathBuf] {
        &self.trees
    }
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
