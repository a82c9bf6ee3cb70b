//! Whether a script failed for want of a right that its role could be given, by what its language says
//! then. A guess, good enough for a hint: the sandbox's refusals arrive as ordinary failures.

use launchpad_protocol::launch::Language;
use launchpad_protocol::policy::{Allowance, Network};

const PROGRAMS: &str = "Scripts start programs only where launchpad.allow_exec is on.";
const EPOLL: &str = "Scripts lack some system calls, epoll's among them: what calls epoll otherwise than through the C library must poll instead.";
const SHARED: &str = "Without a control group for its memory a script cannot map anonymous memory to be shared: map a file in its work folder or in /dev/shm, or see launchpad.check().";
const DESCRIPTORS: &str = "Scripts can pass descriptors only where satellites have OS users of their own, see launchpad.worker_uids.";
const NETWORK: &str = "Scripts have no network unless launchpad.network is host.";

/// From a failure's type, message and traceback, and what the role has.
pub fn hint(
    language: Language,
    kind: &str,
    message: &str,
    trace: &str,
    has: Allowance,
) -> Option<&'static str> {
    let says = |words: &[&str]| words.iter().any(|words| message.contains(words));
    let (programs, network) = match language {
        Language::Python => (
            // execve's EACCES, where programs are started.
            message.starts_with("[Errno 13]")
                && ["subprocess.py", "/multiprocessing/", "os.exec"]
                    .iter()
                    .any(|place| trace.contains(place)),
            // EAFNOSUPPORT, or a name that nobody could be asked for.
            kind.ends_with("gaierror")
                || says(&["[Errno 97]", "name resolution", "Name or service not known"]),
        ),
        Language::R => (
            says(&[
                "error in running command",
                "cannot popen",
                "cannot start processx process",
            ]),
            says(&["http://", "https://", "ftp://"]) && message.contains("cannot open"),
        ),
    };
    if programs && !has.programs {
        Some(PROGRAMS)
    } else if network && has.network == Network::None {
        Some(NETWORK)
    } else {
        absent(message, trace)
    }
}

/// What no setting of a role gives.
pub fn absent(message: &str, trace: &str) -> Option<&'static str> {
    let says = |words: &[&str]| words.iter().any(|words| message.contains(words));
    // Rust's panics, C's own words.
    if says(&["[Errno 38]", "code: 38,", "Function not implemented"]) {
        Some(EPOLL)
    } else if message.starts_with("[Errno 1]") && trace.contains("mmap.mmap(") {
        Some(SHARED)
    } else if message.starts_with("[Errno 1]") && trace.contains("sendmsg") {
        Some(DESCRIPTORS)
    } else {
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: Allowance = Allowance {
        network: Network::None,
        programs: false,
        tell_refused: false,
        tmp_limit: 0,
    };

    #[test]
    fn who_wants_a_program_is_told_of_the_setting() {
        let trace = "File \"/usr/lib/python3.11/subprocess.py\", line 1901, in _execute_child";
        let message = "[Errno 13] Permission denied: 'id'";
        let python = |trace, has| hint(Language::Python, "PermissionError", message, trace, has);
        assert_eq!(python(trace, NONE), Some(PROGRAMS));
        assert_eq!(python("File \"<script>\", line 1, in <module>", NONE), None);
        let all = Allowance {
            programs: true,
            ..NONE
        };
        assert_eq!(python(trace, all), None);
        for message in [
            "error in running command",
            "cannot popen 'id', probable reason 'Cannot allocate memory'",
            "! cannot start processx process 'id' (system error 13, Permission denied)",
        ] {
            let r = hint(Language::R, "simpleError", message, "", NONE);
            assert_eq!(r, Some(PROGRAMS));
        }
    }

    #[test]
    fn who_wants_epoll_is_told_what_to_do() {
        let trace = "File \"<script>\", line 1";
        for message in [
            "[Errno 38] Function not implemented",
            "called `Result::unwrap()` on an `Err` value: Os { code: 38, kind: Unsupported, message: \"Function not implemented\" }",
        ] {
            let python = hint(Language::Python, "OSError", message, trace, NONE);
            assert_eq!(python, Some(EPOLL));
        }
        let refused = "[Errno 1] Operation not permitted";
        let hint = |trace| hint(Language::Python, "PermissionError", refused, trace, NONE);
        assert_eq!(hint("    mmap.mmap(-1, 4096)"), Some(SHARED));
        assert_eq!(hint("    one.sendmsg([b\"x\"], rights)"), Some(DESCRIPTORS));
        assert_eq!(hint("    os.chroot(\".\")"), None);
    }

    #[test]
    fn who_wants_the_network_is_told_of_the_setting() {
        for (kind, message) in [
            (
                "socket.gaierror",
                "[Errno -3] Temporary failure in name resolution",
            ),
            (
                "OSError",
                "[Errno 97] Address family not supported by protocol",
            ),
            (
                "urllib.error.URLError",
                "<urlopen error [Errno -3] Temporary failure in name resolution>",
            ),
        ] {
            let python = |has| hint(Language::Python, kind, message, "", has);
            assert_eq!(python(NONE), Some(NETWORK), "{message}");
            let host = Allowance {
                network: Network::Host,
                ..NONE
            };
            assert_eq!(python(host), None);
        }
        let message = "cannot open the connection to 'https://example.com'";
        assert_eq!(
            hint(Language::R, "simpleError", message, "", NONE),
            Some(NETWORK)
        );
        let message = "cannot open file 'https': No such file or directory";
        assert_eq!(hint(Language::R, "simpleError", message, "", NONE), None);
    }
}
