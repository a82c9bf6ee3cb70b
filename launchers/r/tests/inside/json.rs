//! JSON as R's values.

use super::read;
use crate::r::self_test::expect;
use crate::self_test::Test;

pub(crate) const TESTS: &[Test] = &[
    ("scalars", scalars),
    ("arrays of one type are vectors, others lists", arrays),
    ("objects are named lists", objects),
    ("what is no JSON is refused", malformed),
];

#[track_caller]
fn expect_read(text: &str, wanted: &str) {
    let made = read(text).unwrap_or_else(|failure| panic!("{text}: {failure}"));
    expect(&made, wanted);
}

fn scalars() {
    for (text, wanted) in [
        ("null", "NULL"),
        ("true", "TRUE"),
        ("1", "1L"),
        ("-2147483647", "-2147483647L"),
        ("-2147483648", "-2147483648"),
        ("2147483648", "2147483648"),
        ("9007199254740993", "2^53"),
        ("0.1", "0.1"),
        ("1.0", "1"),
        ("1e2", "100"),
        ("1e400", "Inf"),
        ("-1e400", "-Inf"),
        ("1267650600228229401496703205376", "2^100"),
        (r#""""#, "''"),
        (
            r#""\u00fc\ud83d\ude00\"\\\n""#,
            "'\\u00fc\\U1F600\"\\\\\\n'",
        ),
    ] {
        expect_read(text, wanted);
    }
}

fn arrays() {
    for (text, wanted) in [
        ("[]", "list()"),
        ("[1, null, 3]", "c(1L, NA, 3L)"),
        ("[1, 2.5]", "c(1, 2.5)"),
        ("[1, -2147483648]", "c(1, -2147483648)"),
        ("[true, null]", "c(TRUE, NA)"),
        (r#"["a", null, ""]"#, "c('a', NA, '')"),
        ("[null]", "list(NULL)"),
        ("[null, null]", "list(NULL, NULL)"),
        (r#"[1, "a"]"#, "list(1L, 'a')"),
        ("[true, 1]", "list(TRUE, 1L)"),
        ("[[1, 2], [3], []]", "list(1:2, 3L, list())"),
        (r#"[{"a": 1}, null]"#, "list(list(a = 1L), NULL)"),
    ] {
        expect_read(text, wanted);
    }
}

fn objects() {
    for (text, wanted) in [
        ("{}", "setNames(list(), character())"),
        (
            r#"{"b": 1, "a": null, "": [true]}"#,
            "setNames(list(1L, NULL, TRUE), c('b', 'a', ''))",
        ),
        (
            r#"{"ü": {"x": {"y": []}}}"#,
            "list('ü' = list(x = list(y = list())))",
        ),
    ] {
        expect_read(text, wanted);
    }
    let deep = format!("{}1{}", "[".repeat(100), "]".repeat(100));
    expect_read(
        &deep,
        "Reduce(function(inner, level) list(inner), 1:99, 1L)",
    );
}

fn malformed() {
    for text in ["", "[1,", "{\"a\"}", "nan", "'a'"] {
        assert!(read(text).is_err(), "{text}");
    }
}
