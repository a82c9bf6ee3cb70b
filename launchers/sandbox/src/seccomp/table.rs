//! How the tables are written: names, with their numbers on both architectures. A name that an
//! architecture does not know does not compile.

use super::Rules;
use seccompiler::TargetArch;

/// A system call.
#[derive(Debug, Clone, Copy)]
pub(super) struct Call {
    /// Only tests need it: the filters are of numbers.
    #[cfg(test)]
    pub(super) name: &'static str,
    /// Numbers; None: this architecture has no such call.
    pub(super) x86_64: Option<i64>,
    pub(super) aarch64: Option<i64>,
}

/// Groups of calls, each sorted by name.
pub(super) type Table = &'static [&'static [Call]];

impl Call {
    pub(super) fn number(&self, architecture: TargetArch) -> Option<i64> {
        match architecture {
            TargetArch::x86_64 => self.x86_64,
            TargetArch::aarch64 => self.aarch64,
            // No table knows it: its filters would be empty.
            TargetArch::riscv64 => None,
        }
    }
}

/// A call that both architectures have: `call!(read)`.
macro_rules! call {
    ($name:ident) => {
        call!(both $name)
    };
    (both $name:ident) => {
        $crate::seccomp::table::Call {
            #[cfg(test)]
            name: stringify!($name),
            x86_64: Some(syscalls::x86_64::Sysno::$name as i64),
            aarch64: Some(syscalls::aarch64::Sysno::$name as i64),
        }
    };
    (x86_64 $name:ident) => {
        $crate::seccomp::table::Call {
            #[cfg(test)]
            name: stringify!($name),
            x86_64: Some(syscalls::x86_64::Sysno::$name as i64),
            aarch64: None,
        }
    };
    (aarch64 $name:ident) => {
        $crate::seccomp::table::Call {
            #[cfg(test)]
            name: stringify!($name),
            x86_64: None,
            aarch64: Some(syscalls::aarch64::Sysno::$name as i64),
        }
    };
}

/// A [`Table`]: lines of names, each headed by who has them: `both:`, `x86_64:` or `aarch64:`.
macro_rules! calls {
    ($($has:ident: $($name:ident)+;)+) => {
        &[$(&[$($crate::seccomp::table::call!($has $name)),+]),+]
    };
}

pub(super) use {call, calls};

/// The calls of `table` without rules: they match always.
pub(super) fn always(table: Table, architecture: TargetArch) -> Rules {
    let calls = table.iter().copied().flatten();
    let numbers = calls.filter_map(|call| call.number(architecture));
    numbers.map(|number| (number, Vec::new())).collect()
}
