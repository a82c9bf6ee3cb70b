//! Booleans where numbers are declared, and numbers where booleans are. Pure.

use super::{Cell, Kind, Natural};
use arrow_buffer::i256;

/// What a column's values are taken as, before the declared type has its say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    AsItIs,
    /// Booleans as the numbers 0 and 1.
    Number,
    /// The numbers 0 and 1 as booleans.
    Truth,
}

impl Taken {
    /// How what comes is taken for the declared type, and what it is then. `to`: the declared type's, of a
    /// domain that of its base.
    pub fn choose(from: Natural, to: Kind) -> (Self, Natural) {
        match (is_number(from.kind()), to) {
            (true, Kind::Bool) => (Taken::Truth, Natural::Bool),
            (false, to) if from == Natural::Bool && is_number(to) => {
                (Taken::Number, Natural::Int16)
            }
            _ => (Taken::AsItIs, from),
        }
    }

    /// None for a number that is no boolean.
    #[inline]
    pub fn take(self, cell: Cell<'_>) -> Option<Cell<'_>> {
        match (self, cell) {
            (Taken::AsItIs, cell) => Some(cell),
            (Taken::Number, Cell::Bool(value)) => Some(Cell::Int2(value.into())),
            (Taken::Number, cell) => Some(cell),
            (Taken::Truth, cell) => truth(cell).map(Cell::Bool),
        }
    }
}

fn is_number(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::Int2 | Kind::Int4 | Kind::Int8 | Kind::Float4 | Kind::Float8 | Kind::Numeric
    )
}

fn truth(cell: Cell<'_>) -> Option<bool> {
    fn either<T: PartialEq>(value: T, zero: T, one: Option<T>) -> Option<bool> {
        match value == zero {
            true => Some(false),
            false => (Some(value) == one).then_some(true),
        }
    }
    match cell {
        Cell::Bool(value) => Some(value),
        Cell::Int2(value) => either(value, 0, Some(1)),
        Cell::Int4(value) => either(value, 0, Some(1)),
        Cell::Int8(value) => either(value, 0, Some(1)),
        Cell::UInt8(value) => either(value, 0, Some(1)),
        Cell::Float4(value) => either(value, 0.0, Some(1.0)),
        Cell::Float8(value) => either(value, 0.0, Some(1.0)),
        Cell::Decimal128(value, scale) => {
            let one = u32::try_from(scale).ok();
            either(*value, 0, one.and_then(|scale| 10_i128.checked_pow(scale)))
        }
        Cell::Decimal256(value, scale) => {
            let one = u32::try_from(scale).ok();
            let ten = i256::from_i128(10);
            let one = one.and_then(|scale| ten.checked_pow(scale));
            either(*value, i256::ZERO, one)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zero_and_one_are_booleans_and_nothing_else_is() {
        let take = |cell| Taken::Truth.take(cell);
        for (zero, one, other) in [
            (Cell::Int2(0), Cell::Int2(1), Cell::Int2(-1)),
            (Cell::Int8(0), Cell::Int8(1), Cell::Int8(1 << 32)),
            (Cell::UInt8(0), Cell::UInt8(1), Cell::UInt8(u64::MAX)),
            (Cell::Float4(0.0), Cell::Float4(1.0), Cell::Float4(0.5)),
            (
                Cell::Float8(-0.0),
                Cell::Float8(1.0),
                Cell::Float8(f64::INFINITY),
            ),
            (
                Cell::Decimal128(&0, 2),
                Cell::Decimal128(&100, 2),
                Cell::Decimal128(&1, 2),
            ),
            (
                Cell::Decimal256(&i256::ZERO, 0),
                Cell::Decimal256(&i256::ONE, 0),
                Cell::Decimal256(&i256::ONE, -1),
            ),
        ] {
            assert_eq!(take(zero), Some(Cell::Bool(false)));
            assert_eq!(take(one), Some(Cell::Bool(true)));
            assert_eq!(take(other), None, "{other:?}");
        }
    }

    #[test]
    fn a_boolean_is_a_number_where_one_is_declared() {
        for to in [Kind::Int2, Kind::Int8, Kind::Float4, Kind::Numeric] {
            let taken = Taken::choose(Natural::Bool, to);
            assert_eq!(taken, (Taken::Number, Natural::Int16));
        }
        assert_eq!(Taken::Number.take(Cell::Bool(true)), Some(Cell::Int2(1)));
        for (from, to) in [
            (Natural::Bool, Kind::Bool),
            (Natural::Bool, Kind::Text),
            (Natural::Int32, Kind::Int8),
            (Natural::Utf8, Kind::Bool),
        ] {
            assert_eq!(Taken::choose(from, to), (Taken::AsItIs, from));
        }
    }
}
