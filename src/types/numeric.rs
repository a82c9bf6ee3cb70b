//! A numeric as it is stored, read as double precision. Pure.
//!
//! PostgreSQL's cast writes the number as text and reads that, which takes longer than all else that
//! happens to a value. Numbers of few digits need none of it: their digits are an integer that a
//! double holds exactly, and so is the power of ten to divide it by, so that the quotient is rounded
//! once, like what the text would have been read as.

/// Of the header: neither long nor short, but NaN or an infinity.
const SPECIAL: u16 = 0xc000;
const SHORT: u16 = 0x8000;
const SHORT_NEGATIVE: u16 = 0x2000;
const LONG_NEGATIVE: u16 = 0x4000;
/// Of a short header: the weight, seven bits with their sign.
const SHORT_WEIGHT: u16 = 0x7f;

/// Digits are stored by four.
const BASE: u64 = 10_000;
const BASE_DIGITS: i32 = 4;

/// The largest integer up to which doubles hold all.
const MAX_EXACT: u64 = 1 << 53;

/// The powers of ten that a double holds exactly.
const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
];

/// The value of a numeric's content (numeric.c, `NumericChoice`); None where it has too many digits for
/// this way, or is no number.
pub fn to_double(content: &[u8]) -> Option<f64> {
    let (header, rest) = content.split_first_chunk()?;
    let header = u16::from_le_bytes(*header);
    if header & SPECIAL == SPECIAL {
        return None;
    }
    let (is_negative, weight, digits) = if header & SHORT != 0 {
        // The sign moves to where an i8 has its own.
        let weight = ((header & SHORT_WEIGHT) << 1) as u8 as i8 >> 1;
        (header & SHORT_NEGATIVE != 0, i32::from(weight), rest)
    } else {
        let (weight, rest) = rest.split_first_chunk()?;
        let weight = i32::from(i16::from_le_bytes(*weight));
        (header & LONG_NEGATIVE != 0, weight, rest)
    };
    let (digits, _) = digits.as_chunks();
    let mut integer = 0_u64;
    for digit in digits {
        integer = integer.checked_mul(BASE)? + u64::from(u16::from_le_bytes(*digit));
    }
    if integer > MAX_EXACT {
        return None;
    }
    let exponent = (weight - digits.len() as i32 + 1).checked_mul(BASE_DIGITS)?;
    let power = *POWERS.get(exponent.unsigned_abs() as usize)?;
    let double = match exponent {
        0.. => integer as f64 * power,
        _ => integer as f64 / power,
    };
    Some(if is_negative { -double } else { double })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn short(is_negative: bool, weight: i16, digits: &[u16]) -> Vec<u8> {
        let sign = if is_negative { SHORT_NEGATIVE } else { 0 };
        let header = SHORT | sign | (weight as u16 & SHORT_WEIGHT);
        let numbers = [&[header], digits].concat();
        numbers.iter().flat_map(|n| n.to_le_bytes()).collect()
    }

    fn long(is_negative: bool, weight: i16, digits: &[u16]) -> Vec<u8> {
        let sign = if is_negative { LONG_NEGATIVE } else { 0 };
        let numbers = [&[sign, weight as u16], digits].concat();
        numbers.iter().flat_map(|n| n.to_le_bytes()).collect()
    }

    #[test]
    fn numbers_of_few_digits_are_as_their_text() {
        for (weight, digits, text) in [
            (0, &[][..], "0"),
            (0, &[7][..], "7"),
            (-1, &[1000][..], "0.1"),
            (0, &[12, 5000][..], "12.5"),
            (1, &[123, 4567, 8900][..], "1234567.89"),
            (3, &[5][..], "5000000000000"),
            (-2, &[3][..], "0.00000003"),
            (-5, &[3][..], "3e-20"),
            (2, &[9999, 9999, 9999][..], "999999999999"),
        ] {
            let expected: f64 = text.parse().unwrap();
            for (content, sign) in [
                (short(false, weight, digits), 1.0),
                (short(true, weight, digits), -1.0),
                (long(false, weight, digits), 1.0),
                (long(true, weight, digits), -1.0),
            ] {
                assert_eq!(to_double(&content), Some(sign * expected), "{text}");
            }
        }
    }

    #[test]
    fn others_are_left_to_postgresql() {
        for special in [0xc000_u16, 0xd000, 0xf000] {
            assert_eq!(to_double(&special.to_le_bytes()), None);
        }
        // 17 digits; 10 to the 24; nothing at all.
        let many = short(false, 4, &[1, 2345, 6789, 123, 4567]);
        assert_eq!(to_double(&many), None);
        assert_eq!(to_double(&short(false, 6, &[1])), None);
        assert_eq!(to_double(&[]), None);
    }
}
