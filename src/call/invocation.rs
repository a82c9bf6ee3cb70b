//! What is asked, however it was written: today by the arguments of one of the two routines.

use super::params::Params;
use super::{Routine, arguments};
use crate::error::{CallError, LibraryError};
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

/// A call as somebody wrote it.
pub trait Written {
    /// What can be told without looking at the parameters.
    fn request(&self) -> Result<Request, CallError>;

    /// Whether its parameters are a value that turned out to be NULL.
    fn lacks_params(&self) -> bool;

    /// All of it. `request` is what it was asked for.
    fn invocation(self, request: Request) -> Result<Invocation, CallError>;
}

/// One of the two routines with its arguments.
pub struct ByArguments<'a> {
    pub routine: Routine,
    pub arguments: &'a Arguments,
    /// The columns declared for its rows; the procedure has none.
    pub declared: Vec<Column>,
}

impl Written for ByArguments<'_> {
    fn request(&self) -> Result<Request, CallError> {
        if !self.routine.takes(self.arguments.count()) {
            return Err(LibraryError::OtherSql.into());
        }
        Ok(Request::validate(arguments::read(
            self.arguments,
            self.routine,
        ))?)
    }

    fn lacks_params(&self) -> bool {
        self.arguments.became_null(self.routine.params())
    }

    fn invocation(self, request: Request) -> Result<Invocation, CallError> {
        let given = arguments::params(self.arguments, self.routine);
        let typed = arguments::typed_params(self.arguments, self.routine);
        let params = Params::read(given, typed, &request)?;
        Ok(match self.routine {
            Routine::Function => Invocation {
                // A function is a part of a statement.
                snapshot: Snapshot::Callers,
                shape: Shape::Declared(self.declared),
                read_back: Vec::new(),
                request,
                params,
            },
            Routine::Procedure => Invocation {
                // A CALL is a statement of its own, in PL/pgSQL too.
                snapshot: Snapshot::Own,
                shape: Shape::AsReturned,
                read_back: params.to_read_back().map(str::to_owned).collect(),
                request,
                params,
            },
        })
    }
}
