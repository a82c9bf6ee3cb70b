//! R's character vectors, which hold pointers into one cache of all strings.

use super::jump::{Jump, caught};
use super::owned::Owned;
use savvy_ffi::{
    R_CHAR, R_NaString, Rf_mkCharLenCE, Rf_xlength, SET_STRING_ELT, SEXP, cetype_t,
    cetype_t_CE_LATIN1, cetype_t_CE_UTF8,
};
use std::borrow::Cow;
use std::ffi::CStr;

unsafe extern "C" {
    // Declared in Rinternals.h, missing in savvy-ffi.
    fn Rf_getCharCE(string: SEXP) -> cetype_t;
}

/// The strings of a character vector.
#[derive(Clone, Copy)]
pub struct Strings<'a>(pub(super) &'a [SEXP]);

/// Bytes that are no text in the encoding that they are marked with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NoText<'a>(&'a [u8]);

impl NoText<'_> {
    /// With what cannot be read replaced.
    pub fn readable(self) -> String {
        String::from_utf8_lossy(self.0).into_owned()
    }
}

impl<'a> Strings<'a> {
    pub fn len(self) -> usize {
        self.0.len()
    }

    /// One of them, None for NA and behind the last.
    pub fn get(self, index: usize) -> Option<Result<Cow<'a, str>, NoText<'a>>> {
        let string = *self.0.get(index)?;
        // SAFETY: set by R at its start.
        if string == unsafe { R_NaString } {
            return None;
        }
        // SAFETY: a string of R's is followed by a NUL, does not move, and lives as long as its vector.
        let bytes: &'a [u8] = unsafe {
            std::slice::from_raw_parts(R_CHAR(string).cast(), Rf_xlength(string) as usize)
        };
        if bytes.is_ascii() {
            // SAFETY: ASCII is UTF-8.
            return Some(Ok(Cow::Borrowed(unsafe {
                std::str::from_utf8_unchecked(bytes)
            })));
        }
        // SAFETY: a string of R's.
        if unsafe { Rf_getCharCE(string) } == cetype_t_CE_LATIN1 {
            return Some(Ok(bytes.iter().map(|byte| windows_1252(*byte)).collect()));
        }
        // Unmarked strings are the locale's, which is UTF-8 here; others may have been marked wrongly.
        Some(
            std::str::from_utf8(bytes)
                .map(Cow::Borrowed)
                .map_err(|_| NoText(bytes)),
        )
    }
}

/// What R calls latin1 and converts as such. The five bytes that this code page leaves open stand for
/// the control characters of their number, as in ISO 8859-1.
fn windows_1252(byte: u8) -> char {
    const FROM_128: [char; 32] = [
        '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž',
        '\u{8f}', '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}',
        'ž', 'Ÿ',
    ];
    match byte {
        128..160 => FROM_128[usize::from(byte) - 128],
        _ => char::from(byte),
    }
}

impl Owned {
    /// A character vector; None is NA. The iterator must own nothing that wants to be dropped: there
    /// may be no memory for the next string. (R makes each distinct text once; a cache of the column's
    /// recent ones in front of R's gained hardly anything.)
    pub fn texts<'t, I>(texts: I) -> Result<Self, Jump>
    where
        I: ExactSizeIterator<Item = Option<&'t str>>,
    {
        let made = Owned::strings(texts.len())?;
        let vector = made.object();
        caught(|| {
            for (index, text) in texts.enumerate() {
                // SAFETY: the index is in the vector, which holds the string at once.
                unsafe { SET_STRING_ELT(vector, index as isize, string(text)) };
            }
        })?;
        Ok(made)
    }

    pub fn text(text: &str) -> Result<Self, Jump> {
        Owned::texts(std::iter::once(Some(text)))
    }
}

/// A string of R's cache, unprotected. May jump; NUL, which R's strings cannot hold, ends the text.
pub(super) unsafe fn string(text: Option<&str>) -> SEXP {
    match text {
        // SAFETY: UTF-8.
        Some(text) => unsafe { cached(text.as_bytes()) },
        None => missing(),
    }
}

/// R's NA among its strings.
pub(super) fn missing() -> SEXP {
    // SAFETY: set by R at its start.
    unsafe { R_NaString }
}

/// The same for a text that is there.
///
/// # Safety
/// `text` is UTF-8.
pub(super) unsafe fn cached(text: &[u8]) -> SEXP {
    let end = CStr::from_bytes_until_nul(text).map_or(text.len(), CStr::count_bytes);
    let length = i32::try_from(end).unwrap_or(i32::MAX);
    // SAFETY: so many bytes, all UTF-8, no NUL.
    unsafe { Rf_mkCharLenCE(text.as_ptr().cast(), length, cetype_t_CE_UTF8) }
}
