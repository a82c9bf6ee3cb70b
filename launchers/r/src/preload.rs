//! What the zygote does before it is ready, for the R code that loads packages in advance.

use crate::Failure;
use crate::launcher::{UNOWNED, nothing, text};
use crate::r::{Kind, Owned, entry, sexp};
use launchpad_launcher::{control, zygote};
use launchpad_sandbox::os::{self, Alone, Side};

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

/// Answers that: `problem` is what is the matter with the package, or NULL.
#[unsafe(no_mangle)]
#[allow(unsafe_code)]
extern "C" fn launchpad_preloaded(problem: sexp, milliseconds: sexp) -> sexp {
    entry([problem, milliseconds], |[problem, milliseconds]| {
        let problem = match problem.kind() {
            Kind::Character => Some(text(problem)?),
            _ => None,
        };
        let milliseconds = milliseconds.doubles()?.first().copied().unwrap_or(0.0);
        zygote::preloaded(UNOWNED, problem, milliseconds as u32)?;
        nothing()
    })
}

/// Forks a process for a trial: NULL there, here its wait status.
#[unsafe(no_mangle)]
#[allow(unsafe_code)]
extern "C" fn launchpad_try() -> sexp {
    entry([], |[]| {
        let failed = |what: &str| Failure::NoPlace(what.to_owned());
        let alone = Alone::check().ok().flatten();
        let alone = alone.ok_or_else(|| failed("it has started a thread"))?;
        let child = match os::fork(&alone).map_err(|errno| failed(&errno.to_string()))? {
            Side::Child => return nothing(),
            Side::Parent { child } => child,
        };
        let reaped = os::wait(child, true).map_err(|errno| failed(&errno.to_string()))?;
        let status = reaped.map_or(-1, |reaped| reaped.wait_status);
        Ok(Owned::integers(1, |values| values[0] = status)?)
    })
}

/// Ends the process of a trial.
#[unsafe(no_mangle)]
#[allow(unsafe_code)]
extern "C" fn launchpad_end_trial(status: sexp) -> sexp {
    entry([status], |[status]| {
        let status = status.doubles()?.first().copied();
        os::exit(i32::from(status != Some(0.0)))
    })
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
