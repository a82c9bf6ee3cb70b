//! `launchpad.pool`: a name.

use crate::Checked;
use launchpad_protocol::pool::MAX_NAME;
use std::ffi::CStr;

/// The setting's check. Whether there is such a pool shows at the call: it may be made later.
pub struct PoolName;

impl Checked for PoolName {
    const NAME: &'static CStr = c"launchpad.pool";

    fn check(value: &str) -> Result<(), String> {
        match value.len() {
            0 => {
                Err("A pool has a name; the one of calls that need no other is \"default\".".into())
            }
            1..=MAX_NAME => Ok(()),
            length => Err(format!(
                "It has {length} bytes, {MAX_NAME} are the limit of a name."
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        assert!(PoolName::check("default").is_ok());
        assert!(PoolName::check(&"x".repeat(63)).is_ok());
        assert!(PoolName::check("").is_err());
        assert!(PoolName::check(&"x".repeat(64)).is_err());
    }
}
