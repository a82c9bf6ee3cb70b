//! What a feed has sent, kept in a temporary file to be sent again: for scripts that read their input
//! more than once.

use super::Outlet;
use crate::error::CallError;
use crate::pg::server::check_interrupts;
use crate::pg::spill::Spill;

/// A mark before what follows; a piece's end is a length that no message has.
const PIECE_ENDS: u64 = u64::MAX;

/// Hands on what it gets, and keeps what one destination gets.
pub struct Keeping<'a, O: Outlet> {
    outlet: &'a mut O,
    of: O::Key,
    kept: Kept,
}

/// Messages for one satellite, and where their pieces end.
pub struct Kept {
    spill: Spill,
}

impl<'a, O: Outlet> Keeping<'a, O> {
    pub fn new(outlet: &'a mut O, of: O::Key) -> Self {
        let kept = Kept {
            spill: Spill::new(),
        };
        Keeping { outlet, of, kept }
    }

    /// All has been sent.
    pub fn into_kept(self) -> Kept {
        self.kept
    }
}

impl<O: Outlet> Outlet for Keeping<'_, O>
where
    O::Key: PartialEq,
{
    type Key = O::Key;

    fn send(&mut self, to: O::Key, slices: &[&[u8]]) -> Result<bool, CallError> {
        if to == self.of {
            let length: usize = slices.iter().map(|slice| slice.len()).sum();
            self.kept.spill.write(&(length as u64).to_le_bytes());
            for slice in slices {
                self.kept.spill.write(slice);
            }
        }
        self.outlet.send(to, slices)
    }

    fn has_sent(&mut self, rows: usize, bytes: usize) {
        self.outlet.has_sent(rows, bytes);
    }

    fn piece_ends(&mut self, to: O::Key) -> Result<(), CallError> {
        if to == self.of {
            self.kept.spill.write(&PIECE_ENDS.to_le_bytes());
        }
        self.outlet.piece_ends(to)
    }
}

impl Kept {
    /// Sends all of it, again to one. False: nobody reads it any more.
    pub fn replay<O: Outlet>(&mut self, to: O::Key, outlet: &mut O) -> Result<bool, CallError> {
        self.spill.rewind();
        let mut left = self.spill.len();
        while left > 0 {
            check_interrupts();
            let mut length = [0; 8];
            length.copy_from_slice(&self.spill.read(8)?);
            left -= 8;
            match u64::from_le_bytes(length) {
                PIECE_ENDS => outlet.piece_ends(to)?,
                length => {
                    let bytes = self
                        .spill
                        .read(usize::try_from(length).unwrap_or(usize::MAX))?;
                    left -= length;
                    if !outlet.send(to, &[&bytes])? {
                        return Ok(false);
                    }
                }
            }
        }
        Ok(true)
    }
}
