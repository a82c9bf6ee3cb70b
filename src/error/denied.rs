//! Whether a script failed for want of a right that its role could be given, by what its language says
//! then.

use launchpad_languages::{Denied, Failure, Language};
use launchpad_protocol::policy::{Allowance, Network};

const PROGRAMS: &str = "Scripts start programs only where launchpad.allow_exec is on.";
const ONE_PROCESS: &str = "With launchpad.sandbox = container, a script cannot start other processes, by fork or otherwise. Threads work.";
const SYSTEM_CALL: &str = "Some system calls, such as epoll's, are not available to scripts. Programs that do not call epoll through the C library must use poll instead.";
const SHARED_MEMORY: &str = "Without a cgroup that limits its memory, a script cannot map shared anonymous memory. Map a file in its work folder or in /dev/shm, or see launchpad.check().";
const DESCRIPTORS: &str = "Scripts can pass descriptors only if satellites run as separate operating system users; see launchpad.worker_uids.";
const NETWORK: &str = "Scripts have no network unless launchpad.network is host.";
const PYTHON_MODULE: &str = "Scripts find the packages of the interpreter that launchpad.python names; launchpad.environments lists them. An administrator of the server installs more with that interpreter's pip.";
const R_PACKAGE: &str = "Scripts find the packages of the R that launchpad.r names. An administrator of the server installs them there, with install.packages() or as r-cran-* packages of the system.";
const R_CLUSTER: &str = "parallel::mclapply, mcmapply and pvec need no sockets. Clusters need them, which scripts have only where launchpad.network is host.";

/// From a failure's type, message and traceback, and what the role has; `is_alone`: the sandbox has no
/// second process.
pub fn hint(
    language: Language,
    kind: &str,
    message: &str,
    trace: &str,
    has: Allowance,
    is_alone: bool,
) -> Option<&'static str> {
    let failure = Failure {
        kind,
        message,
        trace,
    };
    let lacks = |denied: &Denied| match denied {
        Denied::Programs => !has.programs,
        Denied::Processes => is_alone,
        Denied::Network | Denied::RCluster => has.network == Network::None,
        Denied::SystemCall
        | Denied::SharedMemory
        | Denied::Descriptors
        | Denied::PythonModule
        | Denied::RPackage => true,
    };
    match Denied::to(language, failure).find(lacks)? {
        // No setting changes that there.
        Denied::Programs if is_alone => Some(ONE_PROCESS),
        denied => Some(words(denied)),
    }
}

/// What no setting gives, from the last words of a process.
pub fn absent(last_words: &str) -> Option<&'static str> {
    Denied::by_last_words(last_words).map(words)
}

fn words(denied: Denied) -> &'static str {
    match denied {
        Denied::Programs => PROGRAMS,
        Denied::Processes => ONE_PROCESS,
        Denied::Network => NETWORK,
        Denied::SystemCall => SYSTEM_CALL,
        Denied::SharedMemory => SHARED_MEMORY,
        Denied::Descriptors => DESCRIPTORS,
        Denied::PythonModule => PYTHON_MODULE,
        Denied::RPackage => R_PACKAGE,
        Denied::RCluster => R_CLUSTER,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_role_has_is_not_what_the_script_lacks() {
        let none = Allowance {
            network: Network::None,
            programs: false,
            tell_refused: false,
            tmp_limit: 0,
        };
        let of = |message, has| hint(Language::R, "simpleError", message, "", has, false);
        let (program, url) = ("cannot popen 'id'", "cannot open 'https://example.com'");
        assert_eq!(of(program, none), Some(PROGRAMS));
        let fork = "unable to fork, possible reason: Operation not permitted";
        assert_eq!(of(fork, none), None);
        for denied in [program, fork] {
            let alone = hint(Language::R, "simpleError", denied, "", none, true);
            assert_eq!(alone, Some(ONE_PROCESS));
        }
        assert_eq!(of(url, none), Some(NETWORK));
        let all = Allowance {
            network: Network::Host,
            programs: true,
            ..none
        };
        assert_eq!(of(program, all), None);
        assert_eq!(of(url, all), None);
        // The next that fits.
        let both = "cannot popen 'id': Function not implemented";
        assert_eq!(of(both, all), Some(SYSTEM_CALL));
        assert_eq!(absent(both), Some(SYSTEM_CALL));
    }
}
