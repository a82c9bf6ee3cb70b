//! The input's columns while it is being read: each batch goes where its rows will stay as soon as it
//! is there, while the backend makes the next.

use super::column::{self, Numbers};
use crate::Failure;
use crate::r::{GrowingTexts, NA_INTEGER, NA_REAL, NoMemory, Owned, Room};
use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef};
use arrow_schema::DataType;

/// Rows up from which it is worth while. What there are fewer of is mostly one batch.
pub(super) const LEAST: usize = 1024;

/// A column that gets more rows.
pub(crate) enum Growing {
    /// The arrays as they came: a short first one, and all of a type that has no simple values.
    Arrays(Vec<ArrayRef>),
    Logicals(Room<i32>),
    Integers(Room<i32>),
    Doubles(Room<f64>),
    Texts(GrowingTexts),
}

impl Default for Growing {
    fn default() -> Self {
        Growing::Arrays(Vec::new())
    }
}

impl Growing {
    /// `small`: it may be all that there is.
    pub fn append(&mut self, array: &ArrayRef, small: bool) -> Result<(), Failure> {
        match self {
            Growing::Arrays(arrays) => match Growing::of(array.data_type()) {
                Some(mut growing) if !small => {
                    for before in arrays.iter().chain([array]) {
                        growing.append(before, false)?;
                    }
                    *self = growing;
                }
                _ => arrays.push(array.clone()),
            },
            Growing::Integers(room) if column::has_smallest(array) => {
                *self = Growing::Doubles(as_doubles(room)?);
                self.append(array, false)?;
            }
            Growing::Logicals(room) | Growing::Integers(room) => {
                column::fill_integers(array, room.more(array.len())?);
            }
            Growing::Doubles(room) => column::fill_doubles(array, room.more(array.len())?),
            Growing::Texts(texts) => texts.append(array.as_string::<i32>())?,
        }
        Ok(())
    }

    /// None for a type that has no simple values.
    fn of(kind: &DataType) -> Option<Self> {
        Some(match Numbers::of(kind) {
            Some(Numbers::Logicals) => Growing::Logicals(Room::default()),
            Some(Numbers::Integers) => Growing::Integers(Room::default()),
            Some(Numbers::Doubles) => Growing::Doubles(Room::default()),
            None if *kind == DataType::Utf8 => Growing::Texts(GrowingTexts::default()),
            None => return None,
        })
    }

    /// `kind`: of all the arrays.
    pub fn vector(self, kind: &DataType) -> Result<Owned, Failure> {
        let mut made = match self {
            Growing::Arrays(arrays) => return column::vector(kind, &arrays),
            Growing::Logicals(room) => room.logicals()?,
            Growing::Integers(room) => room.integers()?,
            Growing::Doubles(room) => room.doubles()?,
            Growing::Texts(texts) => texts.vector()?,
        };
        column::dress(kind, &mut made)?;
        Ok(made)
    }
}

fn as_doubles(integers: &mut Room<i32>) -> Result<Room<f64>, NoMemory> {
    let integers = integers.values();
    let mut doubles = Room::default();
    for (value, given) in doubles.more(integers.len())?.iter_mut().zip(integers) {
        *value = match *given {
            NA_INTEGER => NA_REAL,
            given => f64::from(given),
        };
    }
    Ok(doubles)
}
