//! Valid columns at random: their types, their values, and both as Arrow lays them out.

use super::random::Random;
use crate::hostile::forge::ForgedBatch;
use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef};
use arrow_schema::{DataType, Field, Fields, IntervalUnit, TimeUnit};
use launchpad_types::Natural;
use std::sync::Arc;

/// One value, as bytes of Arrow's.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    Null,
    Bit(bool),
    /// Of fixed or variable length.
    Bytes(Vec<u8>),
    List(Vec<Value>),
    Struct(Vec<Value>),
}

/// What a buffer of a batch holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    Validity,
    Values,
    /// Bytes of each
    Offsets(usize),
    /// What offsets point into.
    Content,
}

/// A type of the closed list. `depth`: lists and structs that may still be around one another.
pub fn random_type(random: &mut Random, depth: usize) -> DataType {
    let nested = depth > 0 && random.once_in(4);
    match random.below(2) {
        0 if nested => list_of(random_type(random, depth - 1)),
        1 if nested => {
            let fields: Vec<Field> = (0..=random.below(3))
                .map(|at| Field::new(format!("f{at}"), random_type(random, depth - 1), true))
                .collect();
            DataType::Struct(Fields::from(fields))
        }
        _ => random_leaf(random),
    }
}

pub fn list_of(element: DataType) -> DataType {
    DataType::List(Arc::new(Field::new("item", element, true)))
}

fn random_leaf(random: &mut Random) -> DataType {
    let unit = random.pick(&[
        TimeUnit::Second,
        TimeUnit::Millisecond,
        TimeUnit::Microsecond,
        TimeUnit::Microsecond,
        TimeUnit::Nanosecond,
    ]);
    let scale = random.pick(&[0, 2, 38, -3]);
    match random.below(27) {
        0 | 1 => DataType::Boolean,
        2 => DataType::Int8,
        3 => DataType::Int16,
        4 => DataType::Int32,
        5 | 6 => DataType::Int64,
        7 => DataType::UInt8,
        8 => DataType::UInt16,
        9 => DataType::UInt32,
        10 => DataType::UInt64,
        11 => DataType::Float32,
        12 => DataType::Float64,
        13 => DataType::Decimal128(38, scale),
        14 => DataType::Decimal256(76, scale),
        15..=18 => DataType::Utf8,
        19 => DataType::LargeUtf8,
        20 => DataType::Binary,
        21 => DataType::LargeBinary,
        22 => DataType::Date32,
        23 => DataType::Timestamp(unit, random.once_in(2).then(|| "UTC".into())),
        24 => DataType::Time64(TimeUnit::Microsecond),
        25 => DataType::Interval(IntervalUnit::MonthDayNano),
        _ => DataType::Duration(TimeUnit::Microsecond),
    }
}

/// A value of the type, NULL once in five times.
pub fn random_value(kind: &DataType, random: &mut Random) -> Value {
    if random.once_in(5) {
        return Value::Null;
    }
    match kind {
        DataType::List(element) => {
            let length = random.pick(&[0, 1, 2, 5]);
            let values = (0..length).map(|_| random_value(element.data_type(), random));
            Value::List(values.collect())
        }
        DataType::Struct(fields) => {
            let values = fields.iter().map(|f| random_value(f.data_type(), random));
            Value::Struct(values.collect())
        }
        DataType::Boolean => Value::Bit(random.once_in(2)),
        DataType::Utf8 | DataType::LargeUtf8 => {
            let length = random.pick(&[0, 0, 1, 3, 9, 125, 126, 127, 128]);
            let text: String = (0..length).map(|_| random.pick(&['a', 'Z', ' '])).collect();
            Value::Bytes(text.into_bytes())
        }
        DataType::Binary | DataType::LargeBinary => {
            let length = random.pick(&[0, 1, 8, 126, 127, 300]);
            Value::Bytes(random.bytes(length))
        }
        // What PostgreSQL has, too: days and microseconds around now, and of a day.
        DataType::Date32 => Value::Bytes((random.below(60_000) as i32).to_le_bytes().to_vec()),
        DataType::Timestamp(..) | DataType::Time64(_) | DataType::Duration(_) => {
            Value::Bytes((random.below(80_000_000_000) as i64).to_le_bytes().to_vec())
        }
        DataType::Interval(_) => {
            let parts = [random.below(100) as u32, random.below(100) as u32];
            let nanos = (random.below(1 << 40) as u64).to_le_bytes();
            let parts = parts.map(u32::to_le_bytes);
            Value::Bytes([parts[0].as_slice(), &parts[1], &nanos].concat())
        }
        DataType::Decimal128(..) | DataType::Decimal256(..) => {
            let width = width(kind);
            let mut bytes = random.bytes(8);
            let sign = if bytes[7] < 0x80 { 0 } else { 0xff };
            bytes.resize(width, sign);
            Value::Bytes(bytes)
        }
        _ => Value::Bytes(random.bytes(width(kind))),
    }
}

/// Bytes of a value of fixed length.
fn width(kind: &DataType) -> usize {
    Natural::of(kind).expect("of the closed list").bits() / 8
}

/// The batch of these columns, and what each of its buffers is.
pub fn lay_out(
    kinds: &[DataType],
    columns: &[Vec<Value>],
    random: &mut Random,
) -> (ForgedBatch, Vec<Role>) {
    let mut layout = Layout {
        batch: ForgedBatch::empty(columns.first().map_or(0, Vec::len) as i64),
        roles: Vec::new(),
        random,
    };
    for (kind, values) in kinds.iter().zip(columns) {
        layout.column(kind, &values.iter().collect::<Vec<_>>());
    }
    (layout.batch, layout.roles)
}

struct Layout<'a> {
    batch: ForgedBatch,
    roles: Vec<Role>,
    random: &'a mut Random,
}

impl Layout<'_> {
    fn buffer(&mut self, role: Role, bytes: &[u8]) {
        self.batch.add(bytes);
        self.roles.push(role);
    }

    fn column(&mut self, kind: &DataType, values: &[&Value]) {
        let nulls = values.iter().filter(|v| ***v == Value::Null).count();
        let nodes = self.batch.nodes.as_mut().expect("has nodes");
        nodes.push((values.len() as i64, nulls as i64));
        let validity = bits(values.iter().map(|value| **value != Value::Null));
        match nulls == 0 && self.random.once_in(2) {
            true => self.buffer(Role::Validity, &[]),
            false => self.buffer(Role::Validity, &validity),
        }
        let null = Value::Null;
        match kind {
            DataType::Boolean => {
                let bits = bits(values.iter().map(|value| **value == Value::Bit(true)));
                self.buffer(Role::Values, &bits);
            }
            DataType::Utf8 | DataType::Binary => self.texts(4, values),
            DataType::LargeUtf8 | DataType::LargeBinary => self.texts(8, values),
            DataType::List(element) => {
                let lists = values.iter().map(|value| match value {
                    Value::List(elements) => elements.as_slice(),
                    _ => &[],
                });
                self.offsets(4, lists.clone().map(<[Value]>::len));
                self.column(element.data_type(), &lists.flatten().collect::<Vec<_>>());
            }
            DataType::Struct(fields) => {
                for (at, field) in fields.iter().enumerate() {
                    let values = values.iter().map(|value| match value {
                        Value::Struct(values) => &values[at],
                        _ => &null,
                    });
                    self.column(field.data_type(), &values.collect::<Vec<_>>());
                }
            }
            fixed => {
                let nothing = vec![0; width(fixed)];
                let bytes = values.iter().flat_map(|value| match value {
                    Value::Bytes(bytes) => bytes.clone(),
                    _ => nothing.clone(),
                });
                self.buffer(Role::Values, &bytes.collect::<Vec<u8>>());
            }
        }
    }

    fn offsets(&mut self, width: usize, lengths: impl Iterator<Item = usize>) {
        let mut end = 0_u64;
        let mut bytes = end.to_le_bytes()[..width].to_vec();
        for length in lengths {
            end += length as u64;
            bytes.extend(&end.to_le_bytes()[..width]);
        }
        self.buffer(Role::Offsets(width), &bytes);
    }

    fn texts(&mut self, width: usize, values: &[&Value]) {
        let contents = values.iter().map(|value| match value {
            Value::Bytes(bytes) => bytes.as_slice(),
            _ => &[],
        });
        self.offsets(width, contents.clone().map(<[u8]>::len));
        let bytes: Vec<u8> = contents.flatten().copied().collect();
        self.buffer(Role::Content, &bytes);
    }
}

fn bits(values: impl Iterator<Item = bool>) -> Vec<u8> {
    let values: Vec<bool> = values.collect();
    let byte = |eight: &[bool]| {
        let bits = eight.iter().enumerate();
        bits.fold(0, |byte, (at, bit)| byte | u8::from(*bit) << at)
    };
    values.chunks(8).map(byte).collect()
}

/// A value of a decoded array.
pub fn value_of(array: &ArrayRef, row: usize) -> Value {
    if array.is_null(row) {
        return Value::Null;
    }
    let data = array.to_data();
    match array.data_type() {
        DataType::Boolean => Value::Bit(array.as_boolean().value(row)),
        DataType::Utf8 => Value::Bytes(array.as_string::<i32>().value(row).into()),
        DataType::LargeUtf8 => Value::Bytes(array.as_string::<i64>().value(row).into()),
        DataType::Binary => Value::Bytes(array.as_binary::<i32>().value(row).into()),
        DataType::LargeBinary => Value::Bytes(array.as_binary::<i64>().value(row).into()),
        DataType::List(_) => {
            let elements = array.as_list::<i32>().value(row);
            let values = (0..elements.len()).map(|at| value_of(&elements, at));
            Value::List(values.collect())
        }
        DataType::Struct(_) => {
            let columns = array.as_struct().columns().iter();
            Value::Struct(columns.map(|column| value_of(column, row)).collect())
        }
        fixed => {
            let width = width(fixed);
            let at = (data.offset() + row) * width;
            Value::Bytes(data.buffers()[0].as_slice()[at..at + width].into())
        }
    }
}
