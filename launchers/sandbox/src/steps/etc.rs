//! /etc: generated, never the host's, which holds keys and passwords of others. Where there is a network,
//! copies of the few files that say how to find hosts and whom to trust.

use super::{Jail, inside};
use crate::Error;
use crate::view::NETWORK_FILES;
use launchpad_protocol::policy::Network;
use std::fs::{create_dir_all, write as write_file};
use std::os::unix::fs::symlink;
use std::path::Path;

/// The one user inside, and the name for everybody outside.
const PASSWD: &str = "satellite:x:1000:1000::/job:/sbin/nologin\n\
                      nobody:x:65534:65534::/nonexistent:/sbin/nologin\n";
const GROUP: &str = "satellite:x:1000:\nnogroup:x:65534:\n";
const HOSTS: &str = "127.0.0.1 localhost satellite\n::1 localhost\n";
/// No name service: there is no network to ask.
const NSSWITCH: &str = "passwd: files\ngroup: files\nhosts: files\n";
const NSSWITCH_WITH_NETWORK: &str = "passwd: files\ngroup: files\nhosts: files dns\n";

/// Where the text of plots finds its letters, without the host's configuration.
const FONTS: &str = r#"<?xml version="1.0"?>
<fontconfig>
  <dir>/usr/share/fonts</dir>
  <dir>/usr/local/share/fonts</dir>
  <include ignore_missing="yes">/usr/share/fontconfig/conf.avail/60-latin.conf</include>
  <cachedir>/var/cache/fontconfig</cachedir>
  <cachedir prefix="xdg">fontconfig</cachedir>
</fontconfig>
"#;

pub(super) fn write(jail: &Jail<'_>) -> Result<(), Error> {
    make(
        jail.policy.allowance.network,
        jail.blueprint.loader_cache.as_deref(),
    )
}

/// In the root that is the working directory. `loader_cache`: /etc/ld.so.cache.
pub(crate) fn make(network: Network, loader_cache: Option<&[u8]>) -> Result<(), Error> {
    let create = |path: &Path, source| Error::Create {
        path: path.to_owned(),
        source,
    };
    let etc = Path::new("/etc");
    let fonts = etc.join("fonts");
    create_dir_all(inside(&fonts)).map_err(|source| create(&fonts, source))?;
    let network = network == Network::Host;
    let switch = if network {
        NSSWITCH_WITH_NETWORK
    } else {
        NSSWITCH
    };
    let mut files: Vec<(&str, &[u8])> = vec![
        ("passwd", PASSWD.as_bytes()),
        ("group", GROUP.as_bytes()),
        ("hosts", HOSTS.as_bytes()),
        ("nsswitch.conf", switch.as_bytes()),
        ("fonts/fonts.conf", FONTS.as_bytes()),
    ];
    if let Some(cache) = loader_cache {
        files.push(("ld.so.cache", cache));
    }
    for (name, text) in files {
        let path = etc.join(name);
        write_file(inside(&path), text).map_err(|source| create(&path, source))?;
    }
    if network {
        copy_network_files()?;
    }
    // Where zoneinfo is not shown, the dangling link means the same: UTC.
    let path = etc.join("localtime");
    symlink("/usr/share/zoneinfo/UTC", inside(&path)).map_err(|source| create(&path, source))
}

/// The host's own, as far as it has them.
fn copy_network_files() -> Result<(), Error> {
    for path in NETWORK_FILES.iter().map(Path::new) {
        let Ok(text) = std::fs::read(path) else {
            continue;
        };
        let inside = inside(path);
        inside
            .parent()
            .map_or(Ok(()), create_dir_all)
            .and_then(|()| write_file(&inside, text))
            .map_err(|source| Error::Create {
                path: path.to_owned(),
                source,
            })?;
    }
    Ok(())
}
