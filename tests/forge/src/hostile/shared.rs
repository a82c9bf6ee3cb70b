//! Batches whose buffers share bytes of the body, or lie in it in another order: each is within its
//! bounds, but all that is made of them together would not be.

use super::Expected::*;
use super::List;
use super::forge::{ForgedBatch, at, batch, stream};

pub fn shared() -> List {
    let buffer = |index: usize, value: (i64, i64)| batch(|batch| *batch.buffer(index) = value);
    let every =
        |value: (i64, i64)| batch(|batch| batch.buffers.as_mut().expect("has buffers").fill(value));
    vec![
        (
            "a text that is the integers",
            Batch,
            buffer(at::TEXT, (8, 24)),
        ),
        (
            "flags that are their validity",
            Batch,
            buffer(at::FLAGS, (64, 1)),
        ),
        (
            "validity that is another column's",
            Batch,
            buffer(at::FLAGS - 1, (0, 1)),
        ),
        (
            "integers that end in the next buffer",
            Batch,
            buffer(at::INTS, (8, 25)),
        ),
        (
            "a validity that has the integers in it",
            Batch,
            buffer(at::INT_VALIDITY, (0, 32)),
        ),
        (
            "offsets that begin with the integers' end",
            Batch,
            buffer(at::TEXT_OFFSETS, (24, 32)),
        ),
        (
            "an empty text before its offsets",
            Batch,
            batch(|batch| {
                batch.offsets([0; 4]);
                *batch.buffer(at::TEXT) = (0, 0);
            }),
        ),
        ("seven times the whole body", Batch, {
            let length = ForgedBatch::good().body.len() as i64;
            every((0, length))
        }),
        ("buffers that lie the other way round", Batch, {
            stream(&backwards().message())
        }),
    ]
}

/// A good batch whose buffers lie in its body the other way round.
fn backwards() -> ForgedBatch {
    let good = ForgedBatch::good();
    let mut batch = ForgedBatch::empty(good.length);
    batch.nodes = good.nodes;
    for (offset, length) in good.buffers.iter().flatten().rev() {
        batch.add(&good.body[*offset as usize..][..*length as usize]);
    }
    batch.buffers.as_mut().expect("has buffers").reverse();
    batch
}
