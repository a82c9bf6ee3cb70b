//! Text between the database's encoding and UTF-8, which is what Arrow and the launchers speak.
//!
//! Values are converted exactly or not at all: [`to_utf8`] and [`from_utf8`] raise PostgreSQL's own
//! error. Messages must arrive whatever they hold: [`message`], [`for_client`] and [`heard`] replace
//! what has no counterpart. An SQL_ASCII database has no encoding to convert to; its text must be UTF-8.

#![cfg_attr(not(test), deny(clippy::disallowed_methods))]

use super::report::raise;
use super::shortage;
use crate::memory::{self, NoMemory};
use launchpad_fault::{Outcome, Report, SqlState};
use pgrx::pg_sys;
use std::borrow::Cow;
use std::cell::Cell;
use std::ffi::CString;

const UTF8: i32 = pg_sys::pg_enc::PG_UTF8 as i32;
const SQL_ASCII: i32 = pg_sys::pg_enc::PG_SQL_ASCII as i32;

/// pg_database.encoding of this session's; SQL_ASCII in a process without one.
fn server() -> i32 {
    // SAFETY: reads a backend-local variable.
    unsafe { pg_sys::GetDatabaseEncoding() }
}

/// Whether the database's encoding is UTF-8, so that text passes as it is.
pub fn server_is_utf8() -> bool {
    server() == UTF8
}

/// Whether text here is in UTF-8, because that is the database's encoding or because it has none.
pub fn takes_utf8() -> bool {
    matches!(server(), UTF8 | SQL_ASCII)
}

/// `bytes` in the database's encoding as UTF-8. Raises PostgreSQL's own error where a character
/// has no counterpart. In an SQL_ASCII database bytes that are no UTF-8 are an error of it too.
pub fn to_utf8(bytes: &[u8]) -> Cow<'_, [u8]> {
    // SAFETY: the result is either `bytes` itself or a palloc'd, NUL-terminated string.
    unsafe {
        let result = pg_sys::pg_server_to_any(bytes.as_ptr().cast(), length(bytes), UTF8);
        converted(bytes, result)
    }
}

/// UTF-8 `bytes` in the database's encoding; as [`to_utf8`] the other way.
pub fn from_utf8(bytes: &[u8]) -> Cow<'_, [u8]> {
    // SAFETY: the result is either `bytes` itself or a palloc'd, NUL-terminated string.
    unsafe {
        let result = pg_sys::pg_any_to_server(bytes.as_ptr().cast(), length(bytes), UTF8);
        converted(bytes, result)
    }
}

/// As [`to_utf8`], as a string: even in a UTF-8 database bytes that are none are an error.
pub fn text(bytes: &[u8]) -> String {
    let owned = match to_utf8(bytes) {
        Cow::Owned(converted) => converted,
        Cow::Borrowed(bytes) => owned(bytes),
    };
    match String::from_utf8(owned) {
        Ok(text) => text,
        Err(error) => {
            let rest = &error.as_bytes()[error.utf8_error().valid_up_to()..];
            // SAFETY: raises its error over so many readable bytes; pgrx catches the longjmp.
            unsafe { pg_sys::report_invalid_encoding(UTF8, rest.as_ptr().cast(), length(rest)) };
            // Of PostgreSQL 18's pgrx does not know that it never returns.
            #[cfg(feature = "pg18")]
            unreachable!("it has raised its error")
        }
    }
}

/// UTF-8 text as a C string in the database's encoding; as [`from_utf8`]. None if it holds a NUL
/// character.
pub fn c_string(text: &str) -> Option<CString> {
    let bytes = from_utf8(text.as_bytes());
    let copy = |bytes: &[u8]| -> Result<Vec<u8>, NoMemory> {
        let mut copy = memory::with_capacity(bytes.len() + 1)?;
        memory::extend(&mut copy, bytes)?;
        memory::push(&mut copy, 0)?;
        Ok(copy)
    };
    let copy = copy(&bytes).unwrap_or_else(|why| shortage::refused(why));
    CString::from_vec_with_nul(copy).ok()
}

fn owned(bytes: &[u8]) -> Vec<u8> {
    memory::copy(bytes).unwrap_or_else(|why| shortage::refused(why))
}

/// PostgreSQL counts in int. Its own values have less than 1 GB, a satellite's may have more.
fn length(bytes: &[u8]) -> i32 {
    match i32::try_from(bytes.len()) {
        Ok(length) => length,
        Err(_) => {
            let code = SqlState::PROGRAM_LIMIT_EXCEEDED;
            raise(Report::new(code, Outcome::Input, "text of 2 GB or more"))
        }
    }
}

/// # Safety
/// `result` is `bytes.as_ptr()` or a palloc'd, NUL-terminated string.
unsafe fn converted(bytes: &[u8], result: *mut std::ffi::c_char) -> Cow<'_, [u8]> {
    if result.is_null() || std::ptr::eq(result.cast(), bytes.as_ptr()) {
        return Cow::Borrowed(bytes);
    }
    // SAFETY: the caller's promise; copied before it is freed. An error leaves it to its context.
    unsafe {
        let copy = owned(std::ffi::CStr::from_ptr(result).to_bytes());
        pg_sys::pfree(result.cast());
        Cow::Owned(copy)
    }
}

/// Bytes of a message that are converted at most: none is longer that is not cut beforehand.
const MAX_MESSAGE: usize = 64 << 10;

/// `text` as a message has it: in the database's encoding, NUL and what has no counterpart
/// replaced. Never raises.
#[expect(clippy::disallowed_methods, reason = "at most MAX_MESSAGE bytes")]
pub fn message(text: &str) -> CString {
    let text = launchpad_protocol::cut(text, MAX_MESSAGE);
    let is_unicode = takes_utf8();
    let clean = match text.contains('\0') {
        true => Cow::Owned(text.replace('\0', if is_unicode { "\u{fffd}" } else { "?" })),
        false => Cow::Borrowed(text),
    };
    let bytes = if is_unicode || clean.is_ascii() {
        clean.into_owned().into_bytes()
    } else {
        TO_SERVER.with(|direction| direction.run(clean.as_bytes(), UTF8, server(), true))
    };
    CString::new(bytes).unwrap_or_default()
}

/// `text` as a view has it: whole, with NUL and what the database's encoding lacks replaced.
pub fn shown(text: &str) -> Cow<'_, str> {
    // A fourth of what `heard` takes: no encoding has more bytes for a character.
    const PIECE: usize = MAX_MESSAGE / 16;
    if (server_is_utf8() || text.is_ascii()) && !text.contains('\0') {
        return Cow::Borrowed(text);
    }
    let (mut shown, mut rest) = (String::new(), text);
    while !rest.is_empty() {
        let (piece, left) = rest.split_at(launchpad_protocol::cut(rest, PIECE).len());
        let piece = heard(message(piece).to_bytes());
        memory::append(&mut shown, &piece).unwrap_or_else(|why| shortage::refused(why));
        rest = left;
    }
    Cow::Owned(shown)
}

/// As [`message`], and what the client's encoding lacks is replaced too: PostgreSQL would make an
/// error of its own out of it. Never raises.
#[expect(clippy::disallowed_methods, reason = "at most a message")]
pub fn for_client(text: &str) -> CString {
    let text = message(text);
    // SAFETY: reads a backend-local variable.
    let client = unsafe { pg_sys::pg_get_client_encoding() };
    let is_same = client == server() || client == SQL_ASCII || server() == SQL_ASCII;
    if is_same || text.to_bytes().is_ascii() {
        return text;
    }
    let bytes = TO_CLIENT.with(|direction| direction.run(text.to_bytes(), server(), client, false));
    CString::new(bytes).unwrap_or_default()
}

/// What PostgreSQL said in the database's encoding, as UTF-8, cut where it is longer than any message
/// that is passed on. Never raises.
#[expect(clippy::disallowed_methods, reason = "at most MAX_MESSAGE bytes")]
pub fn heard(bytes: &[u8]) -> String {
    let bytes = &bytes[..bytes.len().min(MAX_MESSAGE / 4)];
    if takes_utf8() || bytes.is_ascii() {
        return String::from_utf8_lossy(bytes).into_owned();
    }
    let bytes = TO_UTF8.with(|direction| direction.run(bytes, server(), UTF8, true));
    String::from_utf8_lossy(&bytes).into_owned()
}

thread_local! {
    static TO_SERVER: Direction = const { Direction(Cell::new((-1, 0))) };
    static TO_UTF8: Direction = const { Direction(Cell::new((-1, 0))) };
    static TO_CLIENT: Direction = const { Direction(Cell::new((-1, 0))) };
}

/// A conversion from or to the database's encoding, which never changes in a session: to which, and
/// the oid of its function, once it is known.
struct Direction(Cell<(i32, u32)>);

impl Direction {
    /// Bytes converted at once: what has no counterpart costs another turn over at most so many.
    const WINDOW: usize = 256;

    fn function(&self, from: i32, to: i32) -> Option<pg_sys::Oid> {
        if self.0.get().0 != to {
            // SAFETY: a catalog look-up, only where those are possible.
            let found = unsafe {
                if !pg_sys::IsTransactionState() {
                    return None;
                }
                pg_sys::FindDefaultConversionProc(from, to)
            };
            self.0.set((to, found.to_u32()));
        }
        let (_, oid) = self.0.get();
        (oid != 0).then(|| pg_sys::Oid::from(oid))
    }

    /// What has no counterpart becomes '?'; the rest is converted, or left as it is without
    /// `convert`. `bytes` hold no NUL.
    fn run(&self, bytes: &[u8], from: i32, to: i32, convert: bool) -> Vec<u8> {
        let Some(function) = self.function(from, to) else {
            let ascii = |byte: &u8| if byte.is_ascii() { *byte } else { b'?' };
            return bytes.iter().map(ascii).collect();
        };
        // Room for PostgreSQL's MAX_CONVERSION_GROWTH, which is 4.
        let mut room = [0_u8; 4 * (Self::WINDOW + 8)];
        let mut result = Vec::new();
        let mut rest = bytes;
        while !rest.is_empty() {
            let window = characters(rest, from, Self::WINDOW);
            // SAFETY: reads `window` bytes and writes at most the room's, a NUL at the end.
            let done = unsafe {
                pg_sys::pg_do_encoding_conversion_buf(
                    function,
                    from,
                    to,
                    rest.as_ptr().cast_mut(),
                    window as i32,
                    room.as_mut_ptr(),
                    room.len() as i32,
                    true,
                )
            } as usize;
            let (passed, left) = rest.split_at(done.min(window));
            if convert {
                result.extend(room.iter().take_while(|byte| **byte != 0));
            } else {
                result.extend(passed);
            }
            rest = left;
            if done < window {
                result.push(b'?');
                rest = &rest[characters(rest, from, 1)..];
            }
        }
        result
    }
}

/// The bytes of the first characters of `bytes`: as many as begin before `end`.
fn characters(bytes: &[u8], encoding: i32, end: usize) -> usize {
    let mut length = 0;
    while length < end.min(bytes.len()) {
        // A character's first byte tells its length; a NUL behind it keeps the look at it in bounds.
        let first = [bytes[length], 0, 0, 0, 0];
        // SAFETY: looks at the first bytes of a NUL-terminated string.
        let step = unsafe { pg_sys::pg_encoding_mblen(encoding, first.as_ptr().cast()) };
        length += step.max(1) as usize;
    }
    length.min(bytes.len())
}
