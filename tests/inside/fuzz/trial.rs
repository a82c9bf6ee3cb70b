//! One input on its way through all of decoding, into tuples, and what must hold of it.

use super::{costs, tuples};
use crate::decode::direct::Direct;
use crate::decode::rows::form_directly;
use crate::pg::formed;
use crate::pg::tuple::{NoRow, Tuples};
use crate::streams::decode::StreamError;
use crate::types::Shape;
use arrow_array::RecordBatch;
use launchpad_forge::fuzz::case::Case;
use launchpad_forge::fuzz::content::{Value, value_of};
use launchpad_forge::panics_so_far;
use launchpad_forge::whole::{Contract, Refused, decode_rows};
use std::cell::Cell;
use std::time::Duration;

/// The processor's time that an input may cost without its checks, also in a debug build.
const TIME_MOST: Duration = Duration::from_secs(2);

/// And between two looks for interrupts.
const PAUSE_MOST: Duration = Duration::from_millis(500);

/// Bytes of memory that it may cost: these and [`TIMES`] the budget.
const MEMORY_MOST: u64 = 64 << 20;
const TIMES: u64 = 4;

/// Values of an input whose tuples are all read; of more only some rows.
const VALUES_READ: usize = 100_000;

#[derive(Default)]
pub struct Outcome {
    /// How it ended: `whole`, or the error's name.
    pub end: String,
    pub tuples: u64,
    /// Bytes of them.
    pub stored: u64,
    /// What did not hold.
    pub broken: Vec<String>,
}

/// What has come of an input so far.
struct Trial<'a> {
    case: &'a Case,
    rows: usize,
    /// Bytes that tuples may still take.
    left: u64,
    /// Time that checks took.
    checked: Duration,
    outcome: Outcome,
}

/// Decodes in pieces of at most `piece` bytes. `alone`: nothing else runs in this process.
pub fn trial(case: &Case, bytes: &[u8], piece: usize, alone: bool) -> Outcome {
    let contract = Contract {
        columns: case.declared.len(),
        budget: case.budget,
    };
    let mut trial = Trial {
        case,
        rows: 0,
        left: case.budget,
        checked: Duration::ZERO,
        outcome: Outcome::default(),
    };
    let panics = panics_so_far();
    costs::forget_peak();
    let (peak, began) = (costs::peak(), costs::time());
    // The longest time in which no interrupt would be seen.
    let (longest, last) = (Cell::new(Duration::ZERO), Cell::new(began));
    let pause = || {
        let now = costs::time();
        longest.set(longest.get().max(now.saturating_sub(last.replace(now))));
    };
    let result = decode_rows(bytes, piece, contract, &mut || pause(), |rows, shapes| {
        // Looking at the values is a test's work.
        last.set(costs::time());
        trial.form(rows, shapes)?;
        let began = costs::time();
        trial.compare(rows);
        trial.rows += rows.num_rows();
        trial.checked += costs::time() - began;
        last.set(costs::time());
        Ok(())
    });
    pause();
    let time = (costs::time() - began).saturating_sub(trial.checked);
    let memory = costs::peak().saturating_sub(peak);
    let mut outcome = trial.outcome;
    outcome.end = end(&result);
    if panics_so_far() != panics {
        outcome.broken.push("a panic".to_owned());
    }
    if outcome.stored > case.budget {
        let (bytes, budget) = (outcome.stored, case.budget);
        let line = format!("{bytes} bytes of tuples for a budget of {budget}");
        outcome.broken.push(line);
    }
    if alone && time > TIME_MOST {
        outcome.broken.push(format!("{time:?}"));
    }
    if alone && longest.get() > PAUSE_MOST {
        let line = format!("no interrupts for {:?}", longest.get());
        outcome.broken.push(line);
    }
    if alone && memory > MEMORY_MOST + TIMES * case.budget {
        let budget = case.budget;
        let line = format!("{memory} bytes of memory for a budget of {budget}");
        outcome.broken.push(line);
    }
    outcome
}

fn end(result: &Result<u64, Refused>) -> String {
    match result {
        Ok(_) => "whole".to_owned(),
        Err(Refused::Stream(error)) => name(&format!("{error:?}")),
        Err(other) => name(&format!("{other:?}")),
    }
}

/// The name of an enum's variant.
fn name(debug: &str) -> String {
    let is_part = |letter: char| letter.is_alphanumeric();
    debug
        .split(|letter| !is_part(letter))
        .next()
        .unwrap_or_default()
        .to_owned()
}

impl Trial<'_> {
    /// The columns that go into tuples as they are, formed and read.
    fn form(&mut self, batch: &RecordBatch, shapes: &[Shape]) -> Result<(), Refused> {
        let mut columns = Vec::new();
        let mut direct = Vec::new();
        for (array, shape) in batch.columns().iter().zip(shapes) {
            if let Shape::Leaf(natural) = shape
                && let Some(column) = Direct::of(array, *natural, true)
            {
                columns.push((array, *natural));
                direct.push(column);
            }
        }
        if columns.is_empty() {
            return Ok(());
        }
        let rows = batch.num_rows();
        let each = (rows * columns.len() / VALUES_READ).max(1);
        let mut row = 0;
        let mut tuples = Tuples::new(columns.len(), self.left);
        let formed = form_directly(rows, &direct, &mut tuples, |tuples| {
            let began = costs::time();
            for tuple in formed::bytes(tuples) {
                if (row % each == 0 || row + 1 == rows)
                    && let Err(wrong) = tuples::check(tuple, &columns, row)
                {
                    self.outcome.broken.push(format!("row {row}: {wrong}"));
                }
                self.outcome.stored += tuple.len() as u64;
                row += 1;
            }
            tuples.clear();
            self.checked += costs::time() - began;
        });
        self.outcome.tuples += row as u64;
        self.left = tuples.left();
        let number = (self.rows + row + 1) as u64;
        formed.map_err(|why| {
            Refused::Stream(match why {
                NoRow::TooLong => StreamError::RowTooLong(number),
                NoRow::BeyondBudget => StreamError::ResultTooLarge(self.case.budget),
                NoRow::NoMemory => StreamError::NoMemoryForRow(number),
            })
        })?;
        if row != rows {
            let line = format!("{row} tuples of {rows} rows");
            self.outcome.broken.push(line);
        }
        Ok(())
    }

    /// What was decoded against what was generated.
    fn compare(&mut self, batch: &RecordBatch) {
        for (column, (array, values)) in batch.columns().iter().zip(&self.case.values).enumerate() {
            let sent = values.get(self.rows..self.rows + batch.num_rows());
            let is_same = |values: &[Value]| {
                let mut rows = values.iter().enumerate();
                rows.all(|(row, value)| value_of(array, row) == *value)
            };
            if !sent.is_some_and(is_same) {
                let line = format!("column {column} is not what was sent");
                self.outcome.broken.push(line);
            }
        }
    }
}
