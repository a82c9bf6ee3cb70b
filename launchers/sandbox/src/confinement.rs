//! What a zygote forbids itself before it loads any package, and so all of its satellites.
//!
//! In the strict sandbox its keeper has put it where it can do no harm, and the filter narrows the way to the kernel. No
//! Landlock there: it would forbid the mounts that make satellites. In the container sandbox Landlock and the filter
//! are all that there is.

use crate::seccomp::{Filters, Scope};
use crate::steps::{landlock, process};
use crate::{Error, Refusal, evidence, omissions};
use launchpad_protocol::policy::{Network, Sandbox};
use launchpad_protocol::zygote::Confinement;

type Step = (&'static str, fn(&Confinement) -> Result<(), Error>);

const STRICT: &[Step] = &[
    ("zygote's privileges", |_| process::without_new_privileges()),
    ("zygote's filter", filter),
];

const CONTAINER: &[Step] = &[
    ("zygote's evidence", |_| evidence::note_own_namespaces()),
    ("zygote's privileges", |_| process::without_new_privileges()),
    ("zygote's landlock", |confinement| {
        let view = confinement.view.as_ref().ok_or(Error::NoView)?;
        landlock::restrict_zygote(confinement.landlock, view, confinement.reach)
    }),
    ("zygote's filter", filter),
];

/// Of the process that calls, which has one thread.
///
/// # Errors
/// The step that failed; the process is to end.
pub fn confine(confinement: &Confinement) -> Result<(), Refusal> {
    let steps = match confinement.sandbox {
        Sandbox::Strict => STRICT,
        Sandbox::Container => CONTAINER,
    };
    for (name, run) in steps {
        if omissions::left_out(name) {
            continue;
        }
        run(confinement).map_err(|error| Refusal::new(name, error))?;
    }
    Ok(())
}

fn filter(confinement: &Confinement) -> Result<(), Error> {
    let scope = Scope {
        programs: confinement.reach.programs,
        network: confinement.reach.network == Network::Host,
        shared_processes: confinement.sandbox == Sandbox::Container,
        own_process: None,
        zygote: true,
        bounded_memory: confinement.bounded_memory,
        // Some of its satellites may be.
        own_user: true,
        tell_refused: false,
    };
    let filters = Filters::compile(&scope).map_err(Error::Compile)?;
    filters.install_on_zygote().map_err(Error::Filter)
}
