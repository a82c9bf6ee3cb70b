//! Tuples read with PostgreSQL's own arithmetic (heap_deform_tuple, tupmacs.h), but never beyond
//! their ends, and held against the values that they were formed of.

use crate::streams::decode::cell::cell;
use crate::types::{Cell, Natural};
use arrow_array::ArrayRef;

/// Days and microseconds from 1970-01-01 to 2000-01-01.
const DAYS: i32 = 10_957;
const MICROS: i64 = 946_684_800_000_000;

const HAS_NULLS: u16 = 0x0001;
const HAS_VARIABLE_WIDTH: u16 = 0x0002;

/// Where a tuple's parts lie (htup_details.h).
const INFOMASK2: usize = 18;
const INFOMASK: usize = 20;
const HOFF: usize = 22;
const BITS: usize = 23;

/// Checks a tuple: of the row of these columns.
pub fn check(tuple: &[u8], columns: &[(&ArrayRef, Natural)], row: usize) -> Result<(), String> {
    let at = |from: usize| tuple.get(from).copied().ok_or("a header cut off");
    let word = |from: usize| Ok::<_, &str>(u16::from_le_bytes([at(from)?, at(from + 1)?]));
    let count = usize::from(word(INFOMASK2)?);
    let flags = word(INFOMASK)?;
    let start = usize::from(at(HOFF)?);
    if count != columns.len() {
        return Err(format!("{count} columns"));
    }
    let bitmap = match flags & HAS_NULLS {
        0 => 0,
        _ => count.div_ceil(8),
    };
    if start != (BITS + bitmap).next_multiple_of(8) {
        return Err(format!("values begin at {start}"));
    }
    let mut end = start;
    let (mut nulls, mut variable) = (false, false);
    for (index, (array, natural)) in columns.iter().enumerate() {
        let is_null = bitmap > 0 && at(BITS + index / 8)? & (1 << (index % 8)) == 0;
        let expected = cell(array, *natural, row);
        if is_null != expected.is_none() {
            return Err(format!("column {index} is NULL: {is_null}"));
        }
        let Some(expected) = expected else {
            nulls = true;
            continue;
        };
        let value = match expected {
            Cell::Text(_) | Cell::Bytea(_) => {
                variable = true;
                varlena(tuple, &mut end)
            }
            _ => fixed(tuple, &mut end, natural.kind_bytes()),
        };
        let value = value.ok_or_else(|| format!("column {index} beyond its tuple"))?;
        if !is_same(value, expected) {
            return Err(format!("column {index} is {value:02x?}, not {expected:?}"));
        }
    }
    if end != tuple.len() {
        return Err(format!("{} bytes, {end} used", tuple.len()));
    }
    if (flags & HAS_NULLS != 0) != nulls || (flags & HAS_VARIABLE_WIDTH != 0) != variable {
        return Err(format!("the flags {flags:#x}"));
    }
    Ok(())
}

trait Stored {
    fn kind_bytes(self) -> usize;
}

impl Stored for Natural {
    /// pg_type.typlen, to which all of these are aligned.
    fn kind_bytes(self) -> usize {
        match self {
            Natural::Bool => 1,
            Natural::Int16 => 2,
            Natural::Int32 | Natural::Float32 | Natural::Date32 => 4,
            _ => 8,
        }
    }
}

fn fixed<'a>(tuple: &'a [u8], end: &mut usize, length: usize) -> Option<&'a [u8]> {
    let from = padded(tuple, *end, length)?;
    *end = from + length;
    tuple.get(from..*end)
}

/// The content (att_align_pointer, VARSIZE_ANY_EXHDR).
fn varlena<'a>(tuple: &'a [u8], end: &mut usize) -> Option<&'a [u8]> {
    let first = *tuple.get(*end)?;
    let (from, length) = if first & 1 == 1 {
        (*end + 1, usize::from(first >> 1).checked_sub(1)?)
    } else {
        let at = padded(tuple, *end, 4)?;
        let header = u32::from_le_bytes(*tuple.get(at..)?.first_chunk()?);
        let length = (header >> 2) as usize;
        // Neither compressed nor elsewhere, and no longer than it has to be.
        (header & 3 == 0 && length > 4 + 125).then_some(())?;
        (at + 4, length - 4)
    };
    *end = from.checked_add(length)?;
    tuple.get(from..*end)
}

/// Where the next value of this alignment begins, if there are zeros up to there.
fn padded(tuple: &[u8], end: usize, align: usize) -> Option<usize> {
    let from = end.next_multiple_of(align);
    let padding = tuple.get(end..from)?;
    padding.iter().all(|byte| *byte == 0).then_some(from)
}

fn is_same(value: &[u8], expected: Cell<'_>) -> bool {
    match expected {
        Cell::Bool(expected) => value == [u8::from(expected)],
        Cell::Int2(expected) => value == expected.to_le_bytes(),
        Cell::Int4(expected) => value == expected.to_le_bytes(),
        Cell::Int8(expected) | Cell::Time(expected) => value == expected.to_le_bytes(),
        Cell::Float4(expected) => value == expected.to_le_bytes(),
        Cell::Float8(expected) => value == expected.to_le_bytes(),
        Cell::Date(days) => value == (days - DAYS).to_le_bytes(),
        Cell::Timestamp(micros) => value == (micros - MICROS).to_le_bytes(),
        Cell::Text(text) => value == text.as_bytes(),
        Cell::Bytea(bytes) => value == bytes,
        Cell::UInt8(_) | Cell::Decimal128(..) | Cell::Decimal256(..) | Cell::Interval(_) => false,
    }
}
