//! Whether bytes can be a composite's value with these columns: each lies within them.
//!
//! A value may be older than the type as it is now, which no look-up tells. What does not hold then is found here, before
//! a length of it is believed; what does by chance is read as what it is not, and within its bytes.

/// typlen and typalign of a column.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    pub length: i16,
    pub align: u8,
}

/// `bitmap`: of the tuple's header, empty if nothing is NULL; `data`: what follows the header; `places`: of as many columns
/// as the tuple has. Values out of line are not laid out: a composite has none.
pub fn is_laid_out(places: &[Place], bitmap: &[u8], data: &[u8]) -> bool {
    end_of(places, bitmap, data).is_some_and(|end| end <= data.len())
}

fn end_of(places: &[Place], bitmap: &[u8], data: &[u8]) -> Option<usize> {
    let mut end = 0_usize;
    for (number, place) in places.iter().enumerate() {
        if !bitmap.is_empty() && bitmap.get(number / 8)? & (1 << (number % 8)) == 0 {
            continue;
        }
        // A varlena is aligned unless a short header or its last word of padding stands there.
        if place.length != -1 || *data.get(end)? == 0 {
            end = end.checked_next_multiple_of(bytes(place.align))?;
        }
        let rest = data.get(end..)?;
        let length = match place.length {
            -1 => varlena(rest)?,
            -2 => rest.iter().position(|byte| *byte == 0)? + 1,
            fixed => usize::try_from(fixed).ok()?,
        };
        end = end.checked_add(length)?;
    }
    Some(end)
}

/// The size that a varlena's header tells, as little-endian machines have it; None for one out of line.
fn varlena(rest: &[u8]) -> Option<usize> {
    let first = *rest.first()?;
    match first & 1 {
        1 if first == 1 => None,
        1 => Some(usize::from(first >> 1)),
        _ => {
            let header = u32::from_le_bytes(*rest.first_chunk()?) >> 2;
            usize::try_from(header).ok().filter(|size| *size >= 4)
        }
    }
}

fn bytes(align: u8) -> usize {
    match align {
        b'd' => 8,
        b'i' => 4,
        b's' => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const INT: Place = Place {
        length: 4,
        align: b'i',
    };
    const BIGINT: Place = Place {
        length: 8,
        align: b'd',
    };
    const TEXT: Place = Place {
        length: -1,
        align: b'i',
    };

    #[test]
    fn what_fits() {
        let short = [1, 0, 0, 0, 3 << 1 | 1, b'x', b'y'];
        assert!(is_laid_out(&[INT, TEXT], &[], &short));
        let long = [1, 0, 0, 0, 6 << 2, 0, 0, 0, b'x', b'y'];
        assert!(is_laid_out(&[INT, TEXT], &[], &long));
        // The second is NULL.
        assert!(is_laid_out(&[INT, TEXT], &[0b01], &short[..4]));
        let numbers = [1, 0, 0, 0, 0, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0];
        assert!(is_laid_out(&[INT, BIGINT], &[], &numbers));
        assert!(is_laid_out(&[], &[], &[]));
    }

    #[test]
    fn what_does_not() {
        let short = [1, 0, 0, 0, 4 << 1 | 1, b'x', b'y'];
        assert!(!is_laid_out(&[INT, TEXT], &[], &short));
        assert!(!is_laid_out(&[INT, BIGINT], &[], &short));
        assert!(!is_laid_out(&[INT, INT, INT], &[], &short[..4]));
        // A number as a text: its length is beyond, too small, or that of one out of line.
        for second in [2_000_000_000_u64, 8, 1] {
            let mut numbers = vec![1, 0, 0, 0, 0, 0, 0, 0];
            numbers.extend(second.to_le_bytes());
            assert!(!is_laid_out(&[INT, TEXT], &[], &numbers), "{second}");
        }
        // A bitmap of fewer columns.
        assert!(!is_laid_out(&[INT; 9], &[0xff], &[0; 64]));
    }
}
