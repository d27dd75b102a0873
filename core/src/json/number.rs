//! JSON numbers as claims use them.
//!
//! Invariant: what is returned is finite. A number too large for a double, such as `1e400`, is JSON
//! but no value, and unusable is all it can be.

use super::value::elements;
use crate::limits::MAX_NUMERIC_DATE;

/// The value of a JSON number.
pub(crate) fn number(raw: &str) -> Option<f64> {
    // Rust's own grammar also takes "inf" and "+1".
    if !raw.starts_with(|first: char| first == '-' || first.is_ascii_digit()) {
        return None;
    }
    raw.parse().ok().filter(|value: &f64| value.is_finite())
}

/// A NumericDate (RFC 7519 section 2): seconds since 1970, fractions allowed, from 0 to 2^53.
pub(crate) fn numeric_date(raw: &str) -> Option<f64> {
    // abs() so that -0 prints as 0.
    number(raw)
        .filter(|date| (0.0..=MAX_NUMERIC_DATE).contains(date))
        .map(f64::abs)
}

/// An array of exactly two whole numbers, each -1 or more.
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
