//! System call filters: reviewed tables, one per theme.
//!
//! Up to five filters are stacked on the script's process, as each has one answer: "not implemented" for
//! calls whose absence libraries expect (`absent`), an error of their own for programs (`refuse`), for
//! what a file system may not support (`processes`) and for families of sockets (`network`), and last the
//! list of what is allowed, with EPERM for the rest.
//! Of equal answers the kernel takes the filter that was installed last, so the list of what is
//! allowed lets through what an earlier filter refuses with its own error. A call of another
//! architecture's numbering kills the process.
//!
//! A filter is walked from its lowest number up, but not for the calls that it always allows: the
//! kernel (5.11 and newer) finds out which these are when the filter is installed.

mod absent;
mod allow;
mod arguments;
mod init;
mod network;
mod options;
mod processes;
mod refuse;
mod reporter;
mod scope;
mod table;
#[cfg(test)]
mod tests;
mod zygote;

pub use reporter::{install_reporter, tell_again};
pub use scope::Scope;

use seccompiler::{
    BackendError, BpfProgram, SeccompAction, SeccompFilter, SeccompRule, TargetArch, apply_filter,
};
use std::collections::BTreeMap;

/// A system call's number and the rules of which one must hold; none: always.
pub(crate) type Rules = BTreeMap<i64, Vec<SeccompRule>>;

#[cfg(target_arch = "x86_64")]
const ARCHITECTURE: TargetArch = TargetArch::x86_64;
#[cfg(target_arch = "aarch64")]
const ARCHITECTURE: TargetArch = TargetArch::aarch64;

/// The compiled filters.
#[derive(Debug)]
pub struct Filters {
    /// In the order they are installed.
    script: Vec<BpfProgram>,
    init: BpfProgram,
    /// Refused calls raise a signal, whose handler tells.
    tells: bool,
}

#[derive(Debug, thiserror::Error)]
#[error("cannot compile a system call filter: {0}")]
pub struct FilterError(#[from] BackendError);

impl Filters {
    pub fn compile(scope: &Scope) -> Result<Self, FilterError> {
        Self::compile_for(scope, ARCHITECTURE)
    }

    fn compile_for(scope: &Scope, architecture: TargetArch) -> Result<Self, FilterError> {
        let errno = |code: i32| SeccompAction::Errno(code as u32);
        let program = |rules, otherwise, matched| -> Result<BpfProgram, FilterError> {
            let filter = SeccompFilter::new(rules, otherwise, matched, architecture)?;
            Ok(filter.try_into()?)
        };
        let mut script = Vec::new();
        for (code, rules) in [
            (libc::ENOSYS, absent::answered(scope, architecture)),
            (libc::EACCES, refuse::denied(scope, architecture)?),
            (
                libc::EOPNOTSUPP,
                processes::unsupported(scope, architecture)?,
            ),
            (libc::EAFNOSUPPORT, network::refused(scope, architecture)?),
        ] {
            // Not in every scope there are such calls.
            if !rules.is_empty() {
                script.push(program(rules, SeccompAction::Allow, errno(code))?);
            }
        }
        let refused = match scope.tells() {
            true => SeccompAction::Trap,
            false => errno(libc::EPERM),
        };
        let allowed = allow::rules(scope, architecture)?;
        script.push(program(allowed, refused, SeccompAction::Allow)?);
        let init = program(
            init::rules(architecture),
            SeccompAction::KillProcess,
            SeccompAction::Allow,
        )?;
        Ok(Filters {
            script,
            init,
            tells: scope.tells(),
        })
    }

    /// For a zygote: on the calling thread and all that it starts. The filters of satellites come on top.
    pub fn install_on_zygote(&self) -> Result<(), InstallError> {
        for program in &self.script {
            apply_filter(program)?;
        }
        Ok(())
    }

    /// On the calling thread and all that it starts; it must have forbidden itself new privileges.
    pub fn install_on_script(&self) -> Result<(), InstallError> {
        if self.tells {
            install_reporter().map_err(InstallError::Reporter)?;
        }
        for program in &self.script {
            apply_filter(program)?;
        }
        Ok(())
    }

    pub(crate) fn install_on_init(&self) -> Result<(), InstallError> {
        Ok(apply_filter(&self.init)?)
    }
}

#[derive(Debug, thiserror::Error)]
pub enum InstallError {
    #[error(transparent)]
    Filter(#[from] seccompiler::Error),
    #[error("cannot install the handler for denied system calls: {0}")]
    Reporter(nix::errno::Errno),
}
