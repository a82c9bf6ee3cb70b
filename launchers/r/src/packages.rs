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
pub(crate) mod self_test {
    use super::*;
    use crate::self_test::Test;

    pub(crate) const TESTS: &[Test] = &[
        ("a description tells the version", versions),
        ("what is no package is left out", libraries),
    ];

    fn versions() {
        for (description, expected) in [
            ("Package: x\nVersion: 1.2-3\nTitle: t\n", Some("1.2-3")),
            ("Version:4\r\n", Some("4")),
            ("Package: x\nRVersion: 1\n", None),
            ("Version:\n", None),
        ] {
            assert_eq!(version(description.as_bytes()).as_deref(), expected);
        }
    }

    fn libraries() {
        let place = std::env::temp_dir().join(format!("launchpad-r-{}", std::process::id()));
        for name in ["one", "two", "no-package"] {
            fs::create_dir_all(place.join(name)).unwrap();
        }
        fs::write(place.join("one/DESCRIPTION"), "Version: 1\n").unwrap();
        fs::write(place.join("two/DESCRIPTION"), "Version: 2\n").unwrap();
        fs::write(place.join("file"), "").unwrap();
        let mut found = installed(&[place.join("missing"), place.clone()]);
        found.sort();
        fs::remove_dir_all(&place).unwrap();
        let pair = |name: &str, version: &str| (name.to_owned(), version.to_owned());
        assert_eq!(found, [pair("one", "1"), pair("two", "2")]);
    }
}
