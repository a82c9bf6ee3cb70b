//! The packages that R finds, each as it describes itself. Not asked of R: reading a few hundred
//! descriptions takes R a tenth of a second, in which no satellite is forked.

use std::fs;
use std::path::Path;

/// (name, version) of all packages in `libraries`, in that order. What cannot be read is left out.
pub fn installed(libraries: &[impl AsRef<Path>]) -> Vec<(String, String)> {
    let folders = libraries
        .iter()
        .filter_map(|library| fs::read_dir(library).ok());
    let packages = folders.flatten().filter_map(|package| {
        let package = package.ok()?;
        let name = package.file_name().into_string().ok()?;
        let description = fs::read(package.path().join("DESCRIPTION")).ok()?;
        Some((name, version(&description)?))
    });
    packages.collect()
}

fn version(description: &[u8]) -> Option<String> {
    let mut lines = description.split(|byte| *byte == b'\n');
    let version = lines.find_map(|line| line.strip_prefix(b"Version:"))?;
    let version = str::from_utf8(version).ok()?.trim();
    (!version.is_empty()).then(|| version.to_owned())
}

#[cfg(debug_assertions)]
#[path = "../tests/inside/packages.rs"]
pub(crate) mod self_test;
