//! What is asked, however it was written: today by the arguments of one of the two routines.

use super::params::Params;
use super::{Routine, arguments};
use crate::error::CallError;
use crate::pg::arguments::Arguments;
use crate::pg::descriptor::Column;
use crate::pg::receiver::Snapshot;
use crate::request::Request;

/// What is to come back beside the variables.
#[derive(Debug)]
pub enum Shape {
    /// Rows of the columns that the statement declares.
    Declared(Vec<Column>),
    /// Rows of whatever columns the script's output has.
    AsReturned,
}

impl Shape {
    /// The columns that the script is told of; none where it has the choice.
    pub fn columns(&self) -> &[Column] {
        match self {
            Shape::Declared(columns) => columns,
            Shape::AsReturned => &[],
        }
    }
}

pub struct Invocation {
    /// Language, source, input.
    pub request: Request,
    pub params: Params,
    /// What the input query sees.
    pub snapshot: Snapshot,
    pub shape: Shape,
    /// The variables that come back after the run.
    pub read_back: Vec<String>,
}

impl Invocation {
    /// `request`: what the arguments say beside the parameters.
    pub fn of(
        routine: Routine,
        arguments: &Arguments,
        request: Request,
        shape: Shape,
    ) -> Result<Self, CallError> {
        let given = arguments::params(arguments, routine);
        let params = Params::read(given, arguments::typed_params(arguments, routine), &request)?;
        Ok(Invocation {
            // A function is a part of a statement; a CALL is a statement of its own, in PL/pgSQL too.
            snapshot: match routine {
                Routine::Function => Snapshot::Callers,
                Routine::Procedure => Snapshot::Own,
            },
            read_back: match routine {
                Routine::Function => Vec::new(),
                Routine::Procedure => params.to_read_back().map(str::to_owned).collect(),
            },
            shape,
            request,
            params,
        })
    }
}
