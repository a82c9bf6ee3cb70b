//! The languages, as data: what is different about each is its [`Entry`], one file each. Pure.
//!
//! A language is added by a launcher, which is what its processes do (launchers/python, launchers/r),
//! by a file here, and by a line in [`TABLE`]. Nobody else asks which language it is.

mod denied;
mod language;
mod limit;
mod pattern;
mod python;
mod r;
#[cfg(feature = "toy")]
mod toy;

pub use denied::Denied;
pub use language::Language;
pub use limit::Limit;
pub use pattern::{Failure, Pattern, Sign};

use std::ffi::CStr;

/// In the order of their numbers, which kept statistics hold: a new one is added at the end.
pub const TABLE: &[&Entry] = &[
    &python::PYTHON,
    &r::R,
    #[cfg(feature = "toy")]
    &toy::TOY,
];

/// All that is different about a language.
pub struct Entry {
    /// As messages and views write it. Requests name it in any case.
    pub name: &'static str,
    /// The language object in PostgreSQL that the right to use it is granted on.
    pub object: &'static CStr,
    /// Names the program of its environment.
    pub setting: Setting,
    /// What to do about an environment that does not start, from what it said last.
    pub start_hint: fn(&str) -> &'static str,
    pub zygote: Zygote,
    /// What is imported in advance; None where a launcher does not do that.
    pub preload: Option<Setting>,
    /// Whether a module or package can have that name.
    pub is_module: fn(&str) -> bool,
    /// The package that a module belongs to.
    pub package: fn(&str) -> &str,
    /// Whether it has no integers of 64 bits: bigint becomes double precision there.
    pub rounds_bigint: bool,
    /// Whether a script can assign to a variable of that name. Letters and digits beyond ASCII are taken
    /// as Unicode classes them, which is what languages do but for a few characters.
    pub is_variable: fn(&str) -> bool,
    /// By what a script's failure shows that it ran into a limit; the first that fits counts.
    pub limits: &'static [Pattern<Limit>],
    /// By what it shows that something was denied to it.
    pub denials: &'static [Pattern<Denied>],
}

/// A setting in postgresql.conf.
pub struct Setting {
    pub name: &'static CStr,
    pub default: &'static CStr,
    pub short_description: &'static CStr,
    pub long_description: &'static CStr,
}

/// How the program is started, beside what all zygotes are given.
pub struct Zygote {
    pub arguments: &'static [&'static str],
    /// What stands before the launcher's path in the last argument.
    pub before_launcher: &'static str,
    /// The launcher's file or folder, in the folder of all launchers.
    pub launcher: &'static str,
    /// Variables of its process's environment.
    pub variables: &'static [(&'static str, &'static str)],
    /// Whether it starts in a folder that it can write to; else in /.
    pub writes: bool,
}
