//! Folders of libraries, and what is no package in them.

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
