//! Values of composite types, taken apart and put together.
#![cfg_attr(not(test), deny(clippy::disallowed_methods))]

use super::descriptor::{Column, attributes, columns, type_name};
use super::laid_out::{Place, is_laid_out};
use super::report::raise;
use super::row::Row;
use super::shortage;
use super::tuple::CONTENT_MOST;
use crate::memory;
use crate::types::Tree;
use launchpad_fault::{Outcome, Report, SqlState};
use pgrx::pg_sys;
use pgrx::pg_sys::Datum;

/// A tuple's header with the bitmap of 1600 columns takes less, and so does the copy's own.
const HEADER_MOST: usize = 512;

/// A named composite type as it was when this was made; its descriptor lives in the context that was current.
///
/// What a query or a cast runs may alter the type meanwhile, and values of before and after are laid out
/// differently. So each value's own type is looked at, and that it has not become another one since.
pub struct Composite {
    oid: pg_sys::Oid,
    /// The type cache's number for it, which changes when the type does.
    version: u64,
    descriptor: pg_sys::TupleDesc,
    /// Of all columns, dropped ones as well.
    places: Vec<Place>,
    /// Positions of the columns that are not dropped.
    kept: Vec<usize>,
}

impl Composite {
    pub fn of(oid: u32) -> Self {
        // SAFETY: a catalog look-up of a composite type, copied.
        unsafe {
            let oid = pg_sys::Oid::from(oid);
            let version = pg_sys::assign_record_type_identifier(oid, -1);
            let descriptor = pg_sys::lookup_rowtype_tupdesc_copy(oid, -1);
            let place = |attribute: &pg_sys::FormData_pg_attribute| Place {
                length: attribute.attlen,
                align: attribute.attalign.cast_unsigned(),
            };
            let places = attributes(descriptor).iter().map(place).collect();
            let kept = attributes(descriptor)
                .iter()
                .enumerate()
                .filter(|(_, attribute)| !attribute.attisdropped)
                .map(|(at, _)| at)
                .collect();
            Composite {
                oid,
                version,
                descriptor,
                places,
                kept,
            }
        }
    }

    /// The same, of which the types of its columns are known from before.
    pub fn made_of(oid: u32, columns: &[(String, Tree)]) -> Self {
        let composite = Composite::of(oid);
        let found = composite.columns();
        let same = |(column, (_, tree)): (&Column, &(String, Tree))| {
            (column.type_oid, column.typmod) == (tree.oid, tree.typmod)
        };
        if found.len() != columns.len() || !found.iter().zip(columns).all(same) {
            composite.altered();
        }
        composite
    }

    fn altered(&self) -> ! {
        let name = type_name(self.oid.to_u32(), -1);
        let message = format!("type {name} was altered while the call used it");
        raise(Report::new(
            SqlState::DATATYPE_MISMATCH,
            Outcome::Input,
            message,
        ))
    }

    fn check_unaltered(&self) {
        // SAFETY: a look-up in the type cache.
        if unsafe { pg_sys::assign_record_type_identifier(self.oid, -1) } != self.version {
            self.altered();
        }
    }

    pub fn columns(&self) -> Vec<Column> {
        // SAFETY: live as long as this.
        unsafe { columns(self.descriptor) }
    }

    /// The value's columns as a row. What detoasting allocates stays in the current context.
    pub fn read<R>(&self, value: Datum, read: impl FnOnce(Row<'_>) -> R) -> R {
        self.check_unaltered();
        // SAFETY: a composite's value; it is of this type, which is as it was; the tuple header only points at the
        // detoasted value, and both vectors have an element per attribute.
        unsafe {
            let header: pg_sys::HeapTupleHeader =
                pg_sys::pg_detoast_datum(value.cast_mut_ptr()).cast();
            if !self.holds(header) {
                self.altered();
            }
            let mut tuple = pg_sys::HeapTupleData {
                t_len: pgrx::varlena::varsize_any(header.cast()) as u32,
                t_data: header,
                ..Default::default()
            };
            let count = (*self.descriptor).natts as usize;
            let mut values =
                memory::filled(Datum::from(0), count).unwrap_or_else(|why| shortage::refused(why));
            let mut nulls =
                memory::filled(true, count).unwrap_or_else(|why| shortage::refused(why));
            pg_sys::heap_deform_tuple(
                &mut tuple,
                self.descriptor,
                values.as_mut_ptr(),
                nulls.as_mut_ptr(),
            );
            // Towards the front: `kept` ascends.
            for (to, from) in self.kept.iter().enumerate() {
                values[to] = values[*from];
                nulls[to] = nulls[*from];
            }
            read(Row::new(values.as_ptr(), nulls.as_ptr(), self.kept.len()))
        }
    }

    /// Whether it is a value of this type, and all columns lie within it.
    ///
    /// # Safety
    /// A varlena, not toasted.
    unsafe fn holds(&self, header: pg_sys::HeapTupleHeader) -> bool {
        // Where the bitmap begins.
        const FIXED: usize = std::mem::offset_of!(pg_sys::HeapTupleHeaderData, t_bits);
        // SAFETY: the caller's promise: so many bytes.
        let bytes = unsafe {
            let size = pgrx::varlena::varsize_any(header.cast());
            std::slice::from_raw_parts(header.cast::<u8>(), size)
        };
        if bytes.len() < size_of::<pg_sys::HeapTupleHeaderData>() {
            return false;
        }
        // SAFETY: there is a header, whatever it says.
        let header = unsafe { &*header };
        // SAFETY: a value that is no tuple on a page has this variant.
        if unsafe { header.t_choice.t_datum.datum_typeid } != self.oid {
            return false;
        }
        let count = usize::from(header.t_infomask2) & pg_sys::HEAP_NATTS_MASK as usize;
        let places = &self.places[..count.min(self.places.len())];
        let start = usize::from(header.t_hoff);
        let has_nulls = u32::from(header.t_infomask) & pg_sys::HEAP_HASNULL != 0;
        let bitmap = match has_nulls {
            true => bytes.get(FIXED..start.min(FIXED + count.div_ceil(8))),
            false => Some(&[][..]),
        };
        match (bitmap, bytes.get(start..)) {
            (Some(bitmap), Some(data)) => is_laid_out(places, bitmap, data),
            _ => false,
        }
    }

    /// A value of this type in the current context, from its columns' values; None where it would have
    /// 1 GB or more.
    pub fn build(&self, fields: &[Option<Datum>]) -> Option<Datum> {
        assert_eq!(fields.len(), self.kept.len());
        // Casts and constraints have run since the last one.
        self.check_unaltered();
        // SAFETY: the descriptor lives as long as this; each value is of its column's type, and both vectors
        // have an element per attribute.
        unsafe {
            let count = (*self.descriptor).natts as usize;
            let mut values =
                memory::filled(Datum::from(0), count).unwrap_or_else(|why| shortage::refused(why));
            let mut nulls =
                memory::filled(true, count).unwrap_or_else(|why| shortage::refused(why));
            for (field, at) in fields.iter().zip(&self.kept) {
                nulls[*at] = field.is_none();
                values[*at] = field.unwrap_or(Datum::from(0));
            }
            let (values, nulls) = (values.as_mut_ptr(), nulls.as_mut_ptr());
            let bytes = pg_sys::heap_compute_data_size(self.descriptor, values, nulls);
            if bytes > CONTENT_MOST - HEADER_MOST {
                return None;
            }
            let tuple = pg_sys::heap_form_tuple(self.descriptor, values, nulls);
            let value = pg_sys::heap_copy_tuple_as_datum(tuple, self.descriptor);
            pg_sys::heap_freetuple(tuple);
            Some(value)
        }
    }
}
