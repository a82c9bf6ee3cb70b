//! From a cell that came back to a value of the declared type, by PostgreSQL's own rules.
//!
//! The way is chosen once per column: the same type goes straight; text goes through the declared
//! type's input function; anything else through the cast that PostgreSQL has between the two
//! types, then through the declared type's length rule, as an assignment would.
#![cfg_attr(not(test), deny(clippy::disallowed_methods))]

use super::descriptor::Column;
use super::function::{Function, input_function};
use super::shortest::Shortest;
use super::tuple::CONTENT_MOST;
use crate::types::{Cell, Kind, Natural, Taken, decimal, is_plain_text, kind, kind_of, numeric};
use pgrx::pg_sys;
use pgrx::pg_sys::Datum;
use std::ffi::CString;

/// There is no cast between the two types.
#[derive(Debug)]
pub struct NoCast;

/// A value that has no place in the declared type, found before PostgreSQL was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutOfRange {
    Date,
    Timestamp,
    Time,
    /// A number other than 0 and 1 for a boolean.
    Truth,
    /// PostgreSQL's text has no NUL character.
    NulInText,
    /// A varlena holds less than 1 GB.
    TooLong,
    /// More elements than PostgreSQL's arrays have.
    ArrayTooLong,
    /// Lists in a list of different lengths: no array of several dimensions.
    Ragged,
    /// More dimensions than PostgreSQL's arrays have.
    TooManyDimensions,
    /// A row, or a composite value, holds less than 1 GB.
    RowTooLong,
    /// What is made of the row is larger than the result may be.
    BeyondBudget,
    NoMemory,
}

/// Varlenas of up to so many bytes are made in the converter's own memory.
const SMALL: usize = 16 << 10;

/// The chosen way of one column.
pub struct Converter {
    taken: Taken,
    way: Way,
    length: Option<Function>,
    /// Judges NULL, where the declared type is a domain.
    domain: Option<(Function, pg_sys::Oid)>,
    typmod: i32,
    utf8: bool,
    /// numeric's input function, for what comes as a decimal.
    numeric: Option<(Function, pg_sys::Oid)>,
    /// Holds the last small varlena or interval made; as u64 so that its header is aligned.
    scratch: Vec<u64>,
}

enum Way {
    Same,
    Function(Function),
    /// A float to numeric: the input function for what `numeric::from_text` leaves.
    Numeric {
        declared: Option<numeric::Declared>,
        function: Function,
        parameter: pg_sys::Oid,
    },
    Input {
        function: Function,
        parameter: pg_sys::Oid,
    },
    OutputInput {
        output: Function,
        function: Function,
        parameter: pg_sys::Oid,
    },
}

impl Converter {
    /// The way from what comes to what is declared.
    pub fn choose(from: Natural, declared: &Column) -> Result<Self, NoCast> {
        let base = kind_of(base_type(declared.type_oid));
        let (taken, from) = Taken::choose(from, base);
        let same = from.kind() == kind_of(declared.type_oid)
            && match from.kind() {
                Kind::Text => is_plain_text(declared.type_oid, declared.typmod),
                _ => declared.typmod < 0,
            };
        let mut length = None;
        let way = if same {
            Way::Same
        } else if from.kind() == Kind::Text {
            let (function, parameter) = input_function(declared.type_oid);
            Way::Input {
                function,
                parameter,
            }
        } else if matches!(from.kind(), Kind::Float4 | Kind::Float8) && base == Kind::Numeric {
            let (function, parameter) = input_function(declared.type_oid);
            Way::Numeric {
                declared: numeric::Declared::of(declared.typmod),
                function,
                parameter,
            }
        } else {
            length = length_function(declared);
            cast_way(from.oid(), declared.type_oid)?
        };
        Ok(Converter {
            taken,
            way,
            length,
            domain: is_domain(declared.type_oid).then(|| input_function(declared.type_oid)),
            typmod: declared.typmod,
            utf8: super::encoding::server_is_utf8(),
            numeric: (from.kind() == Kind::Numeric)
                .then(|| input_function(pg_sys::NUMERICOID.to_u32())),
            scratch: Vec::new(),
        })
    }

    /// Whether what comes is what is declared, with no rule to apply.
    pub fn is_same(&self) -> bool {
        matches!((self.taken, &self.way), (Taken::AsItIs, Way::Same))
            && self.length.is_none()
            && self.domain.is_none()
            && self.numeric.is_none()
    }

    /// The declared type's value, in the current context where it is large; valid until the next call. Raises PostgreSQL's own error where
    /// the value does not fit.
    pub fn convert(&mut self, cell: Cell<'_>) -> Result<Datum, OutOfRange> {
        let cell = self.taken.take(cell).ok_or(OutOfRange::Truth)?;
        let value = match self.way {
            Way::Same => self.natural(cell)?,
            Way::Function(function) => {
                let value = self.natural(cell)?;
                function.cast(value, self.typmod)
            }
            Way::Numeric {
                declared,
                function,
                parameter,
            } => match cell {
                Cell::Float8(value) => {
                    self.float(Shortest::of_double(value), declared, (function, parameter))?
                }
                Cell::Float4(value) => {
                    self.float(Shortest::of_real(value), declared, (function, parameter))?
                }
                _ => unreachable!("only floats take this way"),
            },
            Way::Input {
                function,
                parameter,
            } => {
                let Cell::Text(text) = cell else {
                    unreachable!("only text takes the input function")
                };
                self.input(function, parameter, text)?
            }
            Way::OutputInput {
                output,
                function,
                parameter,
            } => {
                let value = self.natural(cell)?;
                // SAFETY: the output function of the value's own type; its text is fed to the
                // declared type's input function.
                unsafe {
                    let text = pg_sys::OutputFunctionCall(output.0, value);
                    pg_sys::InputFunctionCall(function.0, text, parameter, self.typmod)
                }
            }
        };
        Ok(match self.length {
            Some(function) => function.cast(value, self.typmod),
            None => value,
        })
    }

    /// NULL as the declared type has it: a domain may refuse it, with its own error.
    pub fn convert_null(&mut self) -> Option<Datum> {
        if let Some((function, parameter)) = self.domain {
            // SAFETY: PostgreSQL calls a domain's input function with a null pointer for NULL too.
            unsafe {
                pg_sys::InputFunctionCall(function.0, std::ptr::null_mut(), parameter, self.typmod)
            };
        }
        None
    }

    fn input(
        &self,
        function: Function,
        parameter: pg_sys::Oid,
        text: &str,
    ) -> Result<Datum, OutOfRange> {
        let bytes = super::encoding::from_utf8(text.as_bytes());
        if memchr::memchr(0, &bytes).is_some() {
            return Err(OutOfRange::NulInText);
        }
        if bytes.len() > CONTENT_MOST {
            return Err(OutOfRange::TooLong);
        }
        // SAFETY: palloc raises where there is no memory, else there is room for the text and its NUL; the
        // declared type's input function, with its own parameters, does not keep the text.
        Ok(unsafe {
            let text: *mut u8 = pg_sys::palloc(bytes.len() + 1).cast();
            std::ptr::copy_nonoverlapping(bytes.as_ptr(), text, bytes.len());
            text.add(bytes.len()).write(0);
            let value = pg_sys::InputFunctionCall(function.0, text.cast(), parameter, self.typmod);
            pg_sys::pfree(text.cast());
            value
        })
    }

    fn natural(&mut self, cell: Cell<'_>) -> Result<Datum, OutOfRange> {
        Ok(match cell {
            Cell::Bool(value) => Datum::from(value),
            Cell::Int2(value) => Datum::from(value),
            Cell::Int4(value) => Datum::from(value),
            Cell::Int8(value) => Datum::from(value),
            Cell::Float4(value) => Datum::from(value.to_bits()),
            Cell::Float8(value) => Datum::from(value.to_bits()),
            Cell::Date(days) => Datum::from(kind::pg_date(days).ok_or(OutOfRange::Date)?),
            Cell::Timestamp(micros) => {
                Datum::from(kind::pg_timestamp(micros).ok_or(OutOfRange::Timestamp)?)
            }
            Cell::Time(micros) => Datum::from(kind::pg_time(micros).ok_or(OutOfRange::Time)?),
            Cell::Interval(span) => self.interval(span),
            Cell::UInt8(value) => self.numeric(&value.to_string())?,
            Cell::Decimal128(value, scale) => {
                self.numeric(&decimal::text(&value.to_string(), scale))?
            }
            Cell::Decimal256(value, scale) => {
                self.numeric(&decimal::text(&value.to_string(), scale))?
            }
            Cell::Bytea(bytes) => self.varlena(bytes)?,
            Cell::Text(text) => {
                if text.as_bytes().contains(&0) {
                    return Err(OutOfRange::NulInText);
                }
                if self.utf8 {
                    self.varlena(text.as_bytes())?
                } else {
                    let bytes = super::encoding::from_utf8(text.as_bytes());
                    self.varlena(&bytes)?
                }
            }
        })
    }

    /// The numeric that a float's text is read as.
    fn float(
        &mut self,
        text: Shortest,
        declared: Option<numeric::Declared>,
        (function, parameter): (Function, pg_sys::Oid),
    ) -> Result<Datum, OutOfRange> {
        match numeric::from_text(text.as_str(), declared) {
            Some(content) if self.domain.is_none() => self.varlena(content.bytes()),
            _ => self.input(function, parameter, text.as_str()),
        }
    }

    /// A numeric from its text, in the current context.
    fn numeric(&self, text: &str) -> Result<Datum, OutOfRange> {
        let Some((function, parameter)) = self.numeric else {
            unreachable!("looked up for every type whose natural type is numeric")
        };
        #[expect(
            clippy::disallowed_methods,
            reason = "at most 80 digits and a scale's zeros"
        )]
        let text = CString::new(text).map_err(|_| OutOfRange::NulInText)?;
        // SAFETY: numeric's input function, without a typmod; it does not keep the text.
        Ok(unsafe {
            pg_sys::InputFunctionCall(function.0, text.as_ptr().cast_mut(), parameter, -1)
        })
    }

    fn interval(&mut self, span: kind::Span) -> Datum {
        const WORDS: usize = size_of::<pg_sys::Interval>().div_ceil(8);
        if self.scratch.len() < WORDS {
            #[expect(clippy::disallowed_methods, reason = "small")]
            self.scratch.resize(WORDS, 0);
        }
        let interval: *mut pg_sys::Interval = self.scratch.as_mut_ptr().cast();
        // SAFETY: the scratch is large enough and aligned to 8.
        unsafe {
            interval.write(pg_sys::Interval {
                time: span.micros,
                day: span.days,
                month: span.months,
            });
        }
        Datum::from(interval)
    }

    fn varlena(&mut self, bytes: &[u8]) -> Result<Datum, OutOfRange> {
        const HEADER: usize = pg_sys::VARHDRSZ;
        let total = HEADER + bytes.len();
        if bytes.len() > CONTENT_MOST {
            return Err(OutOfRange::TooLong);
        }
        let start: *mut u8 = if total > SMALL {
            // SAFETY: raises where there is no memory.
            unsafe { pg_sys::palloc(total).cast() }
        } else {
            let words = total.div_ceil(8);
            if self.scratch.len() < words {
                #[expect(clippy::disallowed_methods, reason = "small")]
                self.scratch.resize(words, 0);
            }
            self.scratch.as_mut_ptr().cast()
        };
        let size = i32::try_from(total).map_err(|_| OutOfRange::TooLong)?;
        // SAFETY: both are aligned to 8 and have at least `total` bytes.
        unsafe {
            pgrx::varlena::set_varsize_4b(start.cast(), size);
            std::ptr::copy_nonoverlapping(bytes.as_ptr(), start.add(HEADER), bytes.len());
            Ok(Datum::from(start))
        }
    }
}

fn is_domain(type_oid: u32) -> bool {
    base_type(type_oid) != type_oid
}

/// What a domain is over; of other types the type itself.
fn base_type(type_oid: u32) -> u32 {
    // SAFETY: a catalog look-up.
    unsafe { pg_sys::getBaseType(pg_sys::Oid::from(type_oid)) }.to_u32()
}

fn cast_way(from: u32, to: u32) -> Result<Way, NoCast> {
    let is_domain = is_domain(to);
    use pg_sys::CoercionPathType::{
        COERCION_PATH_COERCEVIAIO, COERCION_PATH_FUNC, COERCION_PATH_RELABELTYPE,
    };
    let mut oid = pg_sys::InvalidOid;
    // SAFETY: catalog look-ups into a local variable.
    unsafe {
        let base = pg_sys::getBaseType(pg_sys::Oid::from(to));
        let path = pg_sys::find_coercion_pathway(
            base,
            pg_sys::Oid::from(from),
            pg_sys::CoercionContext::COERCION_EXPLICIT,
            &mut oid,
        );
        match path {
            COERCION_PATH_RELABELTYPE if !is_domain => Ok(Way::Same),
            COERCION_PATH_FUNC if !is_domain => Ok(Way::Function(Function::permitted(oid))),
            // A domain's rules are checked by its input function.
            COERCION_PATH_RELABELTYPE | COERCION_PATH_FUNC | COERCION_PATH_COERCEVIAIO => {
                let mut output = pg_sys::InvalidOid;
                let mut is_varlena = false;
                pg_sys::getTypeOutputInfo(pg_sys::Oid::from(from), &mut output, &mut is_varlena);
                let (function, parameter) = input_function(to);
                Ok(Way::OutputInput {
                    output: Function::look_up(output),
                    function,
                    parameter,
                })
            }
            _ => Err(NoCast),
        }
    }
}

/// The function that enforces the declared length or precision, if there is one to enforce.
fn length_function(declared: &Column) -> Option<Function> {
    if declared.typmod < 0 {
        return None;
    }
    let mut oid = pg_sys::InvalidOid;
    // SAFETY: a catalog look-up into a local variable.
    let path = unsafe {
        pg_sys::find_typmod_coercion_function(pg_sys::Oid::from(declared.type_oid), &mut oid)
    };
    (path == pg_sys::CoercionPathType::COERCION_PATH_FUNC).then(|| Function::permitted(oid))
}
