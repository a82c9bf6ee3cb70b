//! How values of a declared type are stored, and values that can be copied into a tuple.

use super::row::{bytes_of, lies_open};
use super::tuple::ALIGNMENT;
use pgrx::pg_sys;
use pgrx::pg_sys::Datum;
use std::ffi::CStr;

/// How a column's values are stored, by pg_attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stored {
    /// Bytes; -1 for a varlena, -2 for a C string.
    pub(super) length: i16,
    pub(super) by_value: bool,
    pub(super) align: usize,
    /// Whether a varlena of it may have a short header.
    pub(super) packs: bool,
}

impl Stored {
    pub(super) fn of(attribute: &pg_sys::FormData_pg_attribute) -> Self {
        Stored {
            length: attribute.attlen,
            by_value: attribute.attbyval,
            align: match attribute.attalign as u8 {
                b'c' => 1,
                b's' => 2,
                b'i' => 4,
                _ => ALIGNMENT,
            },
            packs: attribute.attstorage as u8 != b'p',
        }
    }

    /// A value of the column's type that can be copied: neither compressed nor elsewhere. What this
    /// allocates stays in the current context.
    pub fn open(self, value: Datum) -> Open {
        let value = match self.length {
            // SAFETY: a varlena by the column's type.
            -1 => unsafe {
                let varlena: *mut pg_sys::varlena = value.cast_mut_ptr();
                match lies_open(varlena) {
                    true => value,
                    false => Datum::from(pg_sys::pg_detoast_datum_packed(varlena)),
                }
            },
            _ => value,
        };
        Open {
            stored: self,
            value,
        }
    }
}

/// A value that can be copied into a tuple.
#[derive(Clone, Copy)]
pub struct Open {
    pub(super) stored: Stored,
    pub(super) value: Datum,
}

impl Open {
    /// Its bytes in a tuple at most, padding and header aside.
    pub fn length(&self) -> usize {
        match self.stored.by_value {
            true => size_of::<Datum>(),
            false => self.content().len(),
        }
    }

    pub(super) fn content(&self) -> &[u8] {
        let start: *const u8 = self.value.cast_mut_ptr();
        // SAFETY: by `Stored::open` a value by reference of the column's type, and open.
        unsafe {
            match self.stored.length {
                -1 => bytes_of(start.cast()),
                -2 => CStr::from_ptr(start.cast()).to_bytes_with_nul(),
                length => std::slice::from_raw_parts(start, length as usize),
            }
        }
    }
}
