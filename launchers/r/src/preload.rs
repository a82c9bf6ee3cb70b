//! What the zygote does before it is ready, for the R code that loads packages in advance.

use crate::Failure;
use crate::launcher::{UNOWNED, nothing, text};
use crate::r::{Kind, Owned, entry, sexp};
use launchpad_launcher::{control, zygote};
use launchpad_sandbox::os::Alone;

/// Waits for what is to be loaded in advance: packages' names. NULL: nothing more.
#[unsafe(no_mangle)]
#[allow(unsafe_code)]
extern "C" fn launchpad_next_preload() -> sexp {
    entry([], |[]| match zygote::next_preload(UNOWNED)? {
        Some(packages) => Ok(Owned::texts(
            packages.iter().map(|name| Some(name.as_str())),
        )?),
        None => nothing(),
    })
}

/// Answers that: `problem` is what is the matter with the package, or NULL; `is_absent`, whether that is only that there is none.
#[unsafe(no_mangle)]
#[allow(unsafe_code)]
extern "C" fn launchpad_preloaded(problem: sexp, is_absent: sexp) -> sexp {
    entry([problem, is_absent], |[problem, is_absent]| {
        let is_absent = is_absent.logicals()?.first() == Some(&1);
        let problem = match problem.kind() {
            Kind::Character => Some((text(problem)?, is_absent)),
            _ => None,
        };
        zygote::preloaded(UNOWNED, problem)?;
        nothing()
    })
}

/// Forks a process for a trial: NULL there; here, when it has ended, what is the matter, or "".
#[unsafe(no_mangle)]
#[allow(unsafe_code)]
extern "C" fn launchpad_try() -> sexp {
    entry([], |[]| {
        let alone = Alone::check().ok().flatten();
        let alone = alone.ok_or_else(|| Failure::NoPlace("it has started a thread".to_owned()))?;
        match zygote::begin_trial(&alone)? {
            None => nothing(),
            Some(problem) => Ok(Owned::text(&problem)?),
        }
    })
}

/// Ends the process of a trial: what is the matter, or "".
#[unsafe(no_mangle)]
#[allow(unsafe_code)]
extern "C" fn launchpad_end_trial(problem: sexp) -> sexp {
    entry([problem], |[problem]| zygote::end_trial(&text(problem)?))
}

/// What the script has loaded: names, and seconds.
#[unsafe(no_mangle)]
#[allow(unsafe_code)]
extern "C" fn launchpad_imports(names: sexp, seconds: sexp) -> sexp {
    entry([names, seconds], |[names, seconds]| {
        let names = names.strings()?;
        let seconds = seconds.doubles()?;
        let imports = seconds.iter().enumerate().filter_map(|(index, seconds)| {
            let name = names.get(index)?.ok()?;
            Some((name.into_owned(), (seconds * 1e6) as u64))
        });
        control::send_imports(UNOWNED, imports.collect())?;
        nothing()
    })
}
