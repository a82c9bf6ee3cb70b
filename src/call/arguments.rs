//! The SQL routines' arguments, by position. A database whose extension is older than the library, or
//! a plan made before its update, gives fewer: what is missing at the end is NULL.

use super::Routine;
use crate::pg::arguments::{AnyValue, Arguments};
use crate::request::Raw;

/// Positions as sql/pg_launchpad--*.sql declares them; those that differ between the two routines
/// are [`Positions`].
mod position {
    pub const LANGUAGE: usize = 0;
    pub const SCRIPT: usize = 1;
    pub const INPUT_DATA_1: usize = 2;
    /// The procedure's.
    pub const RESULT: usize = 10;
    pub const TYPED_PARAMS: usize = 11;
}

struct Positions {
    params: usize,
    /// The first of six in a row.
    input_data_1_name: usize,
    environment: usize,
}

impl Routine {
    fn positions(self) -> Positions {
        match self {
            Routine::Function => Positions {
                params: 3,
                input_data_1_name: 4,
                environment: 10,
            },
            Routine::Procedure => Positions {
                params: 9,
                input_data_1_name: 3,
                environment: 12,
            },
        }
    }

    /// How many arguments a call may have: as many as this version's SQL gives it, or 0.1.0's.
    pub fn takes(self, count: usize) -> bool {
        match self {
            Routine::Function => matches!(count, 10 | 11),
            Routine::Procedure => matches!(count, 11 | 13),
        }
    }

    /// Where the argument `params` is.
    pub fn params(self) -> usize {
        self.positions().params
    }
}

pub fn read(arguments: &Arguments, routine: Routine) -> Raw {
    let positions = routine.positions();
    let names = positions.input_data_1_name;
    Raw {
        language: arguments.text(position::LANGUAGE),
        script: arguments.text(position::SCRIPT),
        input_query: arguments.text(position::INPUT_DATA_1),
        input_name: arguments.text(names),
        output_name: arguments.text(names + 1),
        partition_by: arguments.text(names + 2),
        order_by: arguments.text(names + 3),
        rows_per_read: arguments.integer(names + 4),
        parallel: arguments.boolean(names + 5).unwrap_or(false),
        environment: arguments.text(positions.environment),
    }
}

pub fn params(arguments: &Arguments, routine: Routine) -> AnyValue {
    arguments.any(routine.params())
}

/// The row value that the procedure takes beside its JSON.
pub fn typed_params(arguments: &Arguments, routine: Routine) -> AnyValue {
    match routine {
        Routine::Function => AnyValue::Null,
        Routine::Procedure => arguments.any(position::TYPED_PARAMS),
    }
}

/// The name that the procedure's cursor is to have.
pub fn cursor_name(arguments: &Arguments) -> Option<String> {
    arguments.text(position::RESULT)
}
