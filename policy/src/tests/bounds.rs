//! Trees that exceed a bound.

use super::trees::*;
use crate::*;

#[test]
fn a_tree_beyond_the_bounds_is_unreadable() {
    let deep =
        (0..crate::limits::MAX_TREE_DEPTH).fold(boolean(true), |inside, _| combined("not", &[&inside]));
    assert_eq!(inspect(&deep, &mut Database), Err(Unreadable));
    assert_eq!(inspect("{VAR", &mut Database), Err(Unreadable));
    assert_eq!(inspect("<>", &mut Database), Err(Unreadable));
    let many: Vec<String> = (0..30)
        .map(|number| equal(&column(number), &column(number + 1)))
        .collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert!(!inspected(&combined("or", &many)).always);
}

#[test]
fn nested_calls_do_not_grow_without_bound() {
    let nested = |depth| (0..depth).fold(column(1), |inside, _| call(TWICE, 16, &[&inside]));
    assert!(inspect(&nested(4), &mut Database).is_ok());
    assert_eq!(inspect(&nested(40), &mut Database), Err(Unreadable));
}

#[test]
fn work_is_bounded_whatever_the_expression() {
    // Each part is true in both of its cases, so all combinations would have to be tried.
    let either: Vec<String> = (0..40)
        .map(|number| combined("or", &[&is_null(&column(number)), &is_not_null(&column(number))]))
        .collect();
    let either: Vec<&str> = either.iter().map(String::as_str).collect();
    assert_eq!(inspect(&combined("and", &either), &mut Database), Err(Unreadable));
    assert!(inspect(&combined("and", &either[..8]), &mut Database).is_ok());
}
