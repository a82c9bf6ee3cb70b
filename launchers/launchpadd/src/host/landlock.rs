//! Landlock: the kernel's rules on files that a process gives itself.

use crate::os;

/// The version that the kernel has; 0 where it has none or was booted without.
pub fn version() -> u32 {
    os::landlock_version().unwrap_or(0)
}
