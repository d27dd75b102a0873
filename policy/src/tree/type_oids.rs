//! OIDs of built-in types
//! ([`pg_type.dat`](https://github.com/postgres/postgres/blob/master/src/include/catalog/pg_type.dat)).

pub(crate) const BOOLEAN: u32 = 16;
pub(crate) const NAME: u32 = 19;
pub(crate) const TEXT: u32 = 25;
pub(crate) const JSON: u32 = 114;
pub(crate) const UNKNOWN: u32 = 705;
pub(crate) const TEXT_ARRAY: u32 = 1009;
/// `char(n)`, whose comparisons ignore trailing blanks.
pub(crate) const BLANK_PADDED: u32 = 1042;
pub(crate) const VARCHAR: u32 = 1043;
pub(crate) const UUID: u32 = 2950;
pub(crate) const JSONB: u32 = 3802;
