//! Parse trees, as text: from SQL, and back to it.
//!
//! Names are looked up, nothing is executed. Errors are PostgreSQL's own; callers work in a
//! [subtransaction](super::subtransaction), which also takes the search path back.

use std::ffi::{c_void, CStr, CString};
use std::ptr;

use pgrx::pg_sys;
use pgrx::pg_sys::ffi::pg_guard_ffi_boundary;

use super::encoding;

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
    let path = to_server(path)?;
    // SAFETY: NUL-terminated strings; a malformed path is reported as an error.
    unsafe {
        pg_sys::set_config_option(
            c"search_path".as_ptr(),
            path.as_ptr(),
            pg_sys::GucContext::PGC_USERSET,
            pg_sys::GucSource::PGC_S_SESSION,
            pg_sys::GucAction::GUC_ACTION_LOCAL,
            true,
            0,
            false,
        );
    }
    Some(())
}

/// The queries that SQL means: a list of trees. With a function, its parameters are known.
pub fn of_sql(sql: &str, function: Option<pg_sys::Oid>) -> Option<String> {
    let sql = to_server(sql)?;
    // SAFETY: the statements live in the current memory context; a function's row is released after its
    // parameters were copied out of it; the trees are printed into a fresh NUL-terminated string.
    unsafe {
        let parameters = match function {
            Some(function) => {
                let cache = pg_sys::SysCacheIdentifier::PROCOID as std::ffi::c_int;
                let row = pg_sys::SearchSysCache1(cache, pg_sys::Datum::from(function));
                if row.is_null() {
                    return None;
                }
                let parameters = pg_guard_ffi_boundary(|| {
                    prepare_sql_fn_parse_info(row, ptr::null_mut(), pg_sys::InvalidOid)
                });
                pg_sys::ReleaseSysCache(row);
                parameters
            }
            None => ptr::null_mut(),
        };
        let statements = pg_sys::pg_parse_query(sql.as_ptr());
        let mut queries: *mut pg_sys::List = ptr::null_mut();
        for position in 0..(if statements.is_null() {
            0
        } else {
            (*statements).length
        }) {
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
