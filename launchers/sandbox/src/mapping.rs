//! A worker's outside user and group: `newuidmap` and `newgidmap`, which may do what this process may
//! not, and check /etc/subuid and /etc/subgid.

use crate::Refusal;
use crate::steps::IDENTITY;
use launchpad_protocol::policy::Worker;
use std::process::{Command, Stdio};

const TOOLS: [&str; 2] = ["/usr/bin/newuidmap", "/usr/bin/newgidmap"];

/// Maps the one user and the one group of `process`, which has just entered its user namespace.
pub(crate) fn map(process: i32, worker: Worker) -> Result<(), Refusal> {
    for (tool, outside) in TOOLS.into_iter().zip([worker.user, worker.group]) {
        let output = Command::new(tool)
            .env_clear()
            .args([process.to_string(), IDENTITY.to_string()])
            .args([outside.to_string(), "1".to_owned()])
            .stdin(Stdio::null())
            .output();
        match output {
            Ok(output) if output.status.success() => {}
            Ok(output) => {
                let words = String::from_utf8_lossy(&output.stderr);
                return Err(Refusal::new("identity", words.trim()));
            }
            Err(error) => {
                let reason = format!("cannot execute {tool}: {error}");
                return Err(Refusal::new("identity", reason));
            }
        }
    }
    Ok(())
}
