//! Text between the database's encoding and UTF-8, which is what Arrow and the launchers speak.

use pgrx::pg_sys;
use std::borrow::Cow;

/// Whether the database's encoding is UTF-8, so that text passes as it is.
pub fn server_is_utf8() -> bool {
    // SAFETY: reads a backend-local variable.
    unsafe { pg_sys::GetDatabaseEncoding() == pg_sys::pg_enc::PG_UTF8 as i32 }
}

/// `bytes` in the database's encoding as UTF-8. Raises PostgreSQL's own error where a character
/// has no counterpart. In an SQL_ASCII database bytes that are no UTF-8 are an error of it too.
pub fn to_utf8(bytes: &[u8]) -> Cow<'_, [u8]> {
    // SAFETY: the result is either `bytes` itself or a palloc'd, NUL-terminated string.
    unsafe {
        let result = pg_sys::pg_server_to_any(
            bytes.as_ptr().cast(),
            bytes.len() as i32,
            pg_sys::pg_enc::PG_UTF8 as i32,
        );
        converted(bytes, result)
    }
}

/// UTF-8 `bytes` in the database's encoding; as [`to_utf8`] the other way.
pub fn from_utf8(bytes: &[u8]) -> Cow<'_, [u8]> {
    // SAFETY: as in to_utf8.
    unsafe {
        let result = pg_sys::pg_any_to_server(
            bytes.as_ptr().cast(),
            bytes.len() as i32,
            pg_sys::pg_enc::PG_UTF8 as i32,
        );
        converted(bytes, result)
    }
}

/// # Safety
/// `result` is `bytes.as_ptr()` or a palloc'd, NUL-terminated string.
unsafe fn converted(bytes: &[u8], result: *mut std::ffi::c_char) -> Cow<'_, [u8]> {
    if result.is_null() || std::ptr::eq(result.cast(), bytes.as_ptr()) {
        return Cow::Borrowed(bytes);
    }
    // SAFETY: the caller's promise; copied before it is freed.
    unsafe {
        let copy = std::ffi::CStr::from_ptr(result).to_bytes().to_vec();
        pg_sys::pfree(result.cast());
        Cow::Owned(copy)
    }
}

/// UTF-8 text for a message: NUL bytes replaced, in the database's encoding, never raising: what
/// has no counterpart becomes '?'.
pub fn for_message(text: &str) -> String {
    let clean: String = text
        .chars()
        .map(|c| if c == '\0' { '\u{fffd}' } else { c })
        .collect();
    if server_is_utf8() || clean.is_ascii() {
        return clean;
    }
    clean
        .chars()
        .map(|c| if c.is_ascii() { c } else { '?' })
        .collect()
}
