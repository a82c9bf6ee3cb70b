//! What of a zygote's memory is copied for a satellite, and when.
//!
//! A fork copies an entry for each page that the process has, and the end of the fork takes them apart one by one. A huge
//! page is one entry instead of 512, for as long as nobody writes to it.
//!
//! A page is copied when the satellite first writes to it. Which pages a script's process writes to is much the same from
//! one to the next, since they start as the same process: one that is forked for that shows them, and in the
//! others they are copied in one go, which costs half of what it costs one by one.
//!
//! None of it changes what is in memory, nor where.

use super::{check, page_size};
use nix::errno::Errno;
use std::ffi::c_void;
use std::fs::{File, read_to_string};
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;

/// Bytes of a huge page. Where the kernel's are larger, there are none.
const HUGE: usize = 2 << 20;

/// So many eighths of a huge page must be in memory: the rest is filled up, and counts for every satellite.
const DENSE: usize = 6;

/// Bytes of a file that the kernel maps when one of them is read, from a multiple on (fault_around_bytes, by default).
const AROUND: usize = 64 << 10;

/// Of an entry in /proc/PID/pagemap: the page is in memory, is a file's, and is mapped once.
const PRESENT: u64 = 1 << 63;
const OF_FILE: u64 = 1 << 61;
const EXCLUSIVE: u64 = 1 << 56;

/// Gives back memory that the C library keeps for later.
pub fn trim() {
    // SAFETY: what it gives back is nobody's.
    unsafe { libc::malloc_trim(0) };
}

/// Makes huge pages of memory that is in use. Where the kernel makes none (before Linux 6.1), all stays as it is.
pub fn gather() {
    let own = own_memory(|rights, file| rights == "rw-p" && matches!(file, None | Some("[heap]")));
    for memory in own {
        let mut at = memory.start.next_multiple_of(HUGE);
        while at.saturating_add(HUGE) <= memory.end {
            if is_dense(at) {
                let _ = collapse(at);
            }
            at += HUGE;
        }
    }
}

/// The pages that this process shares with no other: of those that were shared with its fork, one of both has
/// written to them.
///
/// # Errors
/// Where the kernel does not tell.
pub fn unshared() -> io::Result<Vec<Range<usize>>> {
    let own = own_memory(|rights, file| rights == "rw-p" && file != Some("[stack]"));
    found(own, PRESENT | EXCLUSIVE)
}

/// One of each few pages of files that this process has mapped: the kernel maps the others with it.
///
/// # Errors
/// Where the kernel does not tell.
pub fn of_files() -> io::Result<Vec<Range<usize>>> {
    let files = own_memory(|_, file| file.is_some_and(|file| file.starts_with('/')));
    let mut some = Vec::new();
    for pages in found(files, PRESENT | OF_FILE)? {
        let mut at = pages.start;
        while at < pages.end {
            some.push(at..at + page_size());
            at = (at + 1).next_multiple_of(AROUND);
        }
    }
    Ok(some)
}

/// The pages in `memory` whose entries have these `bits`; no range reaches from one mapping into the next.
fn found(memory: Vec<Range<usize>>, bits: u64) -> io::Result<Vec<Range<usize>>> {
    let pagemap = File::open("/proc/self/pagemap")?;
    let page = page_size();
    let mut found: Vec<Range<usize>> = Vec::new();
    for memory in memory {
        let mut entries = vec![0; memory.len() / page * size_of::<u64>()];
        let place = memory.start / page * size_of::<u64>();
        pagemap.read_exact_at(&mut entries, place as u64)?;
        let (entries, _) = entries.as_chunks();
        let first = memory.start;
        for (at, entry) in memory.step_by(page).zip(entries) {
            if u64::from_ne_bytes(*entry) & bits != bits {
                continue;
            }
            match found.last_mut() {
                Some(last) if last.end == at && at != first => last.end += page,
                _ => found.push(at..at + page),
            }
        }
    }
    Ok(found)
}

/// Makes this process's own copies of pages that it is about to write to. What is not there any more, or not writable, is
/// left out.
pub fn copy(pages: &[Range<usize>]) {
    populate(pages, libc::MADV_POPULATE_WRITE);
}

/// Maps pages that this process is about to read.
pub fn map(pages: &[Range<usize>]) {
    populate(pages, libc::MADV_POPULATE_READ);
}

/// `how`: MADV_POPULATE_READ or MADV_POPULATE_WRITE.
fn populate(pages: &[Range<usize>], how: i32) {
    for pages in pages {
        // SAFETY: what is in that memory stays.
        let done = unsafe { libc::madvise(address(pages.start), pages.len(), how) };
        // Before Linux 5.14.
        if check(done.into()) == Err(Errno::EINVAL) {
            return;
        }
    }
}

/// The process's mappings that are meant, by their rights and what they are of.
fn own_memory(is_meant: impl Fn(&str, Option<&str>) -> bool) -> Vec<Range<usize>> {
    let maps = read_to_string("/proc/self/maps").unwrap_or_default();
    let lines = maps.lines().filter_map(mapping);
    lines
        .filter(|(_, rights, file)| is_meant(rights, *file))
        .map(|(memory, _, _)| memory)
        .collect()
}

/// A line in /proc/PID/maps: where, with what rights, and of what.
fn mapping(line: &str) -> Option<(Range<usize>, &str, Option<&str>)> {
    let mut words = line.split_ascii_whitespace();
    let (start, end) = words.next()?.split_once('-')?;
    let number = |text| usize::from_str_radix(text, 16).ok();
    let memory = number(start)?..number(end)?;
    Some((memory, words.next()?, words.nth(3)))
}

/// Whether most of the huge page's pages are in memory.
fn is_dense(start: usize) -> bool {
    let mut resident = vec![0u8; HUGE.div_ceil(page_size())];
    // SAFETY: the call reads nothing there, and writes a byte for each page into the vector, which has as many.
    let told = unsafe { libc::mincore(address(start), HUGE, resident.as_mut_ptr()) };
    let present = resident.iter().filter(|page| **page & 1 != 0).count();
    told == 0 && present * 8 >= resident.len() * DENSE
}

fn collapse(start: usize) -> Result<(), Errno> {
    // SAFETY: what is in that memory stays, and stays where it is.
    let done = unsafe { libc::madvise(address(start), HUGE, libc::MADV_COLLAPSE) };
    check(done.into()).map(drop)
}

fn address(of: usize) -> *mut c_void {
    std::ptr::with_exposed_provenance_mut(of)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mappings_are_read() {
        for (line, rights, file) in [
            ("7f00-7f20 rw-p 00000000 00:00 0 ", "rw-p", None),
            (
                "7f00-7f20 rw-p 00000000 00:00 0    [heap]",
                "rw-p",
                Some("[heap]"),
            ),
            (
                "7f00-7f20 r-xp 00000000 fe:01 12 /usr/lib/libc.so.6",
                "r-xp",
                Some("/usr/lib/libc.so.6"),
            ),
        ] {
            let expected = Some((0x7f00..0x7f20, rights, file));
            assert_eq!(mapping(line), expected, "{line}");
        }
        assert_eq!(mapping(""), None);
    }

    #[test]
    fn memory_stays_what_it_is() {
        let filled: Vec<u8> = (0..4 * HUGE).map(|at| (at / 4096) as u8).collect();
        let start = filled.as_ptr().expose_provenance();
        assert!(is_dense(start.next_multiple_of(HUGE)));
        // A library's constant, and what is not there at all.
        let constant = "constant".as_ptr().expose_provenance() / page_size() * page_size();
        let pages = [0, constant, start.next_multiple_of(page_size())];
        gather();
        let pages = pages.map(|at| at..at + page_size());
        copy(&pages);
        map(&pages);
        trim();
        assert!((0..4 * HUGE).all(|at| filled[at] == (at / 4096) as u8));
        let own = unshared().unwrap();
        let has = |pages: &[Range<usize>], at| pages.iter().any(|pages| pages.contains(&at));
        assert!(has(&own, start + 2 * HUGE));
        let files = of_files().unwrap();
        let around = constant / AROUND * AROUND..constant / AROUND * AROUND + AROUND;
        assert!(files.iter().any(|pages| around.contains(&pages.start)));
        assert!(!has(&files, start + 2 * HUGE));
    }
}
