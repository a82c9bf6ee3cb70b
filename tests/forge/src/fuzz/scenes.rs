//! Streams that cost more than they weigh. Some are valid; what matters is what they cost.

use super::case::{Case, Piece};
use super::content::{Role, list_of};
use super::random::Random;
use crate::hostile::forge::ForgedBatch;
use arrow_schema::{DataType, Field, Fields};

pub type Scene = fn(&mut Random) -> Case;

pub const SCENES: &[(&str, Scene)] = &[
    ("texts that are one text", |random| {
        let columns = random.pick(&[2, 64, 1600]);
        let length = random.pick(&[1 << 10, 1 << 16, 1 << 20, 20 << 20]);
        aliased_texts(columns, length)
    }),
    ("texts that share all but a byte", |random| {
        let columns = random.pick(&[2, 64, 1600]);
        let mut case = aliased_texts(columns, random.pick(&[1 << 16, 1 << 20]));
        batch(&mut case, |batch| {
            let contents = batch.buffers.iter_mut().flatten().skip(2).step_by(3);
            // Ascending and aligned, but one inside the other.
            for (at, buffer) in contents.enumerate() {
                buffer.0 += 8 * at as i64;
            }
            batch.body.resize(batch.body.len() + 8 * columns, b'x');
        });
        case
    }),
    ("many flags", |random| {
        let rows = random.pick(&[1 << 10, 1 << 17, 1 << 20]);
        let columns = random.pick(&[1, 2, 7]);
        flags(columns, rows, false)
    }),
    ("flags that are one column", |random| {
        flags(1600, random.pick(&[1 << 10, 1 << 17]), true)
    }),
    ("many empty texts", |random| {
        let columns = random.pick(&[1, 3]);
        empty_texts(columns, random.pick(&[1 << 10, 1 << 16]), false)
    }),
    ("empty texts that share their offsets", |random| {
        empty_texts(1600, random.pick(&[1 << 10, 1 << 16]), true)
    }),
    ("a long list of flags", |random| {
        let count = random.pick(&[1 << 10, 1 << 16, 8_000_000, 60_000_000]);
        long_list(DataType::Boolean, count, random.pick(&[1, 3, 1000]))
    }),
    ("a long list of empty lists", |random| {
        let count = random.pick(&[1 << 10, 1 << 16]);
        let mut case = Case::begin(vec![list_of(list_of(DataType::Int8))]);
        let mut batch = ForgedBatch::empty(1);
        batch.nodes = Some(vec![(1, 0), (count, 0), (0, 0)]);
        add(&mut batch, &[&[], &offsets([0, count as i32]), &[]]);
        add(&mut batch, &[&vec![0; (count as usize + 1) * 4], &[], &[]]);
        finish(
            &mut case,
            batch,
            &[VALIDITY, OFFSETS, VALIDITY, OFFSETS, VALIDITY, Role::Values],
        );
        case
    }),
    ("a long list of rows", |random| {
        // Of NULLs alone: nothing but validity has bytes that say anything.
        let count = random.pick(&[1 << 10, 1 << 15]);
        let columns = random.pick(&[1, 8, 100]);
        let fields: Vec<Field> = (0..columns)
            .map(|at| Field::new(format!("f{at}"), DataType::Boolean, true))
            .collect();
        let mut case = Case::begin(vec![list_of(DataType::Struct(Fields::from(fields)))]);
        let mut batch = ForgedBatch::empty(1);
        let mut nodes = vec![(1, 0), (count, 0)];
        nodes.resize(2 + columns, (count, count));
        batch.nodes = Some(nodes);
        add(&mut batch, &[&[], &offsets([0, count as i32]), &[]]);
        let mut roles = vec![VALIDITY, OFFSETS, VALIDITY];
        for _ in 0..columns {
            let nothing = vec![0; count as usize / 8];
            add(&mut batch, &[&nothing, &nothing]);
            roles.extend([VALIDITY, Role::Values]);
        }
        finish(&mut case, batch, &roles);
        case
    }),
    ("lists in lists", |random| {
        let depth = random.pick(&[2, 12, 20, 30]);
        let kind = (0..depth).fold(DataType::Int64, |inner, _| list_of(inner));
        let mut case = Case::begin(vec![kind]);
        let mut batch = ForgedBatch::empty(1);
        let mut roles = Vec::new();
        // Each doubles what is in it: by offsets that are valid, a body cannot be.
        let double = random.once_in(2);
        for level in 0..depth {
            let length = 1_i64 << if double { level.min(12) } else { 0 };
            let elements = 1_i64 << if double { (level + 1).min(12) } else { 0 };
            let mut bytes = Vec::new();
            for at in 0..=length {
                bytes.extend(((at * elements / length) as i32).to_le_bytes());
            }
            batch.nodes.as_mut().expect("has nodes").push((length, 0));
            add(&mut batch, &[&[], &bytes]);
            roles.extend([VALIDITY, OFFSETS]);
        }
        let leaves = 1_i64 << if double { depth.min(12) } else { 0 };
        batch.nodes.as_mut().expect("has nodes").push((leaves, 0));
        add(&mut batch, &[&[], &vec![7; leaves as usize * 8]]);
        roles.extend([VALIDITY, Role::Values]);
        finish(&mut case, batch, &roles);
        case
    }),
    ("one large text", |random| {
        let length = random.pick(&[1 << 16, 1 << 20, 9 << 20]);
        let claim = length as i64 + random.pick(&[0, 0, 0, 1, -1]);
        let mut case = Case::begin(vec![DataType::Utf8]);
        let mut batch = ForgedBatch::empty(1);
        batch.nodes = Some(vec![(1, 0)]);
        add(
            &mut batch,
            &[&[], &offsets([0, claim as i32]), &vec![b'x'; length]],
        );
        finish(&mut case, batch, &[VALIDITY, OFFSETS, Role::Content]);
        case
    }),
    ("a text that claims", |random| {
        let claim = random.pick(&[1 << 20, (1 << 30) - 9, 1 << 30, i32::MAX - 8, i32::MAX]);
        let mut case = Case::begin(vec![DataType::Utf8]);
        let mut batch = ForgedBatch::empty(1);
        batch.nodes = Some(vec![(1, 0)]);
        add(&mut batch, &[&[], &offsets([0, claim]), &[b'x'; 64]]);
        finish(&mut case, batch, &[VALIDITY, OFFSETS, Role::Content]);
        case
    }),
    ("a large text that claims", |random| {
        let claim: i64 = random.pick(&[(1 << 30) - 9, 1 << 30, 1 << 31, 1 << 32, i64::MAX - 8]);
        let mut case = Case::begin(vec![DataType::LargeUtf8, DataType::LargeBinary]);
        let mut batch = ForgedBatch::empty(1);
        batch.nodes = Some(vec![(1, 0); 2]);
        for _ in 0..2 {
            let offsets = [0, claim].map(i64::to_le_bytes).concat();
            add(&mut batch, &[&[], &offsets, &[b'x'; 64]]);
        }
        let roles = [VALIDITY, Role::Offsets(8), Role::Content];
        finish(&mut case, batch, &roles.repeat(2));
        case
    }),
];

const VALIDITY: Role = Role::Validity;
const OFFSETS: Role = Role::Offsets(4);

fn add(batch: &mut ForgedBatch, buffers: &[&[u8]]) {
    buffers.iter().for_each(|bytes| batch.add(bytes));
}

fn offsets(offsets: [i32; 2]) -> Vec<u8> {
    offsets.map(i32::to_le_bytes).concat()
}

fn finish(case: &mut Case, batch: ForgedBatch, roles: &[Role]) {
    // What is valid is to be read to its end.
    case.budget = case.budget.max(batch.body.len() as u64 * 2);
    case.pieces
        .push(Piece::Batch(Box::new(batch), roles.to_vec()));
    case.pieces.push(Piece::End);
}

fn batch(case: &mut Case, change: impl FnOnce(&mut ForgedBatch)) {
    let batches = case.pieces.iter_mut().find_map(|piece| match piece {
        Piece::Batch(batch, _) => Some(batch),
        _ => None,
    });
    change(batches.expect("has a batch"));
}

/// One row of texts that are all the same bytes of the body.
pub fn aliased_texts(columns: usize, length: usize) -> Case {
    let mut case = Case::begin(vec![DataType::Utf8; columns]);
    let mut batch = ForgedBatch::empty(1);
    batch.nodes = Some(vec![(1, 0); columns]);
    add(
        &mut batch,
        &[&[], &offsets([0, length as i32]), &vec![b'x'; length]],
    );
    let one = batch.buffers.clone().expect("has buffers");
    batch.buffers = Some(one.repeat(columns));
    finish(
        &mut case,
        batch,
        &[VALIDITY, OFFSETS, Role::Content].repeat(columns),
    );
    case
}

/// Columns of booleans. `shared`: all of them are the same bits.
pub fn flags(columns: usize, rows: usize, shared: bool) -> Case {
    let mut case = Case::begin(vec![DataType::Boolean; columns]);
    let mut batch = ForgedBatch::empty(rows as i64);
    batch.nodes = Some(vec![(rows as i64, 0); columns]);
    let bits = vec![0x55; rows.div_ceil(8)];
    for _ in 0..if shared { 1 } else { columns } {
        add(&mut batch, &[&[], &bits]);
    }
    if shared {
        let one = batch.buffers.clone().expect("has buffers");
        batch.buffers = Some(one.repeat(columns));
    }
    finish(&mut case, batch, &[VALIDITY, Role::Values].repeat(columns));
    case
}

fn empty_texts(columns: usize, rows: usize, shared: bool) -> Case {
    let mut case = Case::begin(vec![DataType::Utf8; columns]);
    let mut batch = ForgedBatch::empty(rows as i64);
    batch.nodes = Some(vec![(rows as i64, 0); columns]);
    let nothing = vec![0; (rows + 1) * 4];
    for _ in 0..if shared { 1 } else { columns } {
        add(&mut batch, &[&[], &nothing, &[]]);
    }
    if shared {
        let one = batch.buffers.clone().expect("has buffers");
        batch.buffers = Some(one.repeat(columns));
    }
    finish(
        &mut case,
        batch,
        &[VALIDITY, OFFSETS, Role::Content].repeat(columns),
    );
    case
}

/// Rows of lists, the first of which has all elements.
pub fn long_list(kind: DataType, count: usize, rows: usize) -> Case {
    let mut case = Case::begin(vec![list_of(kind)]);
    let mut batch = ForgedBatch::empty(rows as i64);
    batch.nodes = Some(vec![(rows as i64, 0), (count as i64, 0)]);
    let mut offsets = vec![0; 4];
    offsets.extend((count as i32).to_le_bytes().repeat(rows));
    add(
        &mut batch,
        &[&[], &offsets, &[], &vec![0x55; count.div_ceil(8)]],
    );
    finish(
        &mut case,
        batch,
        &[VALIDITY, OFFSETS, VALIDITY, Role::Values],
    );
    case
}
