//! Character vectors and factors, as text.

use crate::Failure;
use crate::r::{NA_INTEGER, Strings, Texts, Value};
use arrow_array::ArrayRef;
use arrow_array::builder::StringBuilder;
use std::borrow::Cow;
use std::ops::Range;
use std::sync::Arc;

/// How many strings are looked at for an average.
const SAMPLE: usize = 1000;

pub(super) fn average_length(strings: Strings<'_>) -> usize {
    let step = (strings.len() / SAMPLE).max(1);
    let lengths = (0..strings.len()).step_by(step).map(|index| {
        let text = strings.get(index).and_then(Result::ok);
        text.map_or(0, |text| text.len())
    });
    let (count, sum) = lengths.fold((0, 0), |(count, sum), length| (count + 1, sum + length));
    sum / count.max(1)
}

pub(super) fn array(
    strings: Strings<'_>,
    range: Range<usize>,
    label: &str,
) -> Result<ArrayRef, Failure> {
    let mut builder = StringBuilder::with_capacity(range.len(), 0);
    for row in range {
        match strings.get(row) {
            None => builder.append_null(),
            Some(text) => append(&mut builder, text.ok().as_deref(), row, label)?,
        }
    }
    Ok(Arc::new(builder.finish()))
}

pub(super) fn deferred(
    texts: &Texts,
    range: Range<usize>,
    label: &str,
) -> Result<ArrayRef, Failure> {
    match texts.array(range.clone()) {
        Some(array) => Ok(Arc::new(array)),
        None => Err(too_long(label, range.start)),
    }
}

fn too_long(label: &str, row: usize) -> Failure {
    Failure::NoPlace(format!(
        "column \"{label}\", row {}: texts of more than 2 GB cannot be returned",
        row + 1
    ))
}

/// `text`: None if it is no text in UTF-8.
fn append(
    builder: &mut StringBuilder,
    text: Option<&str>,
    row: usize,
    label: &str,
) -> Result<(), Failure> {
    let Some(text) = text else {
        return Err(Failure::NoPlace(format!(
            "column \"{label}\", row {}: the string is not valid UTF-8; iconv() or a list of raw vectors may help",
            row + 1
        )));
    };
    if builder.values_slice().len() + text.len() > i32::MAX as usize {
        return Err(too_long(label, row));
    }
    builder.append_value(text);
    Ok(())
}

pub(super) struct Factor<'a> {
    /// From 1 on, or NA.
    codes: &'a [i32],
    levels: Vec<Option<Cow<'a, str>>>,
}

impl<'a> Factor<'a> {
    pub fn of(value: Value<'a>, label: &str) -> Result<Self, Failure> {
        let levels = value.attribute(c"levels")?;
        let levels = match levels.kind() {
            crate::r::Kind::Character => levels.strings()?,
            _ => {
                return Err(Failure::NoPlace(format!(
                    "column \"{label}\" is a factor without levels"
                )));
            }
        };
        let mut texts = Vec::with_capacity(levels.len());
        for index in 0..levels.len() {
            let text = levels.get(index).transpose().map_err(|_| {
                Failure::NoPlace(format!(
                    "column \"{label}\": a level of the factor is not valid UTF-8"
                ))
            })?;
            texts.push(text);
        }
        Ok(Factor {
            codes: value.integers()?,
            levels: texts,
        })
    }

    pub fn len(&self) -> usize {
        self.codes.len()
    }

    pub fn is_missing(&self) -> bool {
        let missing = |code: &i32| {
            let index = usize::try_from(*code)
                .ok()
                .and_then(|code| code.checked_sub(1));
            *code == NA_INTEGER || matches!(index.and_then(|at| self.levels.get(at)), Some(None))
        };
        self.codes.iter().all(missing)
    }

    pub fn array(&self, range: Range<usize>, label: &str) -> Result<ArrayRef, Failure> {
        let mut builder = StringBuilder::with_capacity(range.len(), 0);
        for row in range {
            let code = self.codes[row];
            if code == NA_INTEGER {
                builder.append_null();
                continue;
            }
            let index = usize::try_from(code)
                .ok()
                .and_then(|code| code.checked_sub(1));
            match index.and_then(|index| self.levels.get(index)) {
                Some(Some(text)) => append(&mut builder, Some(text), row, label)?,
                Some(None) => builder.append_null(),
                None => {
                    return Err(Failure::NoPlace(format!(
                        "column \"{label}\", row {}: the factor has no level {code}",
                        row + 1
                    )));
                }
            }
        }
        Ok(Arc::new(builder.finish()))
    }
}
