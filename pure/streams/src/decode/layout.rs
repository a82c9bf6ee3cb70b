//! Where the parts of a column lie in a batch's body, and the arrays made of some of its rows at a time.
//!
//! Arrow's own constructors check what they are given (text is UTF-8, offsets ascend, masks are as long as
//! values). They look at all of it at once and allocate nothing that grows with it; given slices of some
//! MiB, the server can be interrupted in between.

use super::StreamError;
use arrow_array::types::ByteArrayType;
use arrow_array::types::{
    ArrowPrimitiveType, Date32Type, Decimal128Type, Decimal256Type, DurationMicrosecondType,
    Float32Type, Float64Type, GenericBinaryType, GenericStringType, Int8Type, Int16Type, Int32Type,
    Int64Type, IntervalMonthDayNanoType, Time64MicrosecondType, TimestampMicrosecondType,
    TimestampMillisecondType, TimestampNanosecondType, TimestampSecondType, UInt8Type, UInt16Type,
    UInt32Type, UInt64Type,
};
use arrow_array::{
    ArrayRef, BooleanArray, GenericByteArray, ListArray, OffsetSizeTrait, PrimitiveArray,
    StructArray,
};
use arrow_buffer::{
    ArrowNativeType, BooleanBuffer, Buffer, NullBuffer, OffsetBuffer, ScalarBuffer, i256,
};
use arrow_schema::{ArrowError, DataType, Field, TimeUnit};
use launchpad_memory as memory;
use launchpad_types::{Natural, Shape};
use std::ops::Range;
use std::sync::Arc;

/// A column, or what is in one, in bytes of the body; checked by `bounds`.
#[derive(Debug)]
pub struct Layout {
    pub length: usize,
    /// None where there are none, whatever the body has in that place.
    pub nulls: Option<Nulls>,
    pub buffers: Buffers,
}

#[derive(Debug)]
pub struct Nulls {
    /// As claimed.
    pub count: usize,
    pub bits: Range<usize>,
}

#[derive(Debug)]
pub enum Buffers {
    /// Of fixed width, a bit each for booleans.
    Values(Range<usize>),
    Bytes {
        offsets: Range<usize>,
        bytes: Range<usize>,
    },
    List {
        offsets: Range<usize>,
        element: Box<Layout>,
    },
    Struct(Vec<Layout>),
}

fn wrong<T>(what: &'static str) -> Result<T, StreamError> {
    Err(StreamError::Batch(what))
}

impl Layout {
    /// Whether as many are NULL as its header claims, in it and all that is in it.
    pub fn nulls_are_as_claimed(&self, body: &Buffer) -> bool {
        let own = match &self.nulls {
            None => true,
            Some(nulls) => {
                let set = bits(body, &nulls.bits, 0..self.length).count_set_bits();
                self.length - set == nulls.count
            }
        };
        own && match &self.buffers {
            Buffers::Values(_) | Buffers::Bytes { .. } => true,
            Buffers::List { element, .. } => element.nulls_are_as_claimed(body),
            Buffers::Struct(fields) => fields.iter().all(|field| field.nulls_are_as_claimed(body)),
        }
    }

    /// About how many bytes of the body some of its rows take.
    pub fn cost(
        &self,
        natural: &Shape,
        body: &[u8],
        rows: &Range<usize>,
    ) -> Result<usize, StreamError> {
        let fixed = rows.len().saturating_mul(8);
        Ok(match (&self.buffers, natural) {
            (Buffers::Bytes { offsets, bytes }, Shape::Leaf(natural)) => {
                let span = match natural.offset_width() {
                    Some(8) => span::<i64>(body, offsets, rows, bytes.len())?,
                    _ => span::<i32>(body, offsets, rows, bytes.len())?,
                };
                fixed.saturating_add(span.len())
            }
            (Buffers::List { offsets, element }, Shape::List(shape)) => {
                let span = span::<i32>(body, offsets, rows, element.length)?;
                fixed.saturating_add(element.cost(shape, body, &span)?)
            }
            (Buffers::Struct(fields), Shape::Struct(shapes)) => {
                let mut sum = fixed;
                for (field, (_, shape)) in fields.iter().zip(shapes) {
                    sum = sum.saturating_add(field.cost(shape, body, rows)?);
                }
                sum
            }
            _ => fixed,
        })
    }

    /// The array of some rows. `field`: what the schema says of it.
    pub fn array(
        &self,
        shape: &Shape,
        field: &Field,
        body: &Buffer,
        rows: Range<usize>,
    ) -> Result<ArrayRef, StreamError> {
        let nulls = self.nulls.as_ref().map(|nulls| {
            let bits = bits(body, &nulls.bits, rows.clone());
            NullBuffer::new(bits)
        });
        match (&self.buffers, shape, field.data_type()) {
            (Buffers::Values(values), Shape::Leaf(natural), data_type) => {
                fixed(*natural, data_type, body, values, rows, nulls)
            }
            (Buffers::Bytes { offsets, bytes }, Shape::Leaf(natural), _) => match natural {
                Natural::Utf8 => text::<GenericStringType<i32>>(body, offsets, bytes, rows, nulls),
                Natural::LargeUtf8 => {
                    text::<GenericStringType<i64>>(body, offsets, bytes, rows, nulls)
                }
                Natural::Binary => {
                    text::<GenericBinaryType<i32>>(body, offsets, bytes, rows, nulls)
                }
                _ => text::<GenericBinaryType<i64>>(body, offsets, bytes, rows, nulls),
            },
            (Buffers::List { offsets, element }, Shape::List(shape), DataType::List(field)) => {
                let (offsets, span) = rebased(body, offsets, &rows, element.length)?;
                let elements = element.array(shape, field, body, span)?;
                let list = ListArray::try_new(Arc::clone(field), offsets, elements, nulls);
                Ok(Arc::new(list.map_err(arrow)?))
            }
            (Buffers::Struct(layouts), Shape::Struct(shapes), DataType::Struct(fields)) => {
                let mut columns = memory::with_capacity(layouts.len())?;
                for ((layout, (_, shape)), field) in layouts.iter().zip(shapes).zip(fields) {
                    columns.push(layout.array(shape, field, body, rows.clone())?);
                }
                let made = StructArray::try_new(fields.clone(), columns, nulls);
                Ok(Arc::new(made.map_err(arrow)?))
            }
            _ => wrong("another type"),
        }
    }
}

fn arrow(error: ArrowError) -> StreamError {
    StreamError::Arrow(super::brief(&error))
}

fn bits(body: &Buffer, place: &Range<usize>, rows: Range<usize>) -> BooleanBuffer {
    let bits = body.slice_with_length(place.start, place.len());
    BooleanBuffer::new(bits, rows.start, rows.len())
}

/// An offset, as it lies in the body.
trait Offset: OffsetSizeTrait {
    fn read(bytes: &[u8]) -> Self;
}

impl Offset for i32 {
    fn read(bytes: &[u8]) -> Self {
        i32::from_le_bytes(bytes.try_into().expect("four bytes"))
    }
}

impl Offset for i64 {
    fn read(bytes: &[u8]) -> Self {
        i64::from_le_bytes(bytes.try_into().expect("eight bytes"))
    }
}

/// From the first row's offset to the end of the last one's, which nothing has checked yet; `most`: what
/// there is of it.
fn span<O: Offset>(
    body: &[u8],
    place: &Range<usize>,
    rows: &Range<usize>,
    most: usize,
) -> Result<Range<usize>, StreamError> {
    // An empty column may leave its offsets out.
    if rows.is_empty() {
        return Ok(0..0);
    }
    let offset = |row: usize| {
        let at = place.start + row * size_of::<O>();
        O::read(&body[at..at + size_of::<O>()]).to_usize()
    };
    match (offset(rows.start), offset(rows.end)) {
        (Some(start), Some(end)) if start <= end && end <= most => Ok(start..end),
        _ => wrong("offsets that do not ascend or that lead out of it"),
    }
}

/// The offsets of some rows, which ascend.
fn offsets<O: Offset>(
    body: &Buffer,
    place: &Range<usize>,
    rows: &Range<usize>,
) -> Result<ScalarBuffer<O>, StreamError> {
    let width = size_of::<O>();
    let start = place.start + rows.start * width;
    let offsets = ScalarBuffer::<O>::from(body.slice_with_length(start, (rows.len() + 1) * width));
    match offsets.windows(2).all(|pair| pair[0] <= pair[1]) {
        true => Ok(offsets),
        false => wrong("offsets that do not ascend or that lead out of it"),
    }
}

fn text<T: ByteArrayType<Offset: Offset>>(
    body: &Buffer,
    place: &Range<usize>,
    bytes: &Range<usize>,
    rows: Range<usize>,
    nulls: Option<NullBuffer>,
) -> Result<ArrayRef, StreamError> {
    let values = body.slice_with_length(bytes.start, bytes.len());
    if rows.is_empty() {
        return Ok(Arc::new(GenericByteArray::<T>::new_null(0)));
    }
    span::<T::Offset>(body, place, &rows, bytes.len())?;
    let offsets = OffsetBuffer::new(offsets(body, place, &rows)?);
    GenericByteArray::<T>::try_new(offsets, values, nulls)
        .map(|array| Arc::new(array) as ArrayRef)
        .map_err(arrow)
}

/// The offsets of some lists, counted from the first element of the first, and which elements these are.
fn rebased(
    body: &Buffer,
    place: &Range<usize>,
    rows: &Range<usize>,
    most: usize,
) -> Result<(OffsetBuffer<i32>, Range<usize>), StreamError> {
    if rows.is_empty() {
        return Ok((OffsetBuffer::new_empty(), 0..0));
    }
    let span = span::<i32>(body, place, rows, most)?;
    let offsets = offsets::<i32>(body, place, rows)?;
    let first = offsets[0];
    if first == 0 {
        return Ok((OffsetBuffer::new(offsets), span));
    }
    let mut counted = memory::with_capacity(offsets.len())?;
    counted.extend(offsets.iter().map(|offset| offset - first));
    Ok((OffsetBuffer::new(counted.into()), span))
}

/// The array of a type of fixed width.
fn fixed(
    natural: Natural,
    data_type: &DataType,
    body: &Buffer,
    place: &Range<usize>,
    rows: Range<usize>,
    nulls: Option<NullBuffer>,
) -> Result<ArrayRef, StreamError> {
    let place = Place {
        data_type,
        body,
        start: place.start,
        rows,
        nulls,
    };
    match natural {
        Natural::Bool => {
            let whole = place.start..place.start + place.rows.end.div_ceil(8);
            let values = bits(body, &whole, place.rows);
            Ok(Arc::new(BooleanArray::new(values, place.nulls)))
        }
        Natural::Int8 => place.primitive::<Int8Type>(),
        Natural::Int16 => place.primitive::<Int16Type>(),
        Natural::Int32 => place.primitive::<Int32Type>(),
        Natural::Int64 => place.primitive::<Int64Type>(),
        Natural::UInt8 => place.primitive::<UInt8Type>(),
        Natural::UInt16 => place.primitive::<UInt16Type>(),
        Natural::UInt32 => place.primitive::<UInt32Type>(),
        Natural::UInt64 => place.primitive::<UInt64Type>(),
        Natural::Float32 => place.primitive::<Float32Type>(),
        Natural::Float64 => place.primitive::<Float64Type>(),
        Natural::Date32 => place.primitive::<Date32Type>(),
        Natural::Time64 => place.primitive::<Time64MicrosecondType>(),
        Natural::Duration => place.primitive::<DurationMicrosecondType>(),
        Natural::Interval => place.primitive::<IntervalMonthDayNanoType>(),
        Natural::Timestamp { unit, .. } => match unit {
            TimeUnit::Second => place.primitive::<TimestampSecondType>(),
            TimeUnit::Millisecond => place.primitive::<TimestampMillisecondType>(),
            TimeUnit::Microsecond => place.primitive::<TimestampMicrosecondType>(),
            TimeUnit::Nanosecond => place.primitive::<TimestampNanosecondType>(),
        },
        Natural::Decimal128 { .. } => place.wide::<Decimal128Type, 16>(i128::from_le_bytes),
        Natural::Decimal256 { .. } => place.wide::<Decimal256Type, 32>(i256::from_le_bytes),
        Natural::Utf8 | Natural::LargeUtf8 | Natural::Binary | Natural::LargeBinary => {
            wrong("another type")
        }
    }
}

/// Where values of fixed width lie.
struct Place<'a> {
    data_type: &'a DataType,
    body: &'a Buffer,
    start: usize,
    rows: Range<usize>,
    nulls: Option<NullBuffer>,
}

impl Place<'_> {
    fn bytes(&self, width: usize) -> Buffer {
        let start = self.start + self.rows.start * width;
        self.body.slice_with_length(start, self.rows.len() * width)
    }

    /// Of at most 8 bytes, to which every buffer is aligned.
    fn primitive<T: ArrowPrimitiveType>(self) -> Result<ArrayRef, StreamError> {
        let values = ScalarBuffer::from(self.bytes(T::Native::get_byte_width()));
        self.made::<T>(values)
    }

    /// Of more: copied, for a buffer need not be aligned to them.
    fn wide<T: ArrowPrimitiveType, const N: usize>(
        self,
        read: impl Fn([u8; N]) -> T::Native,
    ) -> Result<ArrayRef, StreamError> {
        let bytes = self.bytes(N);
        let mut values = memory::with_capacity(self.rows.len())?;
        let (chunks, _) = bytes.as_chunks::<N>();
        values.extend(chunks.iter().map(|chunk| read(*chunk)));
        self.made::<T>(values.into())
    }

    fn made<T: ArrowPrimitiveType>(
        self,
        values: ScalarBuffer<T::Native>,
    ) -> Result<ArrayRef, StreamError> {
        let array = PrimitiveArray::<T>::try_new(values, self.nulls).map_err(arrow)?;
        // Scale and time zone are the type's, not the values'.
        Ok(Arc::new(array.with_data_type(self.data_type.clone())))
    }
}
