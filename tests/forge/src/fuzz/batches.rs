//! What can be wrong with a record batch: each a number, an order or a length.

use super::content::Role;
use super::random::{Random, SPECIAL};
use crate::hostile::forge::{ForgedBatch, Wrap};
use arrow_ipc::{CompressionType, MessageHeader, MetadataVersion};

pub struct Target<'a> {
    pub batch: &'a mut ForgedBatch,
    pub roles: &'a [Role],
    pub random: &'a mut Random,
}

/// None: there is nothing to change here.
pub type Change = fn(&mut Target<'_>) -> Option<()>;

pub const CHANGES: &[(&str, Change)] = &[
    ("a buffer is another", |t| {
        let other = *t.buffer()?;
        *t.buffer()? = other;
        Some(())
    }),
    ("all contents are one", |t| {
        let longest = t.buffers()?.iter().copied().max_by_key(|b| b.1)?;
        t.each(|role| role == Role::Content, |buffer| *buffer = longest)
    }),
    ("all buffers are one", |t| {
        let longest = t.buffers()?.iter().copied().max_by_key(|b| b.1)?;
        t.each(|_| true, |buffer| *buffer = longest)
    }),
    ("every buffer is the whole body", |t| {
        let whole = (0, t.batch.body.len() as i64);
        t.each(|_| true, |buffer| *buffer = whole)
    }),
    ("a buffer begins within the one before", |t| {
        let by = t.random.pick(&[8, 16, 64]);
        let buffer = t.buffer()?;
        *buffer = (buffer.0.wrapping_sub(by), buffer.1.wrapping_add(by));
        Some(())
    }),
    ("a buffer ends within the next", |t| {
        let by = t.random.pick(&[1, 8, 9, 64]);
        let buffer = t.buffer()?;
        buffer.1 = buffer.1.wrapping_add(by);
        Some(())
    }),
    ("a buffer lies in another", |t| {
        let outer = *t.buffer()?;
        let by = t.random.below(outer.1.max(0) as usize) as i64 / 8 * 8;
        *t.buffer()? = (outer.0.wrapping_add(by), outer.1.wrapping_sub(by));
        Some(())
    }),
    ("an empty buffer elsewhere", |t| {
        let end = t.batch.body.len() as i64;
        let at = t
            .random
            .pick(&[0, 8, end - 8, end, end + 8, 1 << 32, i64::MAX]);
        *t.buffer()? = (at, 0);
        Some(())
    }),
    ("buffers in another order", |t| {
        let count = t.buffers()?.len();
        let (one, other) = (t.random.below(count), t.random.below(count));
        t.buffers()?.swap(one, other);
        Some(())
    }),
    ("buffers lie the other way round", |t| {
        // The same content at other places.
        let buffers = t.buffers()?.clone();
        let mut body = Vec::new();
        let mut moved = Vec::new();
        for (offset, length) in buffers.iter().rev() {
            let from = usize::try_from(*offset).ok()?;
            let to = from.checked_add(usize::try_from(*length).ok()?)?;
            moved.push((body.len() as i64, *length));
            // Buffers that are all the same would become a body of many gigabytes.
            (body.len() + (to - from) < 64 << 20).then_some(())?;
            body.extend(t.batch.body.get(from..to)?);
            body.resize(body.len().next_multiple_of(8), 0);
        }
        moved.reverse();
        t.batch.body = body;
        *t.buffers()? = moved;
        Some(())
    }),
    ("gaps between buffers", |t| {
        let gap = t.random.pick(&[8, 64, 4096]);
        let count = t.buffers()?.len();
        let at = t.random.below(count);
        let from = t.buffers()?.get(at)?.0;
        let place = usize::try_from(from)
            .ok()
            .filter(|place| *place <= t.batch.body.len())?;
        t.batch.body.splice(place..place, vec![0xaa; gap]);
        t.each(
            |_| true,
            |buffer| {
                if buffer.0 >= from {
                    buffer.0 = buffer.0.wrapping_add(gap as i64);
                }
            },
        )
    }),
    ("a buffer moves", |t| {
        let by = t.random.pick(&[1, 7, 8, -1, -8, 64]);
        let buffer = t.buffer()?;
        buffer.0 = buffer.0.wrapping_add(by);
        Some(())
    }),
    ("a length a little off", |t| {
        let by = t.random.pick(&[1, -1, 4, -4, -8]);
        let buffer = t.buffer()?;
        buffer.1 = buffer.1.wrapping_add(by);
        Some(())
    }),
    ("a special length", |t| {
        let special = t.random.pick(&SPECIAL);
        t.buffer()?.1 = special;
        Some(())
    }),
    ("a special offset", |t| {
        let special = t.random.pick(&SPECIAL);
        t.buffer()?.0 = special;
        Some(())
    }),
    ("a body cut", |t| {
        let keep = t.random.below(t.batch.body.len());
        t.batch.body.truncate(keep);
        Some(())
    }),
    ("no body", |t| {
        t.batch.body.clear();
        Some(())
    }),
    ("a body longer", |t| {
        let more = t.random.pick(&[1, 8, 4096]);
        let length = t.batch.body.len() + more;
        t.batch.body.resize(length, 0xff);
        Some(())
    }),
    ("a body claimed", |t| {
        let near = t.batch.body.len() as i64 + t.random.pick(&[-8, -1, 1, 8]);
        let special = t.random.pick(&SPECIAL);
        t.batch.body_length = Some(t.random.pick(&[near, special]));
        Some(())
    }),
    ("a special length of a column", |t| {
        let special = t.random.pick(&SPECIAL);
        t.node()?.0 = special;
        Some(())
    }),
    ("a column a little longer or shorter", |t| {
        let by = t.random.pick(&[1, -1, 8]);
        let node = t.node()?;
        node.0 = node.0.wrapping_add(by);
        Some(())
    }),
    ("a special number of nulls", |t| {
        let special = t.random.pick(&SPECIAL);
        t.node()?.1 = special;
        Some(())
    }),
    ("nulls that are not counted", |t| {
        let length = t.node()?.0.max(0) as usize;
        let nulls = t.random.below(length + 1) as i64;
        t.node()?.1 = nulls;
        Some(())
    }),
    ("a node more or less", |t| {
        let remove = t.random.once_in(2);
        let node = *t.node()?;
        let nodes = t.batch.nodes.as_mut()?;
        match remove {
            true => nodes.pop().map(|_| ()),
            false => {
                nodes.push(node);
                Some(())
            }
        }
    }),
    ("a buffer more or less", |t| {
        let remove = t.random.once_in(2);
        let buffer = *t.buffer()?;
        match remove {
            true => t.buffers()?.pop().map(|_| ()),
            false => {
                t.buffers()?.push(buffer);
                Some(())
            }
        }
    }),
    ("a special number of rows", |t| {
        t.batch.length = t.random.pick(&SPECIAL);
        Some(())
    }),
    ("a special number of rows in all columns", |t| {
        let rows = t.random.pick(&SPECIAL);
        t.batch.length = rows;
        for node in t.batch.nodes.as_mut()? {
            *node = (rows, 0);
        }
        Some(())
    }),
    ("a special offset of a value", |t| {
        let special = t.random.pick(&SPECIAL);
        t.write_offset(special)
    }),
    ("an offset near another's", |t| {
        let near = t.random.below(20) as i64;
        t.write_offset(near)
    }),
    ("all values are one's", |t| {
        // All before it are empty, it has everything, as have those after it nothing.
        let (at, width, count) = t.offsets()?;
        let last = t
            .batch
            .body
            .get(at + (count - 1) * width..at + count * width)?
            .to_vec();
        let mine = t.random.below(count);
        for offset in 0..count {
            let bytes = if offset < mine {
                vec![0; width]
            } else {
                last.clone()
            };
            t.batch.body[at + offset * width..][..width].copy_from_slice(&bytes);
        }
        Some(())
    }),
    ("every other value is everything", |t| {
        let (at, width, count) = t.offsets()?;
        let last = t
            .batch
            .body
            .get(at + (count - 1) * width..at + count * width)?
            .to_vec();
        for offset in 0..count {
            let bytes = if offset % 2 == 0 {
                vec![0; width]
            } else {
                last.clone()
            };
            t.batch.body[at + offset * width..][..width].copy_from_slice(&bytes);
        }
        Some(())
    }),
    ("other validity", |t| {
        let at = t.role(|role| role == Role::Validity)?;
        let byte = t.random.pick(&[0, 0xff, 0x55]);
        let (from, length) = t.place(at)?;
        t.batch.body.get_mut(from..from + length)?.fill(byte);
        Some(())
    }),
    ("validity of another length", |t| {
        let at = t.role(|role| role == Role::Validity)?;
        let length = t.random.pick(&[0, 1, 2, 64]);
        t.buffers()?.get_mut(at)?.1 = length;
        Some(())
    }),
    ("special values", |t| {
        let at = t.role(|role| role == Role::Values)?;
        let (from, length) = t.place(at)?;
        let width = t.random.pick(&[1, 2, 4, 8]);
        let special = t.random.pick(&SPECIAL).to_le_bytes();
        let value = from + t.random.below(length / width) * width;
        let bytes = t.batch.body.get_mut(value..value + width)?;
        bytes.copy_from_slice(&special[..width]);
        Some(())
    }),
    ("special bytes of a text", |t| {
        let at = t.role(|role| role == Role::Content)?;
        let (from, length) = t.place(at)?;
        let byte = t.random.pick(&[0, 0x80, 0xc3, 0xff, 0xed]);
        *t.batch.body.get_mut(from + t.random.below(length))? = byte;
        Some(())
    }),
    ("compressed", |t| {
        let codec = t.random.pick(&[0, 1, 9]);
        t.batch.compression = Some(CompressionType(codec));
        Some(())
    }),
    ("another version", |t| {
        let version = t.random.pick(&[0, 1, 2, 3, 5, -1]);
        t.batch.version = MetadataVersion(version);
        Some(())
    }),
    ("another kind of message", |t| {
        let kind = t.random.pick(&[0, 1, 2, 4, 5, 77]);
        t.batch.header = MessageHeader(kind);
        Some(())
    }),
    ("a dictionary", |t| {
        t.batch.wrap = Wrap::Dictionary;
        t.batch.header = MessageHeader::DictionaryBatch;
        Some(())
    }),
    ("a delta of a dictionary", |t| {
        t.batch.wrap = Wrap::Delta;
        t.batch.header = MessageHeader::DictionaryBatch;
        Some(())
    }),
    ("variadic buffers", |t| {
        let count = t.random.pick(&SPECIAL);
        t.batch.variadic = Some(vec![count]);
        Some(())
    }),
    ("parts left out", |t| {
        match t.random.once_in(2) {
            true => t.batch.nodes = None,
            false => t.batch.buffers = None,
        }
        Some(())
    }),
];

impl Target<'_> {
    fn buffers(&mut self) -> Option<&mut Vec<(i64, i64)>> {
        self.batch.buffers.as_mut()
    }

    /// Any.
    fn buffer(&mut self) -> Option<&mut (i64, i64)> {
        let buffers = self.batch.buffers.as_mut()?;
        let at = self.random.below(buffers.len());
        buffers.get_mut(at)
    }

    fn node(&mut self) -> Option<&mut (i64, i64)> {
        let nodes = self.batch.nodes.as_mut()?;
        let at = self.random.below(nodes.len());
        nodes.get_mut(at)
    }

    /// One of the buffers that hold that.
    fn role(&mut self, is_so: impl Fn(Role) -> bool) -> Option<usize> {
        let roles = self.roles.iter().enumerate();
        let found: Vec<usize> = roles.filter(|r| is_so(*r.1)).map(|r| r.0).collect();
        found.get(self.random.below(found.len())).copied()
    }

    fn each(
        &mut self,
        is_so: impl Fn(Role) -> bool,
        mut to: impl FnMut(&mut (i64, i64)),
    ) -> Option<()> {
        let roles = self.roles.iter();
        let buffers = self.batch.buffers.as_mut()?.iter_mut().zip(roles);
        let mut any = None;
        for (buffer, _) in buffers.filter(|(_, role)| is_so(**role)) {
            to(buffer);
            any = Some(());
        }
        any
    }

    /// Where a buffer lies in the body, if it has bytes there.
    fn place(&mut self, at: usize) -> Option<(usize, usize)> {
        let (offset, length) = *self.buffers()?.get(at)?;
        let (offset, length) = (usize::try_from(offset).ok()?, usize::try_from(length).ok()?);
        let end = offset.checked_add(length)?;
        (length > 0 && end <= self.batch.body.len()).then_some((offset, length))
    }

    /// Some offsets of values: where, how wide, how many.
    fn offsets(&mut self) -> Option<(usize, usize, usize)> {
        let at = self.role(|role| matches!(role, Role::Offsets(_)))?;
        let Some(Role::Offsets(width)) = self.roles.get(at).copied() else {
            return None;
        };
        let (from, length) = self.place(at)?;
        (length >= width).then_some((from, width, length / width))
    }

    fn write_offset(&mut self, number: i64) -> Option<()> {
        let (from, width, count) = self.offsets()?;
        let at = from + self.random.below(count) * width;
        self.batch.body[at..at + width].copy_from_slice(&number.to_le_bytes()[..width]);
        Some(())
    }
}
