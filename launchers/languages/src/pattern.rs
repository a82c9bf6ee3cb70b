//! What a script's failure is about, by what its language says then: the kernel's refusals arrive as
//! ordinary failures. A guess, good enough for a hint.

/// A failure's type, message and traceback.
#[derive(Debug, Clone, Copy)]
pub struct Failure<'a> {
    pub kind: &'a str,
    pub message: &'a str,
    pub trace: &'a str,
}

/// What one of a failure's texts says; where there are several words, any of them.
pub enum Sign {
    Kind(&'static str),
    KindEnds(&'static str),
    /// The message's beginning.
    Starts(&'static [&'static str]),
    /// What is somewhere in the message.
    Has(&'static [&'static str]),
    /// The message's end, blanks left out.
    Ends(&'static [&'static str]),
    /// What is somewhere in the traceback.
    Trace(&'static [&'static str]),
}

impl Sign {
    fn is_in(&self, failure: Failure<'_>) -> bool {
        let Failure {
            kind,
            message,
            trace,
        } = failure;
        let any = |words: &[&str], fits: fn(&str, &str) -> bool, text: &str| {
            words.iter().any(|word| fits(text, word))
        };
        match self {
            Sign::Kind(word) => kind == *word,
            Sign::KindEnds(word) => kind.ends_with(word),
            Sign::Starts(words) => any(words, |text, word| text.starts_with(word), message),
            Sign::Has(words) => any(words, |text, word| text.contains(word), message),
            Sign::Ends(words) => any(words, |text, word| text.ends_with(word), message.trim_end()),
            Sign::Trace(words) => any(words, |text, word| text.contains(word), trace),
        }
    }
}

/// A failure with all of the signs means that.
pub struct Pattern<T: 'static> {
    pub means: T,
    pub signs: &'static [Sign],
}

/// What the failure means by each of the patterns that fit it, in their order.
pub(crate) fn meanings<T: Copy + 'static>(
    patterns: impl Iterator<Item = &'static Pattern<T>>,
    failure: Failure<'_>,
) -> impl Iterator<Item = T> {
    let fits = move |pattern: &&Pattern<T>| pattern.signs.iter().all(|sign| sign.is_in(failure));
    patterns.filter(fits).map(|pattern| pattern.means)
}
