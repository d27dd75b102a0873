//! Decimal masks of any length, as Clerk writes them in `fpm`.
//!
//! Invariant: every accepted mask is exact. A double, which Clerk's SDK uses, loses the lowest bits beyond 53
//! permissions: 9007199254740993 would lose permission 0.

use crate::limits::MAX_MASK_DIGITS;

/// Nine decimal digits fit into a 32-bit limb.
const CHUNK_DIGITS: usize = 9;

/// A set of bits, the least significant first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mask {
    limbs: Vec<u32>,
}

impl Mask {
    /// Parses a mask of decimal digits. Any other text, or more digits than the limit, is an empty mask.
    pub(crate) fn parse(text: &str) -> Mask {
        if !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return Mask::default();
        }
        let digits = text.trim_start_matches('0').as_bytes();
        if digits.len() > MAX_MASK_DIGITS {
            return Mask::default();
        }
        let mut limbs: Vec<u32> = Vec::new();
        for chunk in digits.chunks(CHUNK_DIGITS) {
            let (scale, value) = chunk.iter().fold((1_u64, 0_u64), |(scale, value), digit| {
                (scale * 10, value * 10 + u64::from(digit - b'0'))
            });
            let mut carry = value;
            for limb in &mut limbs {
                let product = u64::from(*limb) * scale + carry;
                *limb = product as u32;
                carry = product >> 32;
            }
            if carry > 0 {
                limbs.push(carry as u32);
            }
        }
        Mask { limbs }
    }

    /// The positions of the bits that are set, in ascending order.
    pub(crate) fn ones(&self) -> impl Iterator<Item = usize> + '_ {
        self.limbs.iter().enumerate().flat_map(|(position, limb)| {
            (0..32)
                .filter(move |bit| limb >> bit & 1 == 1)
                .map(move |bit| position * 32 + bit)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ones(text: &str) -> Vec<usize> {
        Mask::parse(text).ones().collect()
    }

    #[test]
    fn masks_are_exact_beyond_the_reach_of_a_double() {
        assert!(ones("0").is_empty());
        assert_eq!(ones("21"), [0, 2, 4]);
        assert_eq!(ones("0021"), [0, 2, 4]);
        assert_eq!(ones("4294967296"), [32]);
        assert_eq!(ones("9007199254740993"), [0, 53]);
        assert_eq!(ones("18014398509481984"), [54]);
        assert_eq!(ones("18446744073709551617"), [0, 64]);
        assert_eq!(ones("1267650600228229401496703205377"), [0, 100]);
    }

    #[test]
    fn anything_but_digits_is_an_empty_mask() {
        for text in ["", "1invalid", "-1", "+1", "1.5", "1e3", "0x3", " 3", "٣", "1\n"] {
            assert!(ones(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn a_mask_beyond_the_limit_is_empty_and_leading_zeros_do_not_count() {
        let longest = "9".repeat(MAX_MASK_DIGITS);
        assert!(!ones(&longest).is_empty());
        assert_eq!(ones(&longest), ones(&format!("{}{longest}", "0".repeat(5000))));
        assert!(ones(&format!("{longest}9")).is_empty());
    }
}
