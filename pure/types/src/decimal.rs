//! numeric between PostgreSQL's text of it and Arrow's decimals. Exact, or None. Pure.

use super::kind::MAX_DECIMAL256;
use arrow_buffer::i256;

/// PostgreSQL adds this to every typmod of numeric (VARHDRSZ).
const TYPMOD_BASE: i32 = 4;

/// Precision and scale of the decimal that holds every numeric of this typmod. None: no decimal
/// does, or there is no typmod.
pub fn layout(typmod: i32) -> Option<(u8, u8)> {
    if typmod < TYPMOD_BASE {
        return None;
    }
    let typmod = typmod - TYPMOD_BASE;
    let precision = (typmod >> 16) & 0xffff;
    // Eleven bits with a sign: numeric(2, -3) counts thousands, numeric(2, 4) ten-thousandths.
    let scale = ((typmod & 0x7ff) ^ 0x400) - 0x400;
    let digits = if scale < 0 {
        precision - scale
    } else {
        precision.max(scale)
    };
    let digits = u8::try_from(digits)
        .ok()
        .filter(|digits| *digits <= MAX_DECIMAL256)?;
    Some((digits, scale.max(0) as u8))
}

/// The unscaled value of numeric's text. None for NaN and ±Infinity, and for what does not fit.
#[inline]
pub fn unscaled_128(text: &[u8], scale: u8) -> Option<i128> {
    let (negative, digits) = digits(text, scale)?;
    let mut value = 0_i128;
    for digit in digits {
        value = value.checked_mul(10)?.checked_add(digit.into())?;
    }
    Some(if negative { -value } else { value })
}

/// As [`unscaled_128`], in 256 bits.
#[inline]
pub fn unscaled_256(text: &[u8], scale: u8) -> Option<i256> {
    let (negative, digits) = digits(text, scale)?;
    let ten = i256::from_i128(10);
    let mut value = i256::ZERO;
    for digit in digits {
        value = value
            .checked_mul(ten)?
            .checked_add(i256::from_i128(digit.into()))?;
    }
    Some(if negative {
        value.wrapping_neg()
    } else {
        value
    })
}

/// Sign, and all digits down to the scale.
fn digits(text: &[u8], scale: u8) -> Option<(bool, impl Iterator<Item = u8>)> {
    let (negative, text) = match text {
        [b'-', rest @ ..] => (true, rest),
        _ => (false, text),
    };
    let point = text.iter().position(|byte| *byte == b'.');
    let (whole, fraction) = match point {
        Some(at) => (&text[..at], &text[at + 1..]),
        None => (text, &text[..0]),
    };
    let zeros = usize::from(scale).checked_sub(fraction.len())?;
    let all = whole.iter().chain(fraction);
    if !all.clone().all(u8::is_ascii_digit) {
        return None;
    }
    let padding = std::iter::repeat_n(&b'0', zeros);
    Some((negative, all.chain(padding).map(|byte| byte - b'0')))
}

/// An unscaled value, written in decimal, as the text that numeric's input function takes.
pub fn text(unscaled: &str, scale: i8) -> String {
    let (sign, digits) = match unscaled.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", unscaled),
    };
    match usize::try_from(scale) {
        Ok(0) => unscaled.to_owned(),
        Ok(scale) => {
            let digits = format!("{digits:0>width$}", width = scale + 1);
            let (whole, fraction) = digits.split_at(digits.len() - scale);
            format!("{sign}{whole}.{fraction}")
        }
        Err(_) => format!("{unscaled}e{}", -i16::from(scale)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typmod(precision: i32, scale: i32) -> i32 {
        ((precision << 16) | (scale & 0x7ff)) + TYPMOD_BASE
    }

    #[test]
    fn layouts_hold_every_value_of_their_typmod() {
        assert_eq!(layout(-1), None);
        assert_eq!(layout(typmod(10, 2)), Some((10, 2)));
        assert_eq!(layout(typmod(38, 38)), Some((38, 38)));
        assert_eq!(layout(typmod(76, 0)), Some((76, 0)));
        assert_eq!(layout(typmod(77, 0)), None);
        assert_eq!(layout(typmod(2, -3)), Some((5, 0)));
        assert_eq!(layout(typmod(2, 4)), Some((4, 4)));
        assert_eq!(layout(typmod(1000, 1000)), None);
        assert_eq!(layout(typmod(1, 1000)), None);
        assert_eq!(layout(typmod(1, -1000)), None);
    }

    #[test]
    fn texts_go_both_ways() {
        for (input, scale) in [
            ("0", 0),
            ("0.00", 2),
            ("-0.01", 2),
            ("123.4500", 4),
            ("-99999999999999999999999999999999999999", 0),
            ("0.00000000000000000000000000000000000001", 38),
        ] {
            let narrow = unscaled_128(input.as_bytes(), scale).unwrap();
            assert_eq!(text(&narrow.to_string(), scale as i8), input);
            let wide = unscaled_256(input.as_bytes(), scale).unwrap();
            assert_eq!(text(&wide.to_string(), scale as i8), input);
        }
        for sign in ["", "-"] {
            let input = format!("{sign}{}.{}", "9".repeat(36), "9".repeat(40));
            let wide = unscaled_256(input.as_bytes(), 40).unwrap();
            assert_eq!(text(&wide.to_string(), 40), input);
        }
    }

    #[test]
    fn what_has_no_decimal_is_none() {
        for input in ["NaN", "Infinity", "-Infinity", "1.234", "1e5"] {
            assert_eq!(unscaled_128(input.as_bytes(), 2), None, "{input}");
        }
        assert_eq!(unscaled_128("9".repeat(40).as_bytes(), 0), None);
        assert_eq!(unscaled_256("9".repeat(80).as_bytes(), 0), None);
    }

    #[test]
    fn scales_are_padded_and_may_be_negative() {
        assert_eq!(unscaled_128(b"1.5", 4), Some(15_000));
        assert_eq!(text("12", -3), "12e3");
        assert_eq!(text("-5", 3), "-0.005");
    }
}
