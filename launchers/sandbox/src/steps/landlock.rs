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
use launchpad_protocol::policy::{Network, Reach, Sandbox};
use launchpad_protocol::zygote::View;
use nix::errno::Errno;
use nix::fcntl::{OFlag, open};
use nix::sys::stat::{Mode, SFlag, fstat};
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

/// For a zygote of the container sandbox, under whose rules all of its satellites stay: each of their rules must be among
/// these. Their work folders are in one that the view names.
pub(crate) fn restrict_zygote(version: u32, shown: &View, reach: Reach) -> Result<(), Error> {
    if version == 0 {
        return Err(Error::NoLandlock);
    }
    let version = version.min(LANDLOCK);
    let abi = ABI::from(version as i32);
    let mut rules = ruleset(version, reach.network).map_err(Error::Landlock)?;
    let read = AccessFs::ReadFile | AccessFs::ReadDir;
    for tree in crate::keeper::view::shown(shown)? {
        rules = add(rules, &tree, read, abi)?;
    }
    for file in FILES.iter().chain(network_files(reach.network)) {
        rules = add(rules, Path::new(file), AccessFs::ReadFile.into(), abi)?;
    }
    // What it tells of itself.
    rules = add(rules, Path::new("/proc/self"), read, abi)?;
    // Without one it could write nowhere, and satellites would fail one by one.
    if !Path::new(&shown.work).is_dir() {
        return Err(Error::NoWorkFolder(shown.work.clone().into()));
    }
    // What it could put in the way of launchpadd's own files is out of its reach.
    rules = add(rules, Path::new(&shown.work), work(abi), abi)?;
    let status = devices(rules, abi)?
        .restrict_self()
        .map_err(Error::Landlock)?;
    match status.ruleset {
        RulesetStatus::FullyEnforced => Ok(()),
        RulesetStatus::PartiallyEnforced | RulesetStatus::NotEnforced => Err(Error::LandlockInPart),
    }
}

fn network_files(network: Network) -> &'static [&'static str] {
    match network {
        Network::None => &[],
        Network::Host => NETWORK_FILES,
    }
}

/// Not to make devices, and not to execute what was written.
fn work(abi: ABI) -> BitFlags<AccessFs> {
    AccessFs::from_all(abi) & !(AccessFs::Execute | AccessFs::MakeChar | AccessFs::MakeBlock)
}

fn devices(mut rules: RulesetCreated, abi: ABI) -> Result<RulesetCreated, Error> {
    let device = AccessFs::from_file(abi) & !BitFlags::from(AccessFs::Execute);
    for name in DEVICES {
        rules = add(rules, &Path::new("/dev").join(name), device, abi)?;
    }
    Ok(rules)
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
    let work = work(abi);
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
            let network = jail.policy.allowance.network;
            for file in FILES.iter().chain(network_files(network)) {
                rules = add(rules, Path::new(file), AccessFs::ReadFile.into(), abi)?;
            }
            rules = add(rules, Path::new("."), work, abi)?;
        }
    }
    devices(rules, abi)
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
    let opened = match open(path, OFlag::O_PATH | OFlag::O_CLOEXEC, Mode::empty()) {
        Ok(opened) => opened,
        Err(Errno::ENOENT | Errno::ENOTDIR | Errno::EACCES) => return Ok(rules),
        Err(errno) => return Err(failed(errno.into())),
    };
    let mode = fstat(&opened)
        .map_err(|errno| failed(errno.into()))?
        .st_mode;
    // Of a file only what files can have.
    let access = match SFlag::from_bits_truncate(mode) & SFlag::S_IFMT {
        SFlag::S_IFDIR => access,
        _ => access & AccessFs::from_file(abi),
    };
    rules
        .add_rule(PathBeneath::new(opened, access))
        .map_err(Error::Landlock)
}
