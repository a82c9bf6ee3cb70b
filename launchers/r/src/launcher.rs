//! A zygote's and a satellite's steps, for the R code that takes them in turn.

use crate::Failure;
use crate::packages;
use crate::r::{self, Kind, Owned, Value, entry, sexp};
use launchpad_launcher::{assignment, control, zygote};
use launchpad_protocol::control::{Failure as Ending, Run};
use launchpad_sandbox::Blueprint;
use launchpad_sandbox::descriptors::OUTPUT;
use launchpad_sandbox::os::{self, Alone, Unowned};
use std::num::NonZero;
use std::path::PathBuf;

// SAFETY: no value owns a descriptor when the jail closes what is open, nor ever one of the fixed numbers,
// which were inherited or put there by number.
#[allow(unsafe_code)]
pub(crate) const UNOWNED: Unowned = unsafe { Unowned::assume() };

/// `trees`: the folders that scripts see; `links`, `targets`: symbolic links to them; `environment`:
/// names R and its version; `libraries`: where R finds packages. Tells launchpadd that this zygote is
/// ready and what it has, and carries out its orders to fork.
/// Returns TRUE in a satellite, sandboxed, and FALSE in the zygote when launchpadd has closed the channel.
#[unsafe(no_mangle)]
#[allow(unsafe_code)]
extern "C" fn launchpad_forks(
    trees: sexp,
    links: sexp,
    targets: sexp,
    environment: sexp,
    libraries: sexp,
) -> sexp {
    entry(
        [trees, links, targets, environment, libraries],
        |[trees, links, targets, environment, libraries]| {
            let links = paths(links)?.into_iter().zip(paths(targets)?).collect();
            let blueprint = Blueprint::new(paths(trees)?, links)
                .map_err(|error| Failure::NoPlace(error.to_string()))?;
            let alone = Alone::check().map_err(|error| Failure::NoPlace(error.to_string()))?;
            let alone = alone.ok_or(Failure::Argument("a zygote must have one thread"))?;
            zygote::hide()?;
            zygote::tell_packages(UNOWNED, packages::installed(&paths(libraries)?))?;
            // The last before it only forks: launchpadd looks at what it has open.
            zygote::hello(UNOWNED, text(environment)?)?;
            while let Some(order) = zygote::next_order(UNOWNED)? {
                if zygote::fork(&alone, UNOWNED, &blueprint, order, || (), || ())? {
                    return logical(true);
                }
            }
            logical(false)
        },
    )
}

/// Forks a process that rehearses what satellites do; TRUE in that one, FALSE here, afterwards.
#[unsafe(no_mangle)]
#[allow(unsafe_code)]
extern "C" fn launchpad_rehearse() -> sexp {
    entry([], |[]| {
        let alone = Alone::check().map_err(|error| Failure::NoPlace(error.to_string()))?;
        let alone = alone.ok_or(Failure::Argument("a zygote must have one thread"))?;
        logical(zygote::rehearse(&alone)?)
    })
}

/// Ends the process that has rehearsed.
#[unsafe(no_mangle)]
#[allow(unsafe_code)]
extern "C" fn launchpad_rehearsed() -> sexp {
    entry([], |[]| zygote::rehearsed())
}

/// Takes from this process what neither it nor scripts may, before any package is loaded.
#[unsafe(no_mangle)]
#[allow(unsafe_code)]
extern "C" fn launchpad_confine() -> sexp {
    entry([], |[]| {
        zygote::confine(UNOWNED)?;
        nothing()
    })
}

/// The number of threads of this process.
#[unsafe(no_mangle)]
#[allow(unsafe_code)]
extern "C" fn launchpad_tasks() -> sexp {
    entry([], |[]| {
        let tasks = os::tasks().map_err(|error| Failure::NoPlace(error.to_string()))?;
        Ok(Owned::integers(1, |values| values[0] = tasks as i32)?)
    })
}

/// The number of processors that this process may use.
#[unsafe(no_mangle)]
#[allow(unsafe_code)]
extern "C" fn launchpad_processors() -> sexp {
    entry([], |[]| {
        let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
        let processors = i32::try_from(processors).unwrap_or(i32::MAX);
        Ok(Owned::integers(1, |values| values[0] = processors)?)
    })
}

/// The process's surroundings as a script expects them.
#[unsafe(no_mangle)]
#[allow(unsafe_code)]
extern "C" fn launchpad_settle() -> sexp {
    entry([], |[]| {
        // A panic becomes an error of R's; its place in this code is nothing for a script's stderr.
        std::panic::set_hook(Box::new(|_| {}));
        r::ignore_broken_pipes();
        r::line_by_line();
        nothing()
    })
}

/// Tells launchpadd that this satellite is sandboxed and exercised.
#[unsafe(no_mangle)]
#[allow(unsafe_code)]
extern "C" fn launchpad_ready() -> sexp {
    entry([], |[]| {
        assignment::ready(UNOWNED)?;
        nothing()
    })
}

/// Tells launchpadd why this satellite cannot serve.
#[unsafe(no_mangle)]
#[allow(unsafe_code)]
extern "C" fn launchpad_refused(step: sexp, reason: sexp) -> sexp {
    entry([step, reason], |[step, reason]| {
        assignment::refused(UNOWNED, &text(step)?, &text(reason)?)?;
        nothing()
    })
}

/// Waits for the request and takes its place; FALSE when launchpadd wants this satellite no more.
#[unsafe(no_mangle)]
#[allow(unsafe_code)]
extern "C" fn launchpad_next_assignment() -> sexp {
    entry([], |[]| logical(assignment::next(UNOWNED)?.is_some()))
}

/// The request as a list: input_name, output_name, has_params, has_input, wanted (a raw vector),
/// read_back (names), time_zone, script.
#[unsafe(no_mangle)]
#[allow(unsafe_code)]
extern "C" fn launchpad_read_run() -> sexp {
    entry([], |[]| {
        let (run, script) = control::read_run(UNOWNED)?;
        let Run {
            input_name,
            output_name,
            has_params,
            has_input,
            script_bytes: _,
            wanted,
            frame_types: _,
            read_back,
            time_zone,
        } = run;
        let parts = [
            ("input_name", Owned::text(&input_name)?),
            ("output_name", Owned::text(&output_name)?),
            ("has_params", logical(has_params)?),
            ("has_input", logical(has_input)?),
            ("wanted", Owned::raw(&wanted)?),
            (
                "read_back",
                Owned::texts(read_back.iter().map(|name| Some(name.as_str())))?,
            ),
            ("time_zone", Owned::text(&time_zone)?),
            ("script", Owned::text(&String::from_utf8_lossy(&script))?),
        ];
        let mut made = Owned::list(parts.len())?;
        for (index, (_, part)) in parts.iter().enumerate() {
            made.set(index, part);
        }
        let names = Owned::texts(parts.iter().map(|(name, _)| Some(*name)))?;
        made.set_attribute(c"names", &names)?;
        Ok(made)
    })
}

/// 31 bits of the kernel's randomness, for R's generator: all satellites of a zygote would else draw
/// the same numbers.
#[unsafe(no_mangle)]
#[allow(unsafe_code)]
extern "C" fn launchpad_random() -> sexp {
    entry([], |[]| {
        let mut bytes = [0; 4];
        r::random(&mut bytes).map_err(|errno| Failure::System(errno.into()))?;
        let random = i32::from_le_bytes(bytes) & i32::MAX;
        Ok(Owned::integers(1, |values| values[0] = random)?)
    })
}

/// Whether both are the very same object.
#[unsafe(no_mangle)]
#[allow(unsafe_code)]
extern "C" fn launchpad_same(one: sexp, other: sexp) -> sexp {
    entry([one, other], |[one, other]| logical(one.is(other)))
}

/// No data set follows: the end of the output, before the end of the run is told.
#[unsafe(no_mangle)]
#[allow(unsafe_code)]
extern "C" fn launchpad_close_output() -> sexp {
    entry([], |[]| {
        os::close(UNOWNED, OUTPUT);
        nothing()
    })
}

/// The variables read back, as a JSON object's text; to be followed by `launchpad_done`.
#[unsafe(no_mangle)]
#[allow(unsafe_code)]
extern "C" fn launchpad_params(json: sexp) -> sexp {
    entry([json], |[json]| {
        control::send_params(UNOWNED, &text(json)?)?;
        nothing()
    })
}

/// The script ended and all its rows were sent; NULL: it returned no data set.
#[unsafe(no_mangle)]
#[allow(unsafe_code)]
extern "C" fn launchpad_done(rows: sexp) -> sexp {
    entry([rows], |[rows]| {
        let rows = match rows.kind() {
            Kind::Double => rows.doubles()?.first().map(|rows| *rows as u64),
            _ => None,
        };
        control::send_done(UNOWNED, rows)?;
        nothing()
    })
}

/// The script raised an error.
#[unsafe(no_mangle)]
#[allow(unsafe_code)]
extern "C" fn launchpad_raised(kind: sexp, message: sexp, trace: sexp) -> sexp {
    entry([kind, message, trace], |[kind, message, trace]| {
        control::send_failure(
            UNOWNED,
            Ending::Raised {
                kind: text(kind)?,
                message: text(message)?,
                trace: text(trace)?,
            },
        )?;
        nothing()
    })
}

/// What the script returned has no place in a table.
#[unsafe(no_mangle)]
#[allow(unsafe_code)]
extern "C" fn launchpad_no_place(message: sexp) -> sexp {
    entry([message], |[message]| {
        let message = text(message)?;
        control::send_failure(UNOWNED, Ending::Result { message })?;
        nothing()
    })
}

/// Writes out what C libraries have buffered for standard output and error.
#[unsafe(no_mangle)]
#[allow(unsafe_code)]
extern "C" fn launchpad_flush() -> sexp {
    entry([], |[]| {
        os::flush_c_streams();
        nothing()
    })
}

/// Ends the script's process at once, without the handlers and finalizers that belong to the zygote.
#[unsafe(no_mangle)]
#[allow(unsafe_code)]
extern "C" fn launchpad_leave(status: sexp) -> sexp {
    entry([status], |[status]| {
        let status = status.integers()?.first().copied();
        launchpad_sandbox::leave(status.unwrap_or(1))
    })
}

/// Ends a process that the script forked, in the same way.
#[unsafe(no_mangle)]
#[allow(unsafe_code)]
extern "C" fn launchpad_leave_fork() -> sexp {
    entry([], |[]| os::exit(0))
}

pub(crate) fn nothing() -> Result<Owned, Failure> {
    Ok(Owned::null()?)
}

fn logical(value: bool) -> Result<Owned, Failure> {
    Ok(Owned::logicals(1, |values| values[0] = i32::from(value))?)
}

/// A text of the R code's or, in errors, of the script's: what is no UTF-8 in it is replaced.
pub(crate) fn text(value: Value<'_>) -> Result<String, Failure> {
    if value.kind() != Kind::Character || value.len() != 1 {
        return Err(Failure::Argument("no text"));
    }
    Ok(match value.strings()?.get(0) {
        Some(Ok(text)) => text.into_owned(),
        Some(Err(no_text)) => no_text.readable(),
        None => "NA".to_owned(),
    })
}

fn paths(value: Value<'_>) -> Result<Vec<PathBuf>, Failure> {
    let strings = value.strings()?;
    let paths = (0..strings.len()).filter_map(|index| strings.get(index)?.ok());
    Ok(paths.map(|path| PathBuf::from(path.into_owned())).collect())
}
