//! What a script's process does before its request, done once by a process that the zygote forks for it: where that one
//! writes, all will, which start as the same process. There they copy the zygote's pages in one go, for half of what it costs to
//! copy each when it is first written to.

use crate::Error;
use crate::os::{self, Alone, Side, pages};
use nix::errno::Errno;
use std::fs::read_link;
use std::io::{self, BufReader, PipeReader, PipeWriter, Read, Write, pipe};
use std::ops::Range;
use std::sync::Mutex;

/// What satellites do to memory.
struct Use {
    writes: Vec<Range<usize>>,
    /// Of files.
    reads: Vec<Range<usize>>,
}

/// Of a zygote, and so of all that it forks.
static USE: Mutex<Use> = Mutex::new(Use {
    writes: Vec::new(),
    reads: Vec::new(),
});

/// Of a process that rehearses: to say what it has read, and to hear that it is wanted no more.
static ENDS: Mutex<Option<(PipeWriter, PipeReader)>> = Mutex::new(None);

/// Forks a process that rehearses. True in that one, which calls [`end`]; false in the zygote, when the other has ended.
/// The interpreter is not told of this fork, whose hooks are code of packages.
///
/// What nobody can tell of is copied or mapped when it is needed, as ever.
///
/// # Errors
/// There is no such process.
pub fn begin(alone: &Alone) -> Result<bool, Error> {
    // Before: what is given back is in other places afterwards.
    pages::trim();
    let pipe = || pipe().map_err(Error::Rehearsal);
    let ((told, tells), (waits, wait)) = (pipe()?, pipe()?);
    let child = match os::fork(alone).map_err(Error::Fork)? {
        Side::Parent { child } => child,
        Side::Child => {
            drop((told, wait));
            if let Ok(mut ends) = ENDS.lock() {
                *ends = Some((tells, waits));
            }
            return Ok(true);
        }
    };
    drop((tells, waits));
    // While the other is there: where it has written, it has copies, and the zygote alone what was shared.
    if let (Ok(reads), Ok(writes)) = (hear(&mut BufReader::new(told)), pages::unshared())
        && let Ok(mut of_satellites) = USE.lock()
    {
        *of_satellites = Use { writes, reads };
    }
    drop(wait);
    while let Err(Errno::EINTR) = os::wait(child, true) {}
    Ok(false)
}

/// Ends the process that has rehearsed, when the zygote has looked at it.
pub fn end() -> ! {
    let ends = ENDS.lock().map(|mut ends| ends.take());
    if let Ok(Some((mut tells, mut waits))) = ends {
        // Where the host's /proc is hidden, what is there is the zygote's; in the container sandbox, it alone may be read.
        let own = read_link("/proc/self").is_ok_and(|own| own == *std::process::id().to_string());
        let reads = own.then(pages::of_files).and_then(Result::ok);
        if tell(&mut tells, &reads.unwrap_or_default()).is_ok() {
            let _ = waits.read(&mut [0]);
        }
    }
    os::exit(0)
}

/// Their number first.
fn tell(to: &mut impl Write, pages: &[Range<usize>]) -> io::Result<()> {
    let numbers = pages.iter().flat_map(|pages| [pages.start, pages.end]);
    let numbers = [pages.len()].into_iter().chain(numbers);
    let bytes: Vec<u8> = numbers.flat_map(usize::to_ne_bytes).collect();
    to.write_all(&bytes)
}

fn hear(from: &mut impl Read) -> io::Result<Vec<Range<usize>>> {
    let mut number = || -> io::Result<usize> {
        let mut bytes = [0; size_of::<usize>()];
        from.read_exact(&mut bytes)?;
        Ok(usize::from_ne_bytes(bytes))
    };
    let count = number()?;
    (0..count).map(|_| Ok(number()?..number()?)).collect()
}

/// In a script's process, under no filter of its own yet, of which each of many calls would be a little slower.
pub(crate) fn repeat() {
    if let Ok(of_satellites) = USE.lock() {
        pages::copy(&of_satellites.writes);
        pages::map(&of_satellites.reads);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_is_heard() {
        let pages = [4096..8192, 1 << 40..1 << 41];
        let mut bytes = Vec::new();
        tell(&mut bytes, &pages).unwrap();
        assert_eq!(hear(&mut &bytes[..]).unwrap(), pages);
        assert!(hear(&mut &bytes[..bytes.len() - 1]).is_err());
    }
}
