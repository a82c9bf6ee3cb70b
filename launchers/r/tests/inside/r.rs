//! Jumps, panics and owners, under a running R.

use super::jump::{Jump, caught};
use super::owned::{Owned, owned_cells};
use super::value::Value;
use super::{Kind, NA_INTEGER, entry, sexp};
use crate::Failure;
use crate::self_test::Test;
use savvy_ffi::{
    R_GlobalEnv, R_NilValue, R_ParseEvalString, Rf_cons, Rf_errorcall, Rf_eval, Rf_lcons,
    Rf_protect, Rf_unprotect,
};
use std::ffi::CString;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};

pub(crate) const TESTS: &[Test] = &[
    (
        "an error of R's is caught, and goes on when all is dropped",
        error_goes_on,
    ),
    ("an error raised from C is one too", error_of_c),
    ("the condition arrives as it was raised", condition_is_kept),
    ("a restart passes through", restart_passes),
    (
        "a jump that nobody lets go on leaves R usable",
        forgotten_jump,
    ),
    ("jumps within jumps", nested),
    ("an error of this library is R's", failure),
    ("a long message is cut between characters", long_message),
    ("a panic is an error, and R stays usable", panics),
    ("owners end in any order", any_order),
    ("what is owned survives collections", collections),
    ("no memory is an error", no_memory),
    ("texts of all kinds", texts),
    ("vectors without elements", empty),
];

/// Runs R code in the global environment.
pub(crate) fn evaluate(code: &str) -> Result<Owned, Jump> {
    let code = CString::new(code).unwrap();
    let start = code.as_ptr();
    // SAFETY: a NUL-terminated text, dropped when R has let go of it, jump or not.
    Owned::made(|| unsafe { R_ParseEvalString(start, R_GlobalEnv) })
}

/// Panics unless the value is identical to that of an R expression.
#[track_caller]
pub(crate) fn expect(value: &Owned, expression: &str) {
    let compare = format!(
        "function(x) {{
           wanted <- {expression}
           if (identical(x, wanted)) '' else paste(c(deparse(x), 'in place of', deparse(wanted)), collapse = ' ')
         }}"
    );
    let function = evaluate(&compare).unwrap();
    let told = Owned::made(|| {
        // SAFETY: both are owned; the call itself is protected while it runs.
        unsafe {
            let arguments = Rf_cons(value.object(), R_NilValue);
            let call = Rf_protect(Rf_lcons(function.object(), arguments));
            let told = Rf_eval(call, R_GlobalEnv);
            Rf_unprotect(1);
            told
        }
    });
    assert_eq!(
        told.unwrap().value().scalar_text().unwrap().as_deref(),
        Some("")
    );
}

/// Panics unless the R expression is TRUE.
#[track_caller]
fn expect_true(expression: &str) {
    expect(&evaluate(expression).unwrap(), "TRUE");
}

/// How many objects are owned now.
pub(crate) fn owned() -> usize {
    owned_cells()
}

static DROPS: AtomicUsize = AtomicUsize::new(0);

/// Tells whether destructors ran.
struct Counted;

impl Drop for Counted {
    fn drop(&mut self) {
        DROPS.fetch_add(1, Ordering::Relaxed);
    }
}

fn drops() -> usize {
    DROPS.swap(0, Ordering::Relaxed)
}

const RAISE: &str = "stop(structure(class = c('mine', 'error', 'condition'),
                                    list(message = 'of R', call = NULL, more = 1:3)))";

/// The bodies of calls that the tests make from R: `.Call("launchpad_self_test_body", number)`.
#[unsafe(no_mangle)]
extern "C" fn launchpad_self_test_body(number: sexp) -> sexp {
    entry([number], |[number]| {
        let _counted = Counted;
        let _kept = Owned::text("kept")?;
        match number.integers()?[0] {
            0 => Ok(evaluate(RAISE)?),
            1 => Err(Failure::NoPlace("100 %s %n".into())),
            2 => panic!("on purpose"),
            3 => Ok(caught(|| -> Owned { panic!("within R") })?),
            4 => Err(Failure::NoPlace("ü".repeat(10_000))),
            // A call from within a call: the inner one's error is caught by R code.
            5 => Ok(evaluate(
                "tryCatch(.Call('launchpad_self_test_body', 0L), mine = function(e) e$more)",
            )?),
            // It is not caught, and passes through two calls.
            6 => Ok(evaluate(".Call('launchpad_self_test_body', 0L)")?),
            7 => Ok(evaluate("invokeRestart('launchpad', 7L)")?),
            8 => {
                let error = c"%s";
                caught(|| {
                    // SAFETY: texts that end with NUL.
                    unsafe { Rf_errorcall(R_NilValue, error.as_ptr(), c"of C".as_ptr()) }
                })?
            }
            // An inner jump is over when the outer one begins.
            9 => {
                let inner = evaluate("stop('inner')").err();
                assert!(inner.is_some());
                Ok(evaluate("stop('outer')")?)
            }
            _ => Err(Failure::Argument("no body of that number")),
        }
    })
}

fn call(number: i32) -> String {
    format!(".Call('launchpad_self_test_body', {number}L)")
}

/// The message of the error that a body raises.
fn message(number: i32) -> String {
    let code = format!("tryCatch({}, error = conditionMessage)", call(number));
    let told = evaluate(&code).unwrap();
    told.value().scalar_text().unwrap().unwrap()
}

fn error_goes_on() {
    drops();
    assert_eq!(message(0), "of R");
    assert_eq!(drops(), 1);
    assert_eq!(owned(), 0);
}

fn error_of_c() {
    drops();
    assert_eq!(message(8), "of C");
    assert_eq!(drops(), 1);
}

fn condition_is_kept() {
    let caught = evaluate(&format!("tryCatch({}, mine = identity)", call(0))).unwrap();
    expect(
        &caught,
        "structure(class = c('mine', 'error', 'condition'), list(message = 'of R', call = NULL, more = 1:3))",
    );
}

fn restart_passes() {
    drops();
    let code = format!("withRestarts({}, launchpad = function(n) n + 1L)", call(7));
    expect(&evaluate(&code).unwrap(), "8L");
    assert_eq!(drops(), 1);
    // A function's return from within, and what R runs on the way.
    let code = format!(
        "local({{ way <- NULL
           f <- function() {{ on.exit(way <<- 'passed'); callCC(function(k) {}) }}
           c(tryCatch(f(), error = function(e) 'caught'), way) }})",
        call(6)
    );
    expect(&evaluate(&code).unwrap(), "c('caught', 'passed')");
}

fn forgotten_jump() {
    for _ in 0..100 {
        assert!(evaluate("stop('forgotten')").is_err());
    }
    expect(&evaluate("1L + 1L").unwrap(), "2L");
    expect_true("identical(tryCatch(stop('a'), error = conditionMessage), 'a')");
    assert_eq!(message(9), "outer");
}

fn nested() {
    drops();
    expect(&evaluate(&call(5)).unwrap(), "1:3");
    assert_eq!(drops(), 2);
    assert_eq!(message(6), "of R");
    assert_eq!(drops(), 2);
}

fn failure() {
    drops();
    assert_eq!(message(1), "100 %s %n");
    assert_eq!(message(99), "the R launcher passed no body of that number");
    assert_eq!(drops(), 2);
    expect_true(&format!(
        "is.null(conditionCall(tryCatch({}, error = identity)))",
        call(1)
    ));
}

fn long_message() {
    let told = message(4);
    assert!(told.len() > 8000 && told.len() < 8192, "{}", told.len());
    assert!(told.starts_with("üü") && !told.contains('\u{fffd}'));
}

fn panics() {
    drops();
    assert_eq!(message(2), "the R launcher failed: on purpose");
    assert_eq!(message(3), "the R launcher failed: within R");
    assert_eq!(drops(), 2);
    // R's contexts are closed: handlers and exits are those of before.
    expect_true("identical(tryCatch(stop('a'), error = conditionMessage), 'a')");
    expect_true("sys.nframe() == 0L");
    let outcome = catch_unwind(AssertUnwindSafe(|| caught(|| panic!("not R's"))));
    assert_eq!(*outcome.unwrap_err().downcast::<&str>().unwrap(), "not R's");
    assert_eq!(owned(), 0);
}

fn any_order() {
    const COUNT: usize = 7;
    // First to last, last to first, and from the middle.
    for step in [1, COUNT - 1, 3] {
        let mut kept: Vec<_> = (0..COUNT)
            .map(|number| Some(Owned::text(&number.to_string()).unwrap()))
            .collect();
        assert_eq!(owned(), COUNT);
        for turn in 0..COUNT {
            drop(kept[turn * step % COUNT].take());
            assert_eq!(owned(), COUNT - turn - 1);
            evaluate("gc(full = TRUE)").unwrap();
            for (number, left) in kept.iter().enumerate() {
                let Some(left) = left else { continue };
                assert_eq!(
                    left.value().scalar_text().unwrap(),
                    Some(number.to_string())
                );
            }
        }
    }
}

fn collections() {
    let before = evaluate("gctorture2(1L)").unwrap();
    let before = before.value().integers().unwrap()[0];
    let mut list = Owned::list(3).unwrap();
    for index in 0..3 {
        let part =
            Owned::integers(2, |values| values.copy_from_slice(&[index, NA_INTEGER])).unwrap();
        list.set(index as usize, &part);
    }
    let names = Owned::texts(["a", "b", "ü"].into_iter().map(Some)).unwrap();
    list.set_attribute(c"names", &names).unwrap();
    drop(names);
    let shared = Owned::shared(list.value().element(1)).unwrap();
    let words: Vec<Owned> = (0..20)
        .map(|word| Owned::text(&format!("word {word}")).unwrap())
        .collect();
    evaluate(&format!("gctorture2({before}L)")).unwrap();
    expect(&list, "list(a = c(0L, NA), b = c(1L, NA), ü = c(2L, NA))");
    drop(list);
    evaluate("gc(full = TRUE)").unwrap();
    expect(&shared, "c(1L, NA)");
    for (index, word) in words.iter().enumerate() {
        expect(word, &format!("'word {index}'"));
    }
}

fn no_memory() {
    assert!(Owned::doubles(1 << 58, |_| unreachable!("there is so much")).is_err());
    assert_eq!(owned(), 0);
    expect(&Owned::text("on").unwrap(), "'on'");
}

fn texts() {
    let made =
        Owned::texts([Some("a"), None, Some(""), Some("ü😀"), Some("a\0b")].into_iter()).unwrap();
    // R's strings hold no NUL.
    expect(&made, "c('a', NA, '', '\\u00fc\\U1F600', 'a')");
    let strings = made.value().strings().unwrap();
    assert_eq!(strings.get(1), None);
    assert_eq!(strings.get(3).unwrap().unwrap(), "ü😀");
    assert_eq!(strings.get(5), None);
    let broken = evaluate("rawToChar(as.raw(c(0x61, 0xff)))").unwrap();
    let broken = broken
        .value()
        .strings()
        .unwrap()
        .get(0)
        .unwrap()
        .unwrap_err();
    assert_eq!(broken.readable(), "a\u{fffd}");
}

fn empty() {
    for (code, kind) in [
        ("integer()", Kind::Integer),
        ("logical()", Kind::Logical),
        ("double()", Kind::Double),
        ("character()", Kind::Character),
        ("raw()", Kind::Raw),
        ("list()", Kind::List),
        ("NULL", Kind::Null),
        ("globalenv()", Kind::Other),
    ] {
        let made = evaluate(code).unwrap();
        let value: Value<'_> = made.value();
        assert_eq!((value.kind(), value.len()), (kind, 0), "{code}");
        let length = match kind {
            Kind::Integer => value.integers().unwrap().len(),
            Kind::Logical => value.logicals().unwrap().len(),
            Kind::Double => value.doubles().unwrap().len(),
            Kind::Character => value.strings().unwrap().len(),
            Kind::Raw => value.bytes().unwrap().len(),
            _ => value.elements().len(),
        };
        assert_eq!(length, 0, "{code}");
    }
    expect(&Owned::raw(&[]).unwrap(), "raw()");
    expect(&Owned::texts(std::iter::empty()).unwrap(), "character()");
}
