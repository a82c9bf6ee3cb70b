//! System call filters: reviewed tables, one per theme, compiled once in the zygote.
//!
//! Three filters are stacked on the script's process, as each has one answer: "not implemented" for
//! calls whose absence libraries expect, special errors, and last the list of what is allowed, with
//! EPERM for the rest. Of equal answers the kernel takes the filter that was installed last, so
//! the list of what is allowed lets through what an earlier filter refuses with its own error.
//! A call of another architecture's numbering kills the process.

mod absent;
mod allow;
mod arguments;
mod init;
mod refuse;

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
}

#[derive(Debug, thiserror::Error)]
#[error("a system call filter does not compile: {0}")]
pub struct FilterError(#[from] BackendError);

impl Filters {
    pub fn compile() -> Result<Self, FilterError> {
        let errno = |code: i32| SeccompAction::Errno(code as u32);
        let program = |rules, otherwise, matched| -> Result<BpfProgram, FilterError> {
            let filter = SeccompFilter::new(rules, otherwise, matched, ARCHITECTURE)?;
            Ok(filter.try_into()?)
        };
        let mut script = vec![program(
            absent::rules(),
            SeccompAction::Allow,
            errno(libc::ENOSYS),
        )?];
        for (code, rules) in refuse::rules()? {
            script.push(program(rules, SeccompAction::Allow, errno(code))?);
        }
        script.push(program(
            allow::rules()?,
            errno(libc::EPERM),
            SeccompAction::Allow,
        )?);
        let init = program(
            init::rules(),
            SeccompAction::KillProcess,
            SeccompAction::Allow,
        )?;
        Ok(Filters { script, init })
    }

    /// On the calling thread and all that it starts; it must have forbidden itself new privileges.
    pub(crate) fn install_on_script(&self) -> Result<(), seccompiler::Error> {
        self.script
            .iter()
            .try_for_each(|program| apply_filter(program))
    }

    pub(crate) fn install_on_init(&self) -> Result<(), seccompiler::Error> {
        apply_filter(&self.init)
    }
}

/// Numbers without rules: they match always.
fn always(numbers: &[i64]) -> Rules {
    numbers.iter().map(|number| (*number, Vec::new())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_filters_compile_and_fit() {
        let filters = Filters::compile().unwrap();
        for program in filters.script.iter().chain([&filters.init]) {
            // BPF_MAXINSNS
            assert!(program.len() < 4096, "{}", program.len());
        }
    }

    /// An earlier filter's error is seen only if the last filter lets the call through.
    #[test]
    fn what_has_its_own_error_is_let_through() {
        let allowed = allow::rules().unwrap();
        let special = refuse::rules().unwrap();
        for number in special
            .iter()
            .flat_map(|(_, rules)| rules.keys())
            .chain(absent::rules().keys())
        {
            assert!(allowed.get(number).is_some_and(Vec::is_empty), "{number}");
        }
    }

    #[test]
    fn no_table_names_a_call_twice() {
        for table in [allow::CALLS, absent::CALLS] {
            let mut seen = std::collections::BTreeSet::new();
            for number in table {
                assert!(seen.insert(number), "{number}");
            }
        }
    }

    #[test]
    fn the_dangerous_are_not_allowed() {
        let allowed = allow::rules().unwrap();
        for number in refuse::NEVER {
            assert!(!allowed.contains_key(number), "{number}");
        }
    }
}
