//! OIDs of PostgreSQL's own types (`src/include/catalog/pg_type.dat`).

pub(super) const BOOLEAN: u32 = 16;
pub(super) const NAME: u32 = 19;
pub(super) const TEXT: u32 = 25;
pub(super) const JSON: u32 = 114;
pub(super) const UNKNOWN: u32 = 705;
pub(super) const TEXT_ARRAY: u32 = 1009;
/// `char(n)`, in which trailing blanks do not count.
pub(super) const BLANK_PADDED: u32 = 1042;
pub(super) const VARCHAR: u32 = 1043;
pub(super) const UUID: u32 = 2950;
pub(super) const JSONB: u32 = 3802;
