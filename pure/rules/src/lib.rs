//! Rules of the settings: which values one may have, and which value of a limit is looser.

pub mod limits;
pub mod pool_name;
pub mod preload;
pub mod readable_paths;
pub mod work_directory;

use std::ffi::CStr;

/// Says whether a value is fit for its setting; what is wrong with it becomes the error's DETAIL.
/// A type for each check, because PostgreSQL calls a function and passes nothing else along.
pub trait Checked {
    const NAME: &'static CStr;

    /// Whether it is text of the database's; otherwise it is in UTF-8 in databases of any encoding.
    const IN_DATABASE: bool;

    /// `bytes`: how many it has as it is stored.
    fn check(value: &str, bytes: usize) -> Result<(), String>;
}

/// How the values of a limit compare, and how they are written.
pub trait Rule<V: Copy> {
    /// Whether `value` allows anything that `ceiling` does not.
    fn looser(&self, value: V, ceiling: V) -> bool;

    /// What both allow; never more than `ceiling`.
    fn tighter(&self, value: V, ceiling: V) -> V {
        if self.looser(value, ceiling) {
            ceiling
        } else {
            value
        }
    }

    /// What more than order makes a value unfit.
    fn unfit(&self, _value: V) -> Option<String> {
        None
    }

    /// As pg_settings.reset_val writes it.
    fn parse(&self, text: &str) -> Option<V>;

    /// As SHOW writes it.
    fn shown(&self, value: V) -> String;

    /// The error's message where a role may not go beyond `ceiling`.
    fn denied(&self, name: &str, ceiling: V) -> String;
}
