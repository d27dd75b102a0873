//! Parse trees, as text: from SQL, and back to it.
//!
//! Names are looked up, nothing is executed. Errors are PostgreSQL's own; callers work in a
//! [subtransaction](super::subtransaction), which also takes the search path back.

use std::ffi::{c_void, CStr, CString};
use std::ptr;

use pgrx::pg_sys;
use pgrx::pg_sys::ffi::pg_guard_ffi_boundary;

use super::spi::ActingAs;
use super::{encoding, guc};

extern "C-unwind" {
    fn prepare_sql_fn_parse_info(
        function: pg_sys::HeapTuple,
        call: *mut pg_sys::Node,
        collation: pg_sys::Oid,
    ) -> *mut c_void;
    /// A `ParserSetupHook`.
    fn sql_fn_parser_setup(state: *mut pg_sys::ParseState, function: *mut c_void);
}

/// The search path, to the end of the subtransaction.
pub fn set_search_path(path: &str) -> Option<()> {
    guc::set_local(c"search_path", &to_server(path)?);
    Some(())
}

/// The queries of a function's body, with its parameters: a list of trees.
///
/// Whoever wrote a literal has its type's input run, and that of a domain runs the domain's checks. So they
/// run with the rights of the function's owner, confined as PostgreSQL confines what it runs for an index.
pub fn of_body(source: &str, function: pg_sys::Oid) -> Option<String> {
    // SAFETY: a function's row is released after what is asked of it was copied out of it.
    let (owner, parameters) = unsafe {
        let cache = pg_sys::SysCacheIdentifier::PROCOID as std::ffi::c_int;
        let row = pg_sys::SearchSysCache1(cache, pg_sys::Datum::from(function));
        if row.is_null() {
            return None;
        }
        let owner = (*pg_sys::heap_tuple_get_struct::<pg_sys::FormData_pg_proc>(row)).proowner;
        let parameters =
            pg_guard_ffi_boundary(|| prepare_sql_fn_parse_info(row, ptr::null_mut(), pg_sys::InvalidOid));
        pg_sys::ReleaseSysCache(row);
        (owner, parameters)
    };
    let _confined = ActingAs::user(owner);
    analyzed(source, parameters)
}

/// The query that SQL means: a list of one tree. SQL in which a table's owner may have written literals is
/// read with that owner's rights.
pub fn of_query(sql: &str, written_by_owner_of: Option<pg_sys::Oid>) -> Option<String> {
    let _confined = match written_by_owner_of {
        Some(table) => Some(ActingAs::owner_of(table)?),
        None => None,
    };
    analyzed(sql, ptr::null_mut())
}

/// `parameters`: null or what `prepare_sql_fn_parse_info` gave.
fn analyzed(sql: &str, parameters: *mut c_void) -> Option<String> {
    let sql = to_server(sql)?;
    // SAFETY: the statements live in the current memory context; the trees are printed into a fresh
    // NUL-terminated string.
    unsafe {
        let statements = pg_sys::pg_parse_query(sql.as_ptr());
        let mut queries: *mut pg_sys::List = ptr::null_mut();
        let count = if statements.is_null() {
            0
        } else {
            (*statements).length
        };
        for position in 0..count {
            let statement = pg_sys::list_nth(statements, position).cast::<pg_sys::RawStmt>();
            queries = append_analyzed(queries, statement, &sql, parameters);
        }
        from_server(pg_sys::nodeToString(queries.cast()))
    }
}

unsafe extern "C-unwind" fn no_parameters(_state: *mut pg_sys::ParseState, _function: *mut c_void) {}

/// # Safety
/// `statement` is a raw statement of `sql`; `parameters` is null or what `prepare_sql_fn_parse_info` gave.
unsafe fn append_analyzed(
    queries: *mut pg_sys::List,
    statement: *mut pg_sys::RawStmt,
    sql: &CStr,
    parameters: *mut c_void,
) -> *mut pg_sys::List {
    let setup: pg_sys::ParserSetupHook = match parameters.is_null() {
        true => Some(no_parameters),
        false => Some(sql_fn_parser_setup),
    };
    // SAFETY: promised by the caller; the hook is not optional.
    unsafe {
        #[cfg(feature = "pg14")]
        {
            let analyzed = pg_sys::pg_analyze_and_rewrite_params(
                statement,
                sql.as_ptr(),
                setup,
                parameters,
                ptr::null_mut(),
            );
            pg_sys::list_concat(queries, analyzed)
        }
        #[cfg(not(feature = "pg14"))]
        {
            let analyzed =
                pg_sys::parse_analyze_withcb(statement, sql.as_ptr(), setup, parameters, ptr::null_mut());
            pg_sys::lappend(queries, analyzed.cast())
        }
    }
}

/// The SQL of an expression over the columns of a table.
pub fn to_sql(tree: &str, table: pg_sys::Oid) -> Option<String> {
    let tree = to_server(tree)?;
    // SAFETY: the text is a tree that PostgreSQL has printed, with parts of others like it in it; the name
    // of the table is checked for null; the result is a fresh NUL-terminated string.
    unsafe {
        let name = pg_sys::get_rel_name(table);
        if name.is_null() {
            return None;
        }
        let node = pg_sys::stringToNode(tree.as_ptr());
        let names = pg_sys::deparse_context_for(name, table);
        from_server(pg_sys::deparse_expression(node.cast(), names, false, false))
    }
}

fn to_server(text: &str) -> Option<CString> {
    CString::new(encoding::from_utf8(text)?.as_ref()).ok()
}

/// # Safety
/// `text` is a NUL-terminated string.
unsafe fn from_server(text: *const std::ffi::c_char) -> Option<String> {
    // SAFETY: promised by the caller.
    let bytes = unsafe { CStr::from_ptr(text) }.to_bytes();
    String::from_utf8(encoding::to_utf8(bytes)?.into_owned()).ok()
}
