//! Arrays, taken apart and put together. Only those that count from 1, in every dimension.
#![cfg_attr(not(test), deny(clippy::disallowed_methods))]

use super::row::Row;
use pgrx::pg_sys;
use pgrx::pg_sys::Datum;

/// Dimensions of an array at most: MAXDIM of c.h.
pub const MOST_DIMENSIONS: usize = 6;

/// An array counts from this, not from 1, in one of its dimensions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LowerBound(pub i32);

unsafe extern "C-unwind" {
    // utils/datum.h, which pgrx has no binding of; call it inside its guard.
    fn datumCopy(value: Datum, by_value: bool, length: std::ffi::c_int) -> Datum;
}

/// How elements of one type are stored.
#[derive(Debug, Clone, Copy)]
pub struct Elements {
    oid: pg_sys::Oid,
    length: i16,
    by_value: bool,
    align: std::ffi::c_char,
}

impl Elements {
    pub fn of(oid: u32) -> Self {
        let mut elements = Elements {
            oid: pg_sys::Oid::from(oid),
            length: 0,
            by_value: false,
            align: 0,
        };
        // SAFETY: a catalog look-up into the fields above.
        unsafe {
            pg_sys::get_typlenbyvalalign(
                elements.oid,
                &mut elements.length,
                &mut elements.by_value,
                &mut elements.align,
            );
        }
        elements
    }

    /// The elements of an array, as a row of that many columns of the element's type, and its dimensions
    /// if there are several: the elements go by the last one first. What this allocates stays in the
    /// current context.
    pub fn read<R>(
        &self,
        array: Datum,
        read: impl FnOnce(Row<'_>, usize, &[i32]) -> R,
    ) -> Result<R, LowerBound> {
        // SAFETY: the column's type is an array of this element type; dimensions and lower bounds
        // lie behind its header, one int each.
        unsafe {
            let array: *mut pg_sys::ArrayType =
                pg_sys::pg_detoast_datum(array.cast_mut_ptr()).cast();
            let count = usize::try_from((*array).ndim).unwrap_or(0);
            let bounds = std::slice::from_raw_parts(array.add(1).cast::<i32>(), 2 * count);
            let (dimensions, bounds) = bounds.split_at(count);
            if let Some(bound) = bounds.iter().find(|bound| **bound != 1) {
                return Err(LowerBound(*bound));
            }
            let several = if count > 1 { dimensions } else { &[] };
            let mut values = std::ptr::null_mut();
            let mut nulls = std::ptr::null_mut();
            let mut count = 0;
            pg_sys::deconstruct_array(
                array,
                self.oid,
                self.length.into(),
                self.by_value,
                self.align,
                &mut values,
                &mut nulls,
                &mut count,
            );
            let count = count as usize;
            Ok(read(Row::new(values, nulls, count), count, several))
        }
    }

    /// Whether an array can have so many.
    pub fn fit(count: usize) -> bool {
        // MaxArraySize, of utils/array.h: an element's Datum is the least that PostgreSQL reserves.
        count <= 0x3fff_ffff / size_of::<Datum>()
    }

    /// A copy of an element that outlives what it points at, in the current context.
    pub fn copy(&self, value: Datum) -> Datum {
        let (by_value, length) = (self.by_value, self.length.into());
        // SAFETY: a value of the element type; the closure owns nothing.
        unsafe { pg_sys::ffi::pg_guard_ffi_boundary(|| datumCopy(value, by_value, length)) }
    }

    /// An array of such dimensions, whose product is the number of elements, in the current context; of no
    /// elements: the empty array. As many as [`Elements::fit`]; raises PostgreSQL's own error where their
    /// bytes are too many.
    pub fn build(&self, values: &mut [Datum], nulls: &mut [bool], dimensions: &[i32]) -> Datum {
        assert_eq!(values.len(), nulls.len());
        assert!(Elements::fit(values.len()));
        assert!(fill(dimensions, values.len()) && dimensions.len() <= MOST_DIMENSIONS);
        let mut lengths = [1; MOST_DIMENSIONS];
        lengths[..dimensions.len()].copy_from_slice(dimensions);
        let mut lower_bounds = [1; MOST_DIMENSIONS];
        let count = i32::try_from(dimensions.len()).expect("few");
        // SAFETY: one element each in both slices, of the element type; as many lengths and bounds as
        // dimensions.
        unsafe {
            let array = if values.is_empty() {
                pg_sys::construct_empty_array(self.oid)
            } else {
                pg_sys::construct_md_array(
                    values.as_mut_ptr(),
                    nulls.as_mut_ptr(),
                    count,
                    lengths.as_mut_ptr(),
                    lower_bounds.as_mut_ptr(),
                    self.oid,
                    self.length.into(),
                    self.by_value,
                    self.align,
                )
            };
            Datum::from(array)
        }
    }
}

/// Whether so many elements are what such dimensions have.
pub fn fill(dimensions: &[i32], count: usize) -> bool {
    let mut product = 1_usize;
    for length in dimensions {
        let Ok(length) = usize::try_from(*length) else {
            return false;
        };
        product = product.saturating_mul(length);
    }
    !dimensions.is_empty() && product == count
}
