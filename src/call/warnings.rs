//! What the user should know beside what a call returns.

use crate::pg::messages::{Severity, report};
use crate::streams::encode::losses::Losses;
use launchpad_protocol::launch::Language;

/// One WARNING for each kind of loss. `place` is a column or a parameter.
pub fn of_losses(place: &str, losses: Losses, language: Language) {
    if losses.infinite {
        let what = "holds infinite or out-of-range values, which became NULL";
        report(Severity::Warning, &format!("{place} {what}"), None);
    }
    if losses.rounded {
        let what = "holds integers beyond ±2^53, which became double precision in";
        let text = format!("{place} {what} {}", language.name());
        report(Severity::Warning, &text, None);
    }
}

/// A result that nobody can read.
pub fn of_cursor() {
    report(
        Severity::Notice,
        "the result's cursor is closed: it ends with its transaction, which was this CALL alone",
        Some("CALL between BEGIN and COMMIT, and FETCH from the cursor there."),
    );
}
