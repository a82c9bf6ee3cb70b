//! JSON into R's values and back: parameters given as JSON, and those that come back.

mod read;
#[cfg(debug_assertions)]
#[path = "../../tests/inside/json.rs"]
pub(crate) mod self_test;
mod write;

pub(crate) use read::read;

use crate::Failure;
use crate::r::{Owned, entry, sexp};

/// `values`: a list, or a data frame whose rows are the values. The JSON text of each, or a list of one text
/// that says why one has no place in JSON.
#[unsafe(no_mangle)]
#[allow(unsafe_code)]
extern "C" fn launchpad_json(values: sexp) -> sexp {
    entry([values], |[values]| match write::texts(values) {
        Ok(texts) => Ok(Owned::texts(texts.iter().map(|text| Some(text.as_str())))?),
        Err(Failure::NoPlace(why)) => {
            let mut made = Owned::list(1)?;
            made.set(0, &Owned::text(&why)?);
            Ok(made)
        }
        Err(failure) => Err(failure),
    })
}

/// `before`, `after`: JSON texts of the same names. The members of `after` that differ, as one object.
#[unsafe(no_mangle)]
#[allow(unsafe_code)]
extern "C" fn launchpad_json_changes(before: sexp, after: sexp) -> sexp {
    entry([before, after], |[before, after]| {
        let names = after.names()?;
        let (before, after) = (before.strings()?, after.strings()?);
        let mut object = String::from("{");
        for index in 0..after.len() {
            let (Some(Ok(name)), Some(Ok(text))) = (names.get(index), after.get(index)) else {
                return Err(Failure::Argument("no texts"));
            };
            if before.get(index) == Some(Ok(text.clone())) {
                continue;
            }
            if object.len() > 1 {
                object.push_str(", ");
            }
            write::quoted(&mut object, &name);
            object.push_str(": ");
            object.push_str(&text);
        }
        object.push('}');
        Ok(Owned::text(&object)?)
    })
}
