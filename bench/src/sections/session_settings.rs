//! Settings with which sections connect.

/// Every case scans the whole table in one process. Scans of the indexes that the index section leaves
/// behind are switched off.
pub const SCAN_SETTINGS: &str = "-c jit=off -c max_parallel_workers_per_gather=0 \
    -c enable_indexscan=off -c enable_indexonlyscan=off -c enable_bitmapscan=off";

/// Index scans stay on, because a backend looks issuers up by an index.
pub const TOKEN_SETTINGS: &str = "-c jit=off";
