//! How much memory the host could still give.

use super::field;
use crate::files;

/// Bytes, swap included; None where /proc does not tell.
pub fn available() -> Option<u64> {
    parse(&files::read("/proc/meminfo").ok()?)
}

fn parse(meminfo: &str) -> Option<u64> {
    let bytes = |name| {
        let kib = field(meminfo, name)?.strip_suffix(" kB")?.trim();
        Some(kib.parse::<u64>().ok()?.saturating_mul(1024))
    };
    Some(bytes("MemAvailable")?.saturating_add(bytes("SwapFree").unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_and_swap() {
        let text = "MemTotal:  900 kB\nMemAvailable:     700 kB\nSwapTotal: 9 kB\nSwapFree: 5 kB\n";
        assert_eq!(parse(text), Some(705 << 10));
        assert_eq!(parse("MemAvailable: 1 kB\n"), Some(1024));
        assert_eq!(parse("MemTotal: 1 kB\n"), None);
        assert!(available().is_some());
    }
}
