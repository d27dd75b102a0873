//! JSON numbers as claims use them.
//!
//! Invariant: a returned number is finite. A number too large for a double, such as `1e400`, is valid JSON
//! but has no value.

use super::value::elements;
use crate::limits::{MAX_NUMERIC_DATE, MAX_NUMERIC_DATE_DIGITS};

/// The value of a JSON number.
pub(crate) fn number(raw: &str) -> Option<f64> {
    // Rust's own grammar also accepts "inf" and "+1".
    if !raw.starts_with(|first: char| first == '-' || first.is_ascii_digit()) {
        return None;
    }
    raw.parse().ok().filter(|value: &f64| value.is_finite())
}

/// A NumericDate ([RFC 7519 section 2](https://www.rfc-editor.org/rfc/rfc7519#section-2)): seconds since
/// 1970, possibly with a fraction, from 0 to 2^53.
pub(crate) fn numeric_date(raw: &str) -> Option<f64> {
    // abs() so that -0 prints as 0.
    number(raw)
        .filter(|date| (0.0..=MAX_NUMERIC_DATE).contains(date))
        .filter(|date| *date < MAX_NUMERIC_DATE || is_at_most_the_bound(raw))
        .map(f64::abs)
}

/// Whether a number whose double is 2^53 is at most 2^53; the double of 2^53 + 1 is 2^53 as well.
///
/// Such numbers lie between 2^53 - 1 and 2^53 + 2, so their first significant digits have the same weight
/// however they are written, and comparing the digits as text compares the numbers.
fn is_at_most_the_bound(raw: &str) -> bool {
    let significand = raw.split(['e', 'E']).next().unwrap_or_default();
    let digits: String = significand.chars().filter(char::is_ascii_digit).collect();
    digits.trim_start_matches('0').trim_end_matches('0') <= MAX_NUMERIC_DATE_DIGITS
}

/// An array of exactly two whole numbers, each -1 or greater.
pub(crate) fn pair_of_ages(raw: &str) -> Option<(i64, i64)> {
    let mut items = elements(raw);
    let pair = (age(items.next()?)?, age(items.next()?)?);
    items.next().is_none().then_some(pair)
}

fn age(raw: &str) -> Option<i64> {
    number(raw)
        .filter(|age| age.fract() == 0.0 && (-1.0..=MAX_NUMERIC_DATE).contains(age))
        .map(|age| age as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn j12_j13_a_numeric_date_is_a_finite_number_up_to_2_to_the_53() {
        for (raw, date) in [
            ("0", Some(0.0)),
            ("-0", Some(0.0)),
            ("1700000000.5", Some(1_700_000_000.5)),
            ("1.7e9", Some(1_700_000_000.0)),
            ("9007199254740992", Some(9_007_199_254_740_992.0)),
            ("9007199254740992.0", Some(9_007_199_254_740_992.0)),
            ("9.007199254740992e15", Some(9_007_199_254_740_992.0)),
            ("9.00719925474099200E+15", Some(9_007_199_254_740_992.0)),
            ("90071992547409920e-1", Some(9_007_199_254_740_992.0)),
            ("0.9007199254740992e16", Some(9_007_199_254_740_992.0)),
            ("9007199254740991", Some(9_007_199_254_740_991.0)),
            ("9007199254740991.9", Some(9_007_199_254_740_992.0)),
            // Each of these has 2^53 as its double.
            ("9007199254740993", None),
            ("9007199254740993.0", None),
            ("9007199254740992.5", None),
            ("9007199254740992.0000000000000001", None),
            ("9.007199254740993e15", None),
            ("90071992547409930E-1", None),
            ("0.0009007199254740993e19", None),
            ("9007199254740994", None),
            ("1.8e19", None),
            ("18446744073709551615", None),
            ("1e300", None),
            ("1e400", None),
            ("-1", None),
            ("\"1700000000\"", None),
            ("null", None),
            ("true", None),
            ("[1]", None),
        ] {
            assert_eq!(numeric_date(raw), date, "{raw}");
        }
    }

    #[test]
    fn a_number_beyond_a_double_is_no_value() {
        assert_eq!(number("1e308"), Some(1e308));
        assert_eq!(number("1e400"), None);
        assert_eq!(number("-1e400"), None);
    }

    #[test]
    fn ages_are_exactly_two_whole_numbers_from_minus_one() {
        assert_eq!(pair_of_ages("[5, -1]"), Some((5, -1)));
        assert_eq!(pair_of_ages("[5.0,1e2]"), Some((5, 100)));
        for raw in [
            "[]",
            "[1]",
            "[1,2,3]",
            "[1,-2]",
            "[1.5,2]",
            "[\"1\",2]",
            "[null,1]",
            "[1,1e300]",
            "[1,1e400]",
            "{\"0\":1,\"1\":2}",
            "\"1,2\"",
            "5",
            "null",
        ] {
            assert_eq!(pair_of_ages(raw), None, "{raw}");
        }
    }
}
