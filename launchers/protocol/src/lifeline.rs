//! Satellite's init ⇄ launchpadd: over the lifeline, a stream socketpair, one byte goes in, which lets the init begin, and
//! one fixed-size report comes out.
//!
//! The lifeline's other use has no message: when launchpadd's end closes, the init ends, and with it
//! its whole pid namespace.

/// launchpadd has the init where it is to be: mapped, in its cgroup, and the kernel's first choice when memory
/// runs out.
pub const GO: [u8; 1] = *b"g";

/// What the init knows when the script's process has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Report {
    /// As wait4(2) gave it.
    pub wait_status: i32,
    /// Processor time of all that ran inside, microseconds.
    pub user: u64,
    pub system: u64,
    /// KiB
    pub max_rss: u64,
}

/// Bytes of a report.
pub const REPORT_BYTES: usize = 28;

impl Report {
    /// Allocates nothing: it runs between fork and exit in a process that must not.
    pub fn to_bytes(self) -> [u8; REPORT_BYTES] {
        let mut bytes = [0; REPORT_BYTES];
        bytes[..4].copy_from_slice(&self.wait_status.to_le_bytes());
        bytes[4..12].copy_from_slice(&self.user.to_le_bytes());
        bytes[12..20].copy_from_slice(&self.system.to_le_bytes());
        bytes[20..].copy_from_slice(&self.max_rss.to_le_bytes());
        bytes
    }

    pub fn from_bytes(bytes: &[u8; REPORT_BYTES]) -> Self {
        let eight = |at: usize| {
            let mut word = [0; 8];
            word.copy_from_slice(&bytes[at..at + 8]);
            u64::from_le_bytes(word)
        };
        Report {
            wait_status: i32::from_le_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]),
            user: eight(4),
            system: eight(12),
            max_rss: eight(20),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_survives_the_trip() {
        let report = Report {
            wait_status: 0x0103,
            user: 1,
            system: u64::MAX,
            max_rss: 1 << 40,
        };
        assert_eq!(Report::from_bytes(&report.to_bytes()), report);
    }
}
