//! PostgreSQL's count of file descriptors that it did not open itself.

use pgrx::pg_sys;

/// A claim on `count` descriptors out of the backend's budget (`max_files_per_process`); given
/// back when dropped.
pub struct Claim {
    count: u32,
}

impl Claim {
    /// None when the backend has no room for that many.
    pub fn new(count: u32) -> Option<Self> {
        let mut claim = Claim { count: 0 };
        for _ in 0..count {
            // SAFETY: counts, and closes cached files to make room; raises nothing.
            if !unsafe { pg_sys::AcquireExternalFD() } {
                return None;
            }
            claim.count += 1;
        }
        Some(claim)
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        for _ in 0..self.count {
            // SAFETY: one release for each successful acquire.
            unsafe { pg_sys::ReleaseExternalFD() };
        }
    }
}
