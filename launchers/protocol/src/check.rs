//! One row of `launchpad.check()`.

use serde::{Deserialize, Serialize};

/// Something that a working installation needs, or that makes it safer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    pub what: String,
    pub state: Standing,
    /// What was found.
    pub found: String,
    /// What to do about it; empty if there is nothing to do.
    pub advice: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Standing {
    Ok,
    /// The host lacks it, and it is not demanded.
    Missing,
    /// Calls fail because of it, or a limit that is set is not enforced.
    Failed,
}

impl Standing {
    /// As the function writes it.
    pub fn name(self) -> &'static str {
        match self {
            Standing::Ok => "ok",
            Standing::Missing => "missing",
            Standing::Failed => "failed",
        }
    }
}
