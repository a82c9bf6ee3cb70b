//! SQL functions of debug builds, for the tests.
//!
//! `disturb(seed int)`: from now on the session's reads and writes are short, interrupted and refused at
//! random; 0 ends it.
//!
//! `feed_trial` feeds a query's rows to outlets of its own, and tells what came there:
//!
//! `feed_trial(query text, boundary text, destinations int, pulled bool, replays int, between text,
//! closing int, reads int)
//! RETURNS TABLE (destination int8, piece int8, batches int8, rows int8, total int8)`; `boundary`:
//! nothing, a number of rows, or `by` and a number of columns; `total`: the sum of the first column, an
//! int8; `between`: a statement to run between pieces;
//! `closing`: a destination that closes after so many messages (`reads`). Replays are of destination 0.

use crate::error::CallError;
use crate::feed::kept::Keeping;
use crate::feed::{Boundary, Destination, Fed, Feed, Outlet};
use crate::pg::arguments::Arguments;
use crate::pg::catalog::names_and_types;
use crate::pg::entry::sql_functions;
use crate::pg::grouping::{Grouping, NoEquality};
use crate::pg::parameters::Parameters;
use crate::pg::portal::Portal;
use crate::pg::query::{InputQuery, Reading, Session};
use crate::pg::receiver::Snapshot;
use crate::pg::result_set::ResultSet;
use crate::streams::decode::stream::{Event, Stream};
use crate::types::Natural;
use crate::types::Numeric;
use crate::views::table::{Table, number};
use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use launchpad_protocol::launch::Language;

const BATCH_BYTES: usize = 8 << 10;

/// One piece, as it came.
#[derive(Default, Clone, Copy)]
struct Piece {
    batches: u64,
    rows: u64,
    total: i64,
}

/// What came at one destination.
struct Came {
    stream: Stream,
    piece: Piece,
    pieces: Vec<Piece>,
    /// Messages that it still reads.
    reads: usize,
    is_closed: bool,
}

#[derive(Default)]
struct Trial {
    came: Vec<Came>,
    rows_told: usize,
}

impl Trial {
    fn to_many(count: usize) -> Self {
        let came = || Came {
            stream: Stream::new(u64::MAX),
            piece: Piece::default(),
            pieces: Vec::new(),
            reads: usize::MAX,
            is_closed: false,
        };
        Trial {
            came: (0..count).map(|_| came()).collect(),
            rows_told: 0,
        }
    }
}

impl Outlet for Trial {
    type Key = usize;

    fn send(&mut self, to: usize, slices: &[&[u8]]) -> Result<bool, CallError> {
        let came = &mut self.came[to];
        assert!(!came.is_closed, "what has closed gets nothing more");
        if came.reads == 0 {
            came.is_closed = true;
            return Ok(false);
        }
        came.reads -= 1;
        let Came { stream, piece, .. } = came;
        let bytes = slices.concat();
        let mut rest = &bytes[..];
        while !rest.is_empty() {
            let (buffer, wanted) = stream.room()?;
            let (now, later) = rest.split_at(wanted.min(rest.len()));
            buffer.extend_from_slice(now);
            rest = later;
            while let Some(event) = stream.next_event()? {
                if let Event::Batch = event {
                    piece.batches += 1;
                    while let Some(batch) = stream.next_slice(&mut || {})? {
                        let column = batch.column(0).as_primitive::<Int64Type>();
                        piece.rows += batch.num_rows() as u64;
                        piece.total += column.iter().flatten().sum::<i64>();
                    }
                }
            }
        }
        Ok(true)
    }

    fn has_sent(&mut self, rows: usize, _bytes: usize) {
        self.rows_told += rows;
    }

    fn piece_ends(&mut self, to: usize) -> Result<(), CallError> {
        let came = &mut self.came[to];
        assert!(!came.is_closed && came.piece.rows > 0);
        came.pieces.push(std::mem::take(&mut came.piece));
        Ok(())
    }
}

sql_functions! {
    rows launchpad_feed_trial, pg_finfo_launchpad_feed_trial = trial;
    value launchpad_disturb, pg_finfo_launchpad_disturb = disturb;
}

fn disturb(arguments: Arguments) -> Result<bool, CallError> {
    let seed = arguments.integer(0).unwrap_or(0);
    launchpad_descriptors::streams::disturb::begin(seed.unsigned_abs().into());
    Ok(true)
}

fn trial(arguments: Arguments, result: &mut ResultSet) -> Result<(), CallError> {
    run(&arguments, result)
}

fn number_of(given: i32) -> usize {
    usize::try_from(given).expect("a number that is not negative")
}

fn run(arguments: &Arguments, result: &mut ResultSet) -> Result<(), CallError> {
    let text = arguments.text(0).unwrap_or_default();
    let boundary = arguments.text(1).unwrap_or_default();
    let count = arguments.integer(2).map_or(1, number_of);
    let pulled = arguments.boolean(3).unwrap_or(false);
    let replays = arguments.integer(4).unwrap_or(0);
    let between = arguments.text(5);
    let closing = arguments.integer(6).map(number_of);
    let reads = arguments.integer(7).map_or(0, number_of);

    let session = Session::connect();
    let parameters = Parameters::default();
    let reading = match pulled {
        true => Reading::InPieces,
        false => Reading::Whole,
    };
    let query = InputQuery::prepare(&session, &text, &parameters, result.relations(), reading)?;
    let columns = names_and_types(query.columns(), Numeric::Decimal)?;
    let boundary = match boundary.strip_prefix("by ") {
        Some(keys) => {
            let keys: usize = keys.parse().expect("a number of columns");
            let types = query.columns().iter().map(|column| column.type_oid);
            let grouping = Grouping::by(types.enumerate().skip(1).take(keys));
            let grouping = grouping.unwrap_or_else(|NoEquality(oid)| {
                pgrx::error!("a type without equality ({oid})");
            });
            Boundary::Groups(grouping)
        }
        None if boundary.is_empty() => Boundary::Whole,
        None => Boundary::Rows(boundary.parse().expect("a number of rows")),
    };
    let destination = match count {
        1 => Destination::One(0),
        many => Destination::Many((0..many).collect()),
    };
    let language = Language::ALL[0];
    let mut feed = Feed::new(&columns, language, BATCH_BYTES, boundary, destination)?;
    let mut trial = Trial::to_many(count);
    if let Some(closing) = closing {
        trial.came[closing].reads = reads;
    }
    let mut kept = {
        let mut outlet = Keeping::new(&mut trial, 0);
        feed.begin(&mut outlet)?;
        match pulled {
            true => {
                let mut portal =
                    Portal::open(&query, Snapshot::Callers).map_err(CallError::Query)?;
                feed.pull(&mut portal, &mut outlet, &mut |_| {
                    if let Some(statement) = &between {
                        pgrx::Spi::run(statement).expect("a statement that runs");
                    }
                    Ok(())
                })?;
                portal.close();
            }
            false => {
                let mut failure = None;
                let ran = query.run(
                    Snapshot::Callers,
                    &mut |row| match feed.push(row, &mut outlet) {
                        Ok(fed) => fed != Fed::Closed,
                        Err(error) => {
                            failure = Some(error);
                            false
                        }
                    },
                );
                ran.map_err(CallError::Query)?;
                if let Some(error) = failure {
                    return Err(error);
                }
            }
        }
        feed.end(&mut outlet)?;
        outlet.into_kept()
    };
    let mut sent = 0;
    for came in &mut trial.came {
        let rest = std::mem::take(&mut came.piece);
        assert!(
            came.is_closed || rest.batches == 0,
            "a piece without an end"
        );
        came.pieces.extend((rest.batches > 0).then_some(rest));
        sent += came.pieces.iter().map(|piece| piece.rows).sum::<u64>();
    }
    assert!(sent <= trial.rows_told as u64);
    assert!(closing.is_some() || sent == trial.rows_told as u64);
    for _ in 0..replays {
        let mut again = Trial::to_many(1);
        kept.replay(0, &mut again)?;
        trial.came.append(&mut again.came);
    }
    drop(kept);
    session.finish();
    let mut table = Table::new(result, &[Natural::Int64; 5])?;
    for (destination, came) in trial.came.iter().enumerate() {
        assert!(came.stream.is_ended() != came.is_closed);
        for (index, piece) in came.pieces.iter().enumerate() {
            table.put([
                number(destination as u64),
                number(index as u64),
                number(piece.batches),
                number(piece.rows),
                number(piece.total),
            ]);
        }
    }
    Ok(())
}
