//! System call filters.

/// Whether the kernel has them, by /proc/PID/status: it has a line about them then.
pub fn is_there(status: &str) -> bool {
    super::field(status, "Seccomp").is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kernel_without_filters_says_nothing_of_them() {
        assert!(is_there("NoNewPrivs:\t0\nSeccomp:\t0\n"));
        assert!(!is_there("NoNewPrivs:\t0\n"));
    }
}
