//! The script's process puts itself under the system call filters.

use super::Jail;
use crate::Error;
use crate::os::own_number;
use crate::seccomp::{Filters, Scope};
use launchpad_protocol::policy::{Network, Policy};

pub(super) fn install(jail: &Jail<'_>) -> Result<(), Error> {
    let installed = match jail.policy.shares_processes() {
        false => jail.filters.install_on_script(),
        // They name this process, which the zygote did not know yet.
        true => {
            let own = own_number()?.as_raw();
            let scope = Scope {
                own_process: Some(own),
                ..scope(jail.policy)
            };
            Filters::compile(&scope)
                .map_err(Error::Compile)?
                .install_on_script()
        }
    };
    installed.map_err(Error::Filter)
}

/// What the filters of a satellite depend on.
pub(crate) fn scope(policy: &Policy) -> Scope {
    Scope {
        programs: policy.allowance.programs,
        network: policy.allowance.network == Network::Host,
        shared_processes: policy.shares_processes(),
        own_process: None,
        zygote: false,
        bounded_memory: policy.bounded_memory,
        own_user: policy.worker.is_some(),
        tell_refused: policy.allowance.tell_refused,
    }
}
