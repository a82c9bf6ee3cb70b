//! A numeric as it is stored, from and to double precision. Pure.
//!
//! PostgreSQL's casts write the number as text and read that, which takes longer than all else that
//! happens to a value. [`to_double`]: the digits of most numbers are an integer that a double holds
//! exactly, and so is the power of ten to divide it by, so that the quotient is rounded once, like
//! what the text would have been read as. [`from_text`]: a float's shortest digits, put into place.

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

/// The most bytes of [`from_text`]: a short header and five digits.
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

/// More digits no float has.
const MAX_INTEGER: u64 = 100_000_000_000_000_000;

/// What numeric's input function makes of a float's text, rounded to the declared scale. None where that is
/// left to it: for what is no number, where the precision refuses it, where the scale is negative, and where
/// its header is a long one.
#[inline]
pub fn from_text(text: &str, declared: Option<Declared>) -> Option<Content> {
    let (is_negative, mut integer, mut exponent) = digits(text)?;
    if let Some(declared) = declared {
        (integer, exponent) = round(integer, exponent, declared)?;
    }
    while integer != 0 && integer.is_multiple_of(10) {
        integer /= 10;
        exponent += 1;
    }
    if integer == 0 {
        exponent = 0;
    }
    let mut scale = (-exponent).max(0);
    if let Some(declared) = declared {
        let before_point = integer
            .checked_ilog10()
            .map_or(0, |log| log as i32 + 1 + exponent);
        if before_point > declared.precision - declared.scale {
            return None;
        }
        scale = declared.scale;
    }
    // Groups of four digits begin at the point: the last one has zeros behind its digits.
    let shift = exponent.rem_euclid(BASE_DIGITS);
    let last = (exponent - shift) / BASE_DIGITS;
    let in_last = 10_u64.pow((BASE_DIGITS - shift) as u32);
    let mut groups = [0_u16; 5];
    groups[0] = (integer % in_last * 10_u64.pow(shift as u32)) as u16;
    let mut rest = integer / in_last;
    let mut count = usize::from(integer > 0);
    while rest > 0 {
        groups[count] = (rest % BASE) as u16;
        rest /= BASE;
        count += 1;
    }
    let weight = if count == 0 {
        0
    } else {
        last + count as i32 - 1
    };
    if !(-64..=63).contains(&weight) || !(0..=63).contains(&scale) {
        return None;
    }
    let mut header = SHORT | (scale as u16) << 7 | weight as u16 & SHORT_WEIGHT;
    if is_negative && integer != 0 {
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

/// Sign, digits as an integer, and the power of ten to multiply that by.
#[inline]
fn digits(text: &str) -> Option<(bool, u64, i32)> {
    let (is_negative, text) = match text.strip_prefix('-') {
        Some(text) => (true, text),
        None => (false, text),
    };
    let (mantissa, exponent) = match text.split_once('e') {
        Some((mantissa, exponent)) => (mantissa, exponent.parse().ok()?),
        None => (text, 0_i32),
    };
    if !mantissa.starts_with(|first: char| first.is_ascii_digit()) {
        return None;
    }
    let (mut integer, mut behind_point) = (0_u64, None);
    for byte in mantissa.bytes() {
        match byte {
            b'0'..=b'9' if integer < MAX_INTEGER / 10 => {
                integer = integer * 10 + u64::from(byte - b'0');
                behind_point = behind_point.map(|count| count + 1);
            }
            b'.' if behind_point.is_none() => behind_point = Some(0),
            _ => return None,
        }
    }
    let exponent = exponent.checked_sub(behind_point.unwrap_or(0))?;
    Some((is_negative, integer, exponent))
}

/// Half away from zero, as numeric rounds. None where the scale is negative.
#[inline]
fn round(integer: u64, exponent: i32, declared: Declared) -> Option<(u64, i32)> {
    let excess = -exponent - declared.scale;
    if declared.scale < 0 {
        return None;
    }
    Some(
        match u32::try_from(excess).map(|excess| 10_u64.checked_pow(excess)) {
            // There is nothing behind the scale.
            Err(_) => (integer, exponent),
            Ok(Some(power)) => ((integer + power / 2) / power, -declared.scale),
            // Seventeen digits are less than half of that.
            Ok(None) => (0, 0),
        },
    )
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
    fn floats_become_the_number_that_their_shortest_digits_are() {
        for (value, weight, scale, digits) in [
            (0.0, 0, 0, &[][..]),
            (-0.0, 0, 0, &[]),
            (7.0, 0, 0, &[7]),
            (12.5, 0, 1, &[12, 5000]),
            (0.1 + 0.2, -1, 17, &[3000, 0, 0, 0, 4000]),
            (98765432101234.56, 3, 2, &[98, 7654, 3210, 1234, 5600]),
            (1234567.89, 1, 2, &[123, 4567, 8900]),
            (1e20, 5, 0, &[1]),
            (1e-7, -2, 7, &[10]),
            (1234567890123456.0, 3, 0, &[1234, 5678, 9012, 3456]),
            (123456789012345678.0, 4, 0, &[12, 3456, 7890, 1234, 5680]),
            (1e22, 5, 0, &[100]),
            (3e15, 3, 0, &[3000]),
        ] {
            for sign in [1.0, -1.0] {
                let is_negative = sign * value < 0.0;
                let mut expected = short(is_negative, weight, digits);
                expected[0] |= (scale << 7) as u8;
                expected[1] |= (scale >> 1) as u8;
                let content = from_text(&format!("{:e}", sign * value), None).unwrap();
                assert_eq!(content.bytes(), expected, "{}", sign * value);
            }
        }
    }

    #[test]
    fn a_declared_precision_sets_the_scale_or_is_left_to_postgresql() {
        let declared = Declared::of((12 << 16 | 2) + 4);
        let content = |value| {
            from_text(&format!("{value}"), declared).map(|content| content.bytes().to_vec())
        };
        let mut padded = short(false, 0, &[12, 5000]);
        padded[1] |= 1;
        assert_eq!(content(12.5), Some(padded));
        assert!(content(9999999999.99).is_some());
        assert_eq!(content(1.005), content(1.01));
        assert_eq!(content(-1.005), content(-1.01));
        assert_eq!(content(-1.00499), content(-1.0));
        assert_eq!(content(-0.004), content(0.0));
        assert_eq!(content(5e-324), content(0.0));
        assert_eq!(content(9.995), content(10.0));
        assert!(content(9999999999.994).is_some());
        for other in [10000000000.0, 9999999999.995, f64::NAN, f64::INFINITY] {
            assert_eq!(content(other), None, "{other}");
        }
        assert_eq!(Declared::of(-1), None);
        assert_eq!(from_text("1e+300", None), None);
        // numeric(5, -3)
        let declared = Declared::of((5 << 16 | (0x7ff & -3)) + 4);
        assert_eq!(from_text("12345678", declared), None);
    }

    /// What numeric's input function makes of a text: sign, weight, scale and groups.
    fn read(text: &str) -> Vec<u8> {
        let (is_negative, text) = match text.strip_prefix('-') {
            Some(text) => (true, text),
            None => (false, text),
        };
        let (mantissa, exponent) = text.split_once('e').unwrap();
        let (whole, behind) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        let exponent: i32 = exponent.parse().unwrap();
        let scale = (behind.len() as i32 - exponent).max(0);
        let digits: Vec<u8> = [whole, behind].concat().bytes().map(|b| b - b'0').collect();
        let digit = |power: i32| {
            let at = exponent - power;
            usize::try_from(at)
                .ok()
                .and_then(|at| digits.get(at))
                .copied()
                .unwrap_or(0)
        };
        let highest = exponent.div_euclid(4);
        let lowest = (exponent - behind.len() as i32).div_euclid(4);
        let group = |group| {
            (0..4)
                .rev()
                .fold(0, |sum, at| sum * 10 + u16::from(digit(group * 4 + at)))
        };
        let mut groups: Vec<u16> = (lowest..=highest).rev().map(group).collect();
        while groups.last() == Some(&0) {
            groups.pop();
        }
        let weight = if groups.is_empty() { 0 } else { highest };
        let mut content = short(is_negative && !groups.is_empty(), weight as i16, &groups);
        content[0] |= (scale << 7) as u8;
        content[1] |= (scale >> 1) as u8;
        content
    }

    #[test]
    fn floats_become_what_their_text_is_read_as() {
        let mut state = 1_u64;
        let mut random = || {
            // Knuth's MMIX.
            state = state
                .wrapping_mul(6364136223846793005)
                .wrapping_add(1442695040888963407);
            state >> 11
        };
        let mut made = 0;
        for turn in 0..20_000 {
            let mantissa = random();
            let double = match turn % 4 {
                0 => f64::from_bits(random() << 11 ^ random()),
                1 => mantissa as f64 / 10_f64.powi((mantissa % 30) as i32),
                2 => (mantissa % 100_000_000) as f64 / 100.0,
                _ => -(mantissa as f64),
            };
            let single = double as f32;
            for text in [format!("{double:e}"), format!("{single:e}")] {
                if let Some(content) = from_text(&text, None) {
                    assert_eq!(content.bytes(), read(&text), "{text}");
                    made += 1;
                }
            }
            if let Some(content) = from_text(&format!("{double}"), None) {
                assert_eq!(Some(content), from_text(&format!("{double:e}"), None));
            }
        }
        assert!(made > 20_000, "{made}");
        for text in [
            "",
            "NaN",
            "Infinity",
            "-Infinity",
            "1e400",
            "1.2.3",
            "123456789012345678",
            "0x1",
        ] {
            assert_eq!(from_text(text, None), None, "{text}");
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
