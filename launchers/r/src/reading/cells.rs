//! Single values in the words that R's users and PostgreSQL both read.

use crate::Failure;
use arrow_array::types::DecimalType;
use arrow_array::{Array, ArrayRef, StructArray, make_array};
use arrow_buffer::{IntervalMonthDayNano, NullBuffer};

const SECOND: i64 = 1_000_000;

/// Microseconds since midnight as "HH:MM:SS.ffffff".
pub(super) fn time(micros: i64) -> String {
    let (seconds, fraction) = (micros / SECOND, micros % SECOND);
    format!(
        "{:02}:{:02}:{:02}.{fraction:06}",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60
    )
}

/// ISO 8601 with designators, each number with its own sign, as PostgreSQL writes and reads it.
pub(super) fn interval(span: IntervalMonthDayNano) -> String {
    let micros = span.nanoseconds / 1000;
    let mut text = String::from("P");
    let put = |text: &mut String, number: i64, unit: char| {
        if number != 0 {
            text.push_str(&number.to_string());
            text.push(unit);
        }
    };
    put(&mut text, i64::from(span.months / 12), 'Y');
    put(&mut text, i64::from(span.months % 12), 'M');
    put(&mut text, i64::from(span.days), 'D');
    if micros != 0 || text.len() == 1 {
        text.push('T');
        let (minutes, rest) = (micros / (60 * SECOND), micros % (60 * SECOND));
        put(&mut text, minutes / 60, 'H');
        put(&mut text, minutes % 60, 'M');
        if rest != 0 || micros == 0 {
            text.push_str(&seconds(rest));
            text.push('S');
        }
    }
    text
}

fn seconds(micros: i64) -> String {
    let sign = if micros < 0 { "-" } else { "" };
    let (whole, fraction) = (micros.abs() / SECOND, micros.abs() % SECOND);
    if fraction == 0 {
        return format!("{sign}{whole}");
    }
    let digits = format!("{fraction:06}");
    format!("{sign}{whole}.{}", digits.trim_end_matches('0'))
}

/// All digits of an exact number.
pub(super) fn decimal<T: DecimalType>(unscaled: T::Native, scale: i8) -> String {
    T::format_decimal(unscaled, T::MAX_PRECISION, scale)
}

/// A struct's field, null also where the struct is.
pub(super) fn field(array: &StructArray, index: usize) -> Result<ArrayRef, Failure> {
    let field = array.column(index);
    if array.null_count() == 0 {
        return Ok(field.clone());
    }
    let nulls = NullBuffer::union(field.nulls(), array.nulls());
    let data = field.to_data().into_builder().nulls(nulls).build()?;
    Ok(make_array(data))
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow_array::types::Decimal128Type;

    #[test]
    fn times_have_all_their_digits() {
        assert_eq!(time(0), "00:00:00.000000");
        assert_eq!(time(86_399_999_999), "23:59:59.999999");
        assert_eq!(time(3_723_000_001), "01:02:03.000001");
    }

    #[test]
    fn intervals_are_as_postgresql_writes_them() {
        for (months, days, micros, text) in [
            (0, 0, 0, "PT0S"),
            (14, 3, 14_706_500_000, "P1Y2M3DT4H5M6.5S"),
            (-14, 3, -14_706_000_000, "P-1Y-2M3DT-4H-5M-6S"),
            (12, 0, 0, "P1Y"),
            (0, 0, -500_000, "PT-0.5S"),
            (0, 1, 3_600_000_000, "P1DT1H"),
        ] {
            let span = IntervalMonthDayNano::new(months, days, micros * 1000);
            assert_eq!(interval(span), text);
        }
    }

    #[test]
    fn decimals_keep_their_digits() {
        assert_eq!(decimal::<Decimal128Type>(-1, 2), "-0.01");
        assert_eq!(decimal::<Decimal128Type>(12_300, 2), "123.00");
        assert_eq!(decimal::<Decimal128Type>(7, 0), "7");
    }
}
