//! Landlock, where the kernel has it: which files may be opened and how, no TCP, no signal and no abstract
//! socket beyond the satellite. In a private root it is a second wall, in the container sandbox the
//! only one around the files.

use super::{Jail, scratch};
use crate::view::{self, DEVICES, NETWORK_FILES};
use crate::{Error, LANDLOCK, evidence};
use landlock::{
    ABI, Access, AccessFs, AccessNet, BitFlags, CompatLevel, Compatible, PathBeneath, Ruleset,
    RulesetAttr, RulesetCreated, RulesetCreatedAttr, RulesetError, RulesetStatus, Scope,
};
use launchpad_protocol::policy::{Network, Sandbox};
use rustix::fs::{FileType, Mode, OFlags, fstat};
use rustix::io::Errno;
use std::path::{Path, PathBuf};

/// From this version on, TCP can be forbidden.
const WITH_NETWORK: u32 = 4;
/// From this version on, signals and abstract sockets.
const WITH_SCOPES: u32 = 6;

/// Of the host's /etc in the container sandbox: what the C library and interpreters read.
const FILES: &[&str] = &["/etc/ld.so.cache", "/etc/localtime", "/etc/nsswitch.conf"];

pub(super) fn restrict(jail: &Jail<'_>) -> Result<(), Error> {
    let version = jail.policy.landlock;
    if version == 0 {
        return match jail.policy.sandbox {
            Sandbox::Strict => Ok(()),
            Sandbox::Container => Err(Error::NoLandlock),
        };
    }
    let trees = match jail.policy.sandbox {
        // All that there is in the private root is for reading.
        Sandbox::Strict => vec![PathBuf::from("/")],
        Sandbox::Container => view::shown(jail.blueprint, jail.policy, jail.root)?,
    };
    let rules = rules(jail, version.min(LANDLOCK), &trees)?;
    // The caller has forbidden itself new privileges.
    let status = rules.restrict_self().map_err(Error::Landlock)?;
    if status.ruleset != RulesetStatus::FullyEnforced {
        return Err(Error::LandlockInPart);
    }
    evidence::note_landlock(version.min(LANDLOCK));
    Ok(())
}

/// What is forbidden, as far as no rule allows it.
fn ruleset(version: u32, network: Network) -> Result<RulesetCreated, RulesetError> {
    let abi = ABI::from(version as i32);
    let mut rules = Ruleset::default()
        // What this version knows the kernel must have: launchpadd has asked it.
        .set_compatibility(CompatLevel::HardRequirement)
        .handle_access(AccessFs::from_all(abi))?;
    if version >= WITH_NETWORK && network == Network::None {
        rules = rules.handle_access(AccessNet::from_all(abi))?;
    }
    if version >= WITH_SCOPES {
        rules = rules.scope(Scope::from_all(abi))?;
    }
    rules.create()
}

fn rules(jail: &Jail<'_>, version: u32, trees: &[PathBuf]) -> Result<RulesetCreated, Error> {
    let abi = ABI::from(version as i32);
    let mut rules = ruleset(version, jail.policy.allowance.network).map_err(Error::Landlock)?;
    let mut read = AccessFs::ReadFile | AccessFs::ReadDir;
    if jail.policy.allowance.programs {
        read |= AccessFs::Execute;
    }
    let device = AccessFs::from_file(abi) & !BitFlags::from(AccessFs::Execute);
    // Not to make devices, and not to execute what was written.
    let work =
        AccessFs::from_all(abi) & !(AccessFs::Execute | AccessFs::MakeChar | AccessFs::MakeBlock);
    for tree in trees {
        rules = add(rules, tree, read, abi)?;
    }
    match jail.policy.sandbox {
        Sandbox::Strict => {
            for (path, _, _) in scratch::FOLDERS {
                rules = add(rules, Path::new(path), work, abi)?;
            }
        }
        Sandbox::Container => {
            let network: &[&str] = match jail.policy.allowance.network {
                Network::None => &[],
                Network::Host => NETWORK_FILES,
            };
            for file in FILES.iter().chain(network) {
                rules = add(rules, Path::new(file), AccessFs::ReadFile.into(), abi)?;
            }
            rules = add(rules, Path::new("."), work, abi)?;
        }
    }
    for name in DEVICES {
        rules = add(rules, &Path::new("/dev").join(name), device, abi)?;
    }
    Ok(rules)
}

/// Allows `access` at and below `path`; what is not there or out of reach, stays closed.
fn add(
    rules: RulesetCreated,
    path: &Path,
    access: BitFlags<AccessFs>,
    abi: ABI,
) -> Result<RulesetCreated, Error> {
    let failed = |source: std::io::Error| Error::LandlockPath {
        path: path.to_owned(),
        source,
    };
    let opened = match rustix::fs::open(path, OFlags::PATH | OFlags::CLOEXEC, Mode::empty()) {
        Ok(opened) => opened,
        Err(Errno::NOENT | Errno::NOTDIR | Errno::ACCESS) => return Ok(rules),
        Err(errno) => return Err(failed(errno.into())),
    };
    let mode = fstat(&opened)
        .map_err(|errno| failed(errno.into()))?
        .st_mode;
    // Of a file only what files can have.
    let access = match FileType::from_raw_mode(mode) {
        FileType::Directory => access,
        _ => access & AccessFs::from_file(abi),
    };
    rules
        .add_rule(PathBeneath::new(opened, access))
        .map_err(Error::Landlock)
}
