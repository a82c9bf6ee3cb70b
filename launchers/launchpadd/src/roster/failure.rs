//! Why no satellite came of an attempt.

use launchpad_protocol::cut;
use launchpad_protocol::launch::{Language, Refusal};

/// Crashes in a row that may have been accidents.
const ACCIDENTS: u32 = 4;

/// Bytes of a reason that are kept and sent on: it must fit a packet with room to spare.
const MAX_REASON: usize = 4096;

/// Why no satellite came of an attempt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// The zygote, the exercise or launchpadd's own means; the text is the evidence.
    Environment(String),
    /// A zygote that had started, or a satellite, ended by itself without saying why. The text is what
    /// is known.
    Crash(String),
    /// launchpadd's process, the zygote's or the host had no file descriptor left.
    Descriptors(String),
    /// The kernel refused a step of the sandbox.
    Sandbox { step: String, reason: String },
}

impl Failure {
    /// As a zygote or a satellite names it: the exercise is no step of the sandbox.
    pub fn of_step(step: &str, reason: &str) -> Self {
        let reason = cut(reason, MAX_REASON).to_owned();
        if step == "exercise" {
            Failure::Environment(reason)
        } else if lacks_descriptors(&reason) {
            Failure::Descriptors(reason)
        } else {
            let step = cut(step, 256).to_owned();
            Failure::Sandbox { step, reason }
        }
    }

    pub fn environment(reason: &str) -> Self {
        Failure::Environment(cut(reason, MAX_REASON).to_owned())
    }

    /// A system call of launchpadd's own failed, which was to make `what`.
    pub fn cannot_make(what: &str, error: &std::io::Error) -> Self {
        let reason = format!("cannot make {what}: {error}");
        match lacks_descriptors(&reason) {
            true => Failure::Descriptors(reason),
            false => Failure::Environment(reason),
        }
    }

    pub fn crash(reason: &str) -> Self {
        Failure::Crash(cut(reason, MAX_REASON).to_owned())
    }

    /// The end of a zygote that had started, and so no fault of its environment alone.
    pub fn of_one_that_ran(self) -> Self {
        match self {
            Failure::Environment(reason) => Failure::Crash(reason),
            Failure::Crash(_) | Failure::Descriptors(_) | Failure::Sandbox { .. } => self,
        }
    }

    /// What is known of it.
    pub fn reason(&self) -> String {
        match self {
            Failure::Environment(reason)
            | Failure::Crash(reason)
            | Failure::Descriptors(reason) => reason.clone(),
            Failure::Sandbox { step, reason } => format!("step \"{step}\": {reason}"),
        }
    }

    /// How many in a row may have been accidents (the kernel's out-of-memory killer, an operator): calls
    /// wait for the next attempt.
    pub fn accidents(&self) -> u32 {
        match self {
            Failure::Environment(_) | Failure::Descriptors(_) | Failure::Sandbox { .. } => 1,
            Failure::Crash(_) => ACCIDENTS,
        }
    }

    pub fn refusal(&self, language: Language) -> Refusal {
        match self.clone() {
            Failure::Environment(reason) | Failure::Crash(reason) => {
                Refusal::EnvironmentBroken { language, reason }
            }
            Failure::Descriptors(reason) => Refusal::NoDescriptors { reason },
            Failure::Sandbox { step, reason } => Refusal::SandboxRefused { step, reason },
        }
    }

    /// `name`: of the language or kind that has it.
    pub fn line(&self, name: &str) -> String {
        match self {
            Failure::Environment(reason) | Failure::Crash(reason) => {
                format!("environment for {name} failed: {reason}")
            }
            Failure::Descriptors(reason) => {
                format!("no file descriptors are left for satellites of {name}: {reason}")
            }
            Failure::Sandbox { step, reason } => {
                format!("sandbox for {name} was refused at step \"{step}\": {reason}")
            }
        }
    }
}

/// Whether an error's text ends as those of the system calls do that find too many files open, in the
/// process (EMFILE) or on the host (ENFILE).
fn lacks_descriptors(reason: &str) -> bool {
    reason.ends_with("(os error 24)") || reason.ends_with("(os error 23)")
}
