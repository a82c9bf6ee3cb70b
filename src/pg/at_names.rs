//! T-SQL's `@name` in the input query: the parameter `params.name`.
//!
//! PostgreSQL's own scanner says what is an operator, so that strings, comments and quoted names stay as
//! they are. Each `@name` becomes `$1` and blanks, which is as long: positions stay those of the text that
//! was written. The parser asks by position which parameter it is.

#![cfg_attr(not(test), deny(clippy::disallowed_methods))]

use super::guard::{PgError, catch};
use super::memory::{Home, RowMemory};
use super::parameters::Parameters;
use super::query::PrepareError;
use super::report::raw;
use super::server::check_interrupts;
use super::shortage;
use crate::memory;
use launchpad_fault::{Outcome, Report, SqlState};
use pgrx::{PgLogLevel, pg_sys};
use std::ffi::{CStr, CString, c_int};
use std::ops::Range;

/// Tokens between two looks at what is pending.
const PAUSE: usize = 1024;

/// The first tokens of gram.y, whose numbers every client of the scanner shares (scanner.h).
mod token {
    pub const IDENT: i32 = 258;
    pub const OP: i32 = 265;
    /// Greater ones are keywords.
    pub const NOT_EQUALS: i32 = 274;
}

/// What the parser gets in a name's place.
const SYMBOL: &[u8; 2] = b"$1";

/// A query's text, and where it has names of parameters.
pub struct AtNames {
    text: CString,
    /// With their `@`; ascending.
    names: Vec<Range<usize>>,
}

impl AtNames {
    /// Looks for them in a query's text. Where the scanner fails the search ends: the parser will say why.
    pub fn find(text: CString, parameters: &Parameters<'_>) -> Result<Self, PrepareError> {
        let names = find(&text, parameters)?;
        Ok(AtNames { text, names })
    }

    /// As it was written.
    pub fn text(&self) -> &CStr {
        &self.text
    }

    /// The name at a position of the text, in the database's encoding.
    pub fn at(&self, location: i32) -> Option<&[u8]> {
        let location = usize::try_from(location).ok()?;
        let found = self
            .names
            .binary_search_by_key(&location, |name| name.start);
        let name = &self.names[found.ok()?];
        Some(&self.text.to_bytes()[name.start + 1..name.end])
    }

    /// The text as the parser shall have it; None where it is the same.
    pub fn replaced(&self) -> Option<CString> {
        if self.names.is_empty() {
            return None;
        }
        let mut bytes = memory::copy(self.text.to_bytes_with_nul())
            .unwrap_or_else(|why| shortage::refused(why));
        for name in &self.names {
            bytes[name.clone()].fill(b' ');
            bytes[name.start..name.start + 2].copy_from_slice(SYMBOL);
        }
        Some(CString::from_vec_with_nul(bytes).expect("its only NUL stays at its end"))
    }

    /// An error of the parser's, which names the token that it stumbled upon, as it was written.
    pub fn shown(&self, error: PgError) -> PgError {
        let name = error
            .position(&self.text)
            .and_then(|at| self.at(i32::try_from(at).ok()?).map(|name| (at, name)));
        match name {
            Some((at, name)) => {
                let written = &self.text.to_bytes()[at..=at + name.len()];
                error.reword(SYMBOL, written)
            }
            None => error,
        }
    }
}

fn find(text: &CStr, parameters: &Parameters<'_>) -> Result<Vec<Range<usize>>, PrepareError> {
    let bytes = text.to_bytes();
    let mut names = Vec::new();
    if parameters.is_empty() || memchr::memchr(b'@', bytes).is_none() {
        return Ok(names);
    }
    let home = Home::new();
    // Errors are not made there: they outlive it.
    let here = home.enter();
    let mut scanner = Scanner::new(text);
    let tokens = RowMemory::new();
    drop(here);
    loop {
        let step = {
            let _silence = Silence::new();
            // SAFETY: the scanner's frames own nothing; an error is kept outside of the tokens' memory.
            unsafe { catch(|| scanner.step(bytes, &tokens)) }
        };
        check_interrupts();
        match step {
            Ok(Step::Pause) => {}
            Ok(Step::Name { operator, name }) => {
                if parameters.has(&super::encoding::text(&bytes[name.clone()])) {
                    let known = tokens.within(|| is_operator(&bytes[operator.clone()]));
                    check(text, operator.clone(), known, name.clone())?;
                    memory::push(&mut names, operator.end - 1..name.end)
                        .unwrap_or_else(|why| shortage::refused(why));
                }
            }
            Ok(Step::End) => return Ok(names),
            Err(error) if error.is_about_text() => return Ok(names),
            Err(error) => return Err(PrepareError::Query(error)),
        }
        tokens.within(|| {});
    }
}

/// While it lives no message below ERROR is sent, as of names that are cut: the parser sends them.
struct Silence {
    client: i32,
    log: i32,
}

impl Silence {
    fn new() -> Self {
        const ONLY_ERRORS: i32 = PgLogLevel::ERROR as i32;
        // SAFETY: the backend's own settings, on its only thread.
        unsafe {
            let client = pg_sys::client_min_messages;
            let log = pg_sys::log_min_messages;
            pg_sys::client_min_messages = ONLY_ERRORS;
            pg_sys::log_min_messages = ONLY_ERRORS;
            Silence { client, log }
        }
    }
}

impl Drop for Silence {
    fn drop(&mut self) {
        // SAFETY: likewise.
        unsafe {
            pg_sys::client_min_messages = self.client;
            pg_sys::log_min_messages = self.log;
        }
    }
}

/// Refuses what means something else in PostgreSQL, or nothing at all.
fn check(
    text: &CStr,
    operator: Range<usize>,
    is_operator: bool,
    name: Range<usize>,
) -> Result<(), PrepareError> {
    let bytes = text.to_bytes();
    let written = |range: Range<usize>| super::encoding::heard(&bytes[range]);
    let report = |message| {
        Report::new(SqlState::SYNTAX_ERROR, Outcome::Input, message).set_hint(format!(
            "Write params.{} for the parameter; put a blank behind the @ of an operator.",
            written(name.clone())
        ))
    };
    let before = operator.start.checked_sub(1).map(|at| bytes[at]);
    let problem = if operator.len() > 1 && is_operator {
        report(format!(
            "\"{}\" is an operator, and \"@{}\" a parameter",
            written(operator.clone()),
            written(name.clone())
        ))
    } else if operator.len() == 1 && before.is_some_and(continues_name) {
        report(format!(
            "a blank is missing before parameter \"@{}\"",
            written(name.clone())
        ))
    } else {
        return Ok(());
    };
    Err(PrepareError::Query(at(&problem, text, operator.start)))
}

/// An error at a position of the query's text, as SPI has it.
fn at(problem: &Report, text: &CStr, location: usize) -> PgError {
    let error = raw(problem, None);
    let location = i32::try_from(location).expect("a query has less than 1 GB");
    // SAFETY: the error is alive; the location lies within the text.
    unsafe {
        (*error).internalquery = pg_sys::pstrdup(text.as_ptr());
        (*error).internalpos = pg_sys::pg_mbstrlen_with_len(text.as_ptr(), location) + 1;
    }
    PgError::raised(error)
}

/// Whether the search path has an operator of that name.
fn is_operator(name: &[u8]) -> bool {
    #[expect(
        clippy::disallowed_methods,
        reason = "an operator has 63 bytes at most"
    )]
    let name = CString::new(name).unwrap_or_default();
    // SAFETY: catalog look-ups; the name is copied.
    unsafe {
        let name = pg_sys::makeString(pg_sys::pstrdup(name.as_ptr()));
        let names = pg_sys::lappend(std::ptr::null_mut(), name.cast());
        !pg_sys::OpernameGetCandidates(names, 0, true).is_null()
    }
}

fn begins_name(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || !byte.is_ascii()
}

fn continues_name(byte: u8) -> bool {
    begins_name(byte) || byte.is_ascii_digit() || byte == b'$'
}

unsafe extern "C-unwind" {
    // Without pgrx's guard: `catch` keeps the whole error, and one is set for many tokens.
    fn core_yylex(
        value: *mut pg_sys::core_YYSTYPE,
        location: *mut c_int,
        scanner: pg_sys::core_yyscan_t,
    ) -> c_int;
}

enum Step {
    /// An operator that ends in `@`, and a name directly behind it.
    Name {
        operator: Range<usize>,
        name: Range<usize>,
    },
    Pause,
    End,
}

/// PostgreSQL's, over a copy of the text. What it has goes with the memory context of [`Scanner::new`].
struct Scanner {
    scanner: pg_sys::core_yyscan_t,
    /// The last token, where that is an operator that ends in `@`.
    operator: Option<Range<usize>>,
}

impl Scanner {
    fn new(text: &CStr) -> Self {
        // SAFETY: the text is copied; the scanner's settings live as long as the scanner.
        let scanner = unsafe {
            let extra: *mut pg_sys::core_yy_extra_type =
                pg_sys::palloc0(size_of::<pg_sys::core_yy_extra_type>()).cast();
            let keywords = &raw const pg_sys::ScanKeywords;
            let tokens = (&raw const pg_sys::ScanKeywordTokens).cast();
            let scanner = pg_sys::scanner_init(text.as_ptr(), extra, keywords, tokens);
            // The parser warns.
            (*extra).escape_string_warning = false;
            scanner
        };
        Scanner {
            scanner,
            operator: None,
        }
    }

    /// # Safety
    /// Within [`catch`]: PostgreSQL's errors pass through here.
    unsafe fn step(&mut self, text: &[u8], tokens: &RowMemory) -> Step {
        // SAFETY: live contexts; after an error `catch` goes back to the one before.
        let before = unsafe { pg_sys::MemoryContextSwitchTo(tokens.context()) };
        let step = self.next(text);
        // SAFETY: likewise.
        unsafe { pg_sys::MemoryContextSwitchTo(before) };
        step
    }

    fn next(&mut self, text: &[u8]) -> Step {
        for _ in 0..PAUSE {
            let mut value = pg_sys::core_YYSTYPE::default();
            let mut location = 0;
            // SAFETY: a live scanner and two places for its answer.
            let token = unsafe { core_yylex(&mut value, &mut location, self.scanner) };
            let before = self.operator.take();
            let location = usize::try_from(location).unwrap_or_default();
            match token {
                0 => return Step::End,
                token::OP => {
                    // SAFETY: an operator's value is its text.
                    let end = location + unsafe { CStr::from_ptr(value.str_) }.count_bytes();
                    if text.get(end - 1) == Some(&b'@') {
                        self.operator = Some(location..end);
                    }
                }
                token if token == token::IDENT || token > token::NOT_EQUALS => {
                    let end = end_of_name(text, location);
                    if let Some(operator) = before
                        && operator.end == location
                        && let Some(end) = end
                    {
                        return Step::Name {
                            operator,
                            name: location..end,
                        };
                    }
                }
                _ => {}
            }
        }
        Step::Pause
    }
}

/// None for what is quoted, or the first letter of a string.
fn end_of_name(text: &[u8], start: usize) -> Option<usize> {
    let name = text.get(start..)?;
    if !name.first().copied().is_some_and(begins_name) {
        return None;
    }
    let length = name
        .iter()
        .take_while(|byte| continues_name(**byte))
        .count();
    (name.get(length) != Some(&b'\'')).then_some(start + length)
}
