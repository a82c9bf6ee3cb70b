//! A numeric as it is stored, from and to double precision. Pure.
//!
//! PostgreSQL's casts write the number as text and read that, which takes longer than all else that
//! happens to a value. [`to_double`]: the digits of most numbers are an integer that a double holds
//! exactly, and so is the power of ten to divide it by, so that the quotient is rounded once, like
//! what the text would have been read as. [`from_double`]: the text's fifteen digits, made by Rust and
//! put into place without being read.

use std::io::Write;

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
#[inline]
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

/// What a declared `numeric(precision, scale)` lets pass without a change of its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Declared {
    precision: i32,
    scale: i32,
}

impl Declared {
    /// None without a declared precision (numeric.c, `numeric_typmod_precision` and `…_scale`).
    pub fn of(typmod: i32) -> Option<Self> {
        let packed = typmod.checked_sub(4).filter(|packed| *packed >= 0)?;
        Some(Declared {
            precision: packed >> 16 & 0xffff,
            scale: ((packed & 0x7ff) ^ 1024) - 1024,
        })
    }
}

/// The most bytes of [`from_double`]: a short header and five digits.
const CONTENT: usize = 12;

/// The content of a numeric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Content {
    bytes: [u8; CONTENT],
    length: usize,
}

impl Content {
    #[inline]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes[..self.length]
    }

    fn push(&mut self, number: u16) {
        self.bytes[self.length..self.length + 2].copy_from_slice(&number.to_le_bytes());
        self.length += 2;
    }
}

/// The numeric that PostgreSQL casts a double to: its first fifteen digits. With a declared precision
/// as that has it. None where this is no number, where the precision would round or refuse it, and
/// where its header is a long one.
#[inline]
pub fn from_double(value: f64, declared: Option<Declared>) -> Option<Content> {
    if !value.is_finite() {
        return None;
    }
    let (mut integer, mut exponent) = digits(value.abs())?;
    while integer != 0 && integer.is_multiple_of(10) {
        integer /= 10;
        exponent += 1;
    }
    let mut scale = (-exponent).max(0);
    if integer == 0 {
        (exponent, scale) = (0, 0);
    }
    if let Some(declared) = declared {
        let before_point = integer
            .checked_ilog10()
            .map_or(0, |log| log as i32 + 1 + exponent);
        if scale > declared.scale || before_point > declared.precision - declared.scale {
            return None;
        }
        scale = declared.scale;
    }
    // Groups of four digits begin at the point.
    let shift = exponent.rem_euclid(BASE_DIGITS);
    let mut rest = integer * 10_u64.pow(shift as u32);
    let mut groups = [0_u16; 5];
    let mut count = 0;
    while rest > 0 {
        groups[count] = (rest % BASE) as u16;
        rest /= BASE;
        count += 1;
    }
    let last = (exponent - shift) / BASE_DIGITS;
    let weight = if count == 0 {
        0
    } else {
        last + count as i32 - 1
    };
    if !(-64..=63).contains(&weight) || !(0..=63).contains(&scale) {
        return None;
    }
    let is_negative = value < 0.0;
    let mut header = SHORT | (scale as u16) << 7 | weight as u16 & SHORT_WEIGHT;
    if is_negative {
        header |= SHORT_NEGATIVE;
    }
    let mut content = Content {
        bytes: [0; CONTENT],
        length: 0,
    };
    content.push(header);
    let trailing = groups.iter().take_while(|group| **group == 0).count();
    for group in groups[trailing.min(count)..count].iter().rev() {
        content.push(*group);
    }
    Some(content)
}

/// The first fifteen digits as an integer, and the power of ten to multiply it by.
fn digits(value: f64) -> Option<(u64, i32)> {
    // "d.dddddddddddddde-ddd"
    let mut text = [0_u8; 32];
    let mut rest = &mut text[..];
    write!(rest, "{value:.14e}").ok()?;
    let length = 32 - rest.len();
    let (mantissa, exponent) = std::str::from_utf8(&text[..length]).ok()?.split_once('e')?;
    let integer = mantissa
        .bytes()
        .filter(u8::is_ascii_digit)
        .fold(0, |integer, digit| integer * 10 + u64::from(digit - b'0'));
    Some((integer, exponent.parse::<i32>().ok()? - 14))
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
    fn doubles_become_the_number_that_their_first_digits_are() {
        for (value, weight, scale, digits) in [
            (0.0, 0, 0, &[][..]),
            (-0.0, 0, 0, &[]),
            (7.0, 0, 0, &[7]),
            (12.5, 0, 1, &[12, 5000]),
            (0.1 + 0.2, -1, 1, &[3000]),
            (1234567.89, 1, 2, &[123, 4567, 8900]),
            (1e20, 5, 0, &[1]),
            (1e-7, -2, 7, &[10]),
            (123456789012345678.0, 4, 0, &[12, 3456, 7890, 1234, 6000]),
            (3e15, 3, 0, &[3000]),
        ] {
            for sign in [1.0, -1.0] {
                let is_negative = sign * value < 0.0;
                let mut expected = short(is_negative, weight, digits);
                expected[0] |= (scale << 7) as u8;
                expected[1] |= (scale >> 1) as u8;
                let content = from_double(sign * value, None).unwrap();
                assert_eq!(content.bytes(), expected, "{}", sign * value);
            }
        }
    }

    #[test]
    fn a_declared_precision_sets_the_scale_or_is_left_to_postgresql() {
        let declared = Declared::of((12 << 16 | 2) + 4);
        let content = |value| from_double(value, declared).map(|content| content.bytes().to_vec());
        let mut padded = short(false, 0, &[12, 5000]);
        padded[1] |= 1;
        assert_eq!(content(12.5), Some(padded));
        assert!(content(9999999999.99).is_some());
        for other in [10000000000.0, 1.005, f64::NAN, f64::INFINITY] {
            assert_eq!(content(other), None, "{other}");
        }
        assert_eq!(Declared::of(-1), None);
        assert_eq!(from_double(1e300, None), None);
        // numeric(5, -3)
        let declared = Declared::of((5 << 16 | (0x7ff & -3)) + 4);
        assert_eq!(from_double(12345678.0, declared), None);
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
