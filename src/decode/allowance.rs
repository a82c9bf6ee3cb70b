//! What one row may cost the backend while it is made: the arrays, copies and casts' leavings of a value
//! can be many times what came.

use crate::pg::casts::OutOfRange;
use crate::pg::memory::RowMemory;

/// A row may take so much more than is left of the result's budget: PostgreSQL allocates in blocks of up
/// to 8 MiB.
const SLACK: u64 = 16 << 20;

/// For one row.
pub struct Allowance<'a> {
    memory: &'a RowMemory,
    left: u64,
}

impl<'a> Allowance<'a> {
    /// `memory`: where everything of the row is; `left`: bytes that the result may still have.
    pub fn new(memory: &'a RowMemory, left: u64) -> Self {
        Allowance {
            memory,
            left: left.saturating_add(SLACK),
        }
    }

    /// Whether the row may have what it has by now, and `more` bytes.
    pub fn check(&self, more: usize) -> Result<(), OutOfRange> {
        match self.memory.allocated().saturating_add(more as u64) <= self.left {
            true => Ok(()),
            false => Err(OutOfRange::BeyondBudget),
        }
    }
}
