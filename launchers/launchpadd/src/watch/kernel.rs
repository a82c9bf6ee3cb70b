//! What the kernel keeps for processes and charges to none: the most that it can be, by what can be
//! counted from outside.

use std::fs;
use std::sync::OnceLock;

/// A pipe's content: sixteen pages, which a script cannot make more, and two that it keeps for the next.
/// Nothing else that a descriptor stands for holds as much, but for sockets.
const DESCRIPTOR: u64 = 72 << 10;

/// net.core.wmem_default where it cannot be read: in containers.
const BUFFER: u64 = 212_992;

pub(super) fn bytes(descriptors: u64, sockets: u64) -> u64 {
    descriptors
        .saturating_mul(DESCRIPTOR)
        .saturating_add(sockets.saturating_mul(socket()))
}

/// What a socket has sent and nobody has received: its buffer, and one message of half of that, which is
/// begun while there is room. A script cannot make the buffer larger.
fn socket() -> u64 {
    static BYTES: OnceLock<u64> = OnceLock::new();
    *BYTES.get_or_init(|| {
        let text = fs::read_to_string("/proc/sys/net/core/wmem_default");
        let buffer = text.ok().and_then(|text| text.trim().parse().ok());
        let buffer: u64 = buffer.unwrap_or(BUFFER);
        buffer.saturating_add(buffer / 2)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_of_it_adds_up() {
        assert_eq!(bytes(0, 0), 0);
        assert_eq!(bytes(3, 0), 3 * DESCRIPTOR);
        assert_eq!(bytes(3, 100), 3 * DESCRIPTOR + 100 * socket());
        assert_eq!(bytes(u64::MAX, 1), u64::MAX);
    }
}
