//! A language in a few lines, as a test that one is no more than that: launchpadd starts this program as the
//! zygote, and what a satellite of it does is `serve`. Its entry is launchers/languages/src/toy.rs.
//!
//! Scripts: `echo` returns the input; `show FILE` fails with the file's content, or with why it cannot be
//! read; any other fails with its own text.

use arrow_ipc::{reader::StreamReader, writer::StreamWriter};
use launchpad_launcher::{assignment, control, zygote};
use launchpad_protocol::control::Failure;
use launchpad_sandbox::Blueprint;
use launchpad_sandbox::descriptors::{Fixed, INPUT, OUTPUT};
use launchpad_sandbox::os::{Alone, Unowned};
use std::error::Error;
use std::fs::{File, read_to_string};

// SAFETY: no value owns a descriptor when one is closed by number, nor ever one of the fixed numbers.
#[allow(unsafe_code)]
const UNOWNED: Unowned = unsafe { Unowned::assume() };

fn main() -> Result<(), Box<dyn Error>> {
    zygote::confine(UNOWNED)?;
    zygote::preloaded(UNOWNED, None)?;
    while zygote::next_preload(UNOWNED)?.is_some() {
        zygote::preloaded(UNOWNED, None)?;
    }
    let blueprint = Blueprint::new(vec!["/usr/lib".into()], Vec::new())?;
    zygote::hide()?;
    let alone = Alone::check()?.ok_or("a zygote must have one thread")?;
    // As many as an interpreter can have, some with names that few encodings have.
    let bricks = (0..1000).map(|number| format!("größerer Ziegel für 1 €, {number}"));
    let bricks = bricks.chain(["building-bricks".to_owned()]);
    zygote::tell_packages(
        UNOWNED,
        bricks.map(|name| (name, "1.0".to_owned())).collect(),
    )?;
    zygote::hello(UNOWNED, "a toy".to_owned())?;
    while let Some(order) = zygote::next_order(UNOWNED)? {
        if zygote::fork(&alone, UNOWNED, &blueprint, order, || (), || ())? {
            let status = i32::from(serve().is_err());
            launchpad_sandbox::leave(status);
        }
    }
    Ok(())
}

fn serve() -> Result<(), Box<dyn Error>> {
    assignment::ready(UNOWNED)?;
    if assignment::next(UNOWNED)?.is_none() {
        return Ok(());
    }
    let (_, script) = control::read_run(UNOWNED)?;
    let script = String::from_utf8(script)?;
    if script == "echo" {
        return Ok(control::send_done(UNOWNED, Some(echo()?))?);
    }
    let message = match script.strip_prefix("show ") {
        Some(file) => read_to_string(file).unwrap_or_else(|error| error.to_string()),
        None => script,
    };
    Ok(control::send_failure(
        UNOWNED,
        Failure::Raised {
            kind: "ToyError".to_owned(),
            message,
            trace: String::new(),
        },
    )?)
}

/// The rows that came are the rows that go; how many.
fn echo() -> Result<u64, Box<dyn Error>> {
    let pipe = |end: Fixed| end.borrow(UNOWNED).try_clone_to_owned().map(File::from);
    let input = StreamReader::try_new_buffered(pipe(INPUT)?, None)?;
    let mut output = StreamWriter::try_new_buffered(pipe(OUTPUT)?, &input.schema())?;
    let mut rows = 0;
    for batch in input {
        let batch = batch?;
        rows += batch.num_rows() as u64;
        output.write(&batch)?;
    }
    output.finish()?;
    Ok(rows)
}
