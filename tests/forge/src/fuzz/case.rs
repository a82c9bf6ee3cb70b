//! A stream as data, message by message, so that each number in it can be changed.

use super::content::{Role, Value, lay_out, random_type, random_value};
use super::random::Random;
use crate::hostile::BUDGET;
use crate::hostile::forge::{END, ForgedBatch, schema_of};
use crate::hostile::schemas::ForgedSchema;
use arrow_schema::{DataType, Field};

/// One message.
pub enum Piece {
    Schema(Vec<Field>),
    Forged(ForgedSchema),
    /// And what its buffers hold.
    Batch(Box<ForgedBatch>, Vec<Role>),
    Bytes(Vec<u8>),
    End,
}

pub struct Case {
    /// What the call declares, as Arrow has it.
    pub declared: Vec<DataType>,
    /// Bytes that are taken.
    pub budget: u64,
    pub pieces: Vec<Piece>,
    /// The columns of all batches together, as long as nothing has been changed.
    pub values: Vec<Vec<Value>>,
}

impl Case {
    /// A valid one.
    pub fn random(random: &mut Random) -> Self {
        let columns = match random.below(8) {
            0 => 20 + random.below(20),
            _ => 1 + random.below(5),
        };
        // Of leaves alone as often, which are formed into tuples directly.
        let depth = random.pick(&[0, 0, 1, 2, 3]);
        let declared = (0..columns).map(|_| random_type(random, depth)).collect();
        Case::of(declared, random)
    }

    /// A valid one of these columns.
    pub fn of(declared: Vec<DataType>, random: &mut Random) -> Self {
        let mut case = Case::begin(declared);
        for _ in 0..random.pick(&[0, 1, 1, 1, 2, 3]) {
            let rows = random.pick(&[0, 1, 3, 8, 9, 30]);
            let kinds = case.declared.iter();
            let columns: Vec<Vec<Value>> = kinds
                .map(|kind| (0..rows).map(|_| random_value(kind, random)).collect())
                .collect();
            let (batch, roles) = lay_out(&case.declared, &columns, random);
            case.pieces.push(Piece::Batch(Box::new(batch), roles));
            case.values.resize(columns.len(), Vec::new());
            for (all, more) in case.values.iter_mut().zip(columns) {
                all.extend(more);
            }
        }
        case.pieces.push(Piece::End);
        case
    }

    /// Nothing but a schema.
    pub fn begin(declared: Vec<DataType>) -> Self {
        let fields = declared.iter().enumerate();
        let fields = fields.map(|(at, kind)| Field::new(format!("c{at}"), kind.clone(), true));
        Case {
            pieces: vec![Piece::Schema(fields.collect())],
            declared,
            budget: BUDGET,
            values: Vec::new(),
        }
    }

    /// As a satellite would send it.
    pub fn bytes(&self) -> Vec<u8> {
        let messages = self.pieces.iter().map(|piece| match piece {
            Piece::Schema(fields) => schema_of(fields.clone()),
            Piece::Forged(schema) => schema.message(),
            Piece::Batch(batch, _) => batch.message(),
            Piece::Bytes(bytes) => bytes.clone(),
            Piece::End => END.to_vec(),
        });
        messages.collect::<Vec<_>>().concat()
    }
}
