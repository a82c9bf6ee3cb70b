//! `launchpad.pool`: a name.

use crate::Checked;
use launchpad_protocol::pool::MAX_NAME;
use std::ffi::CStr;

/// The setting's check. Whether there is such a pool shows at the call: it may be made later.
pub struct PoolName;

impl Checked for PoolName {
    const NAME: &'static CStr = c"launchpad.pool";

    const IN_DATABASE: bool = true;

    fn check(_value: &str, bytes: usize) -> Result<(), String> {
        match bytes {
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
        assert!(PoolName::check("default", 7).is_ok());
        assert!(PoolName::check(&"€".repeat(63), 63).is_ok());
        assert!(PoolName::check("", 0).is_err());
        assert!(PoolName::check(&"x".repeat(64), 64).is_err());
    }
}
