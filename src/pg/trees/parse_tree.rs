//! Parse trees, as text: from SQL, and back to it.
//!
//! Names are looked up, and no code of anybody's runs: see [`literals`](super::literals). Errors are PostgreSQL's
//! own; callers work in a [subtransaction](super::subtransaction), which also takes the search path back.

use std::ffi::{c_void, CStr, CString};
use std::ptr;

use pgrx::pg_sys;
use pgrx::pg_sys::ffi::pg_guard_ffi_boundary;

use crate::pg::settings::guc;
use crate::pg::tables::acting_as::ActingAs;
use crate::pg::trees::literals::{self, QueryLiterals};
use crate::pg::values::encoding;

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

/// The query that a function's body is, with its parameters; `None` where the body is more than one query, or one
/// with parts that are not known. Names are looked up as the function's owner, who may not see every schema.
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
    let _owner = ActingAs::user(owner);
    analyzed(source, parameters)
}

/// The query that SQL means.
pub fn of_query(sql: &str) -> Option<String> {
    analyzed(sql, ptr::null_mut())
}

/// `parameters`: null or what `prepare_sql_fn_parse_info` gave.
fn analyzed(sql: &str, parameters: *mut c_void) -> Option<String> {
    let sql = to_server(sql)?;
    // SAFETY: the statement, the state and the tree live in the current memory context; the tree is printed into
    // a fresh NUL-terminated string.
    unsafe {
        let statements = pg_sys::pg_parse_query(sql.as_ptr());
        if statements.is_null() || (*statements).length != 1 {
            return None;
        }
        let statement = pg_sys::list_nth(statements, 0).cast::<pg_sys::RawStmt>();
        if (*(*statement).stmt).type_ != pg_sys::NodeTag::T_SelectStmt {
            return None;
        }
        let literals = QueryLiterals::take_out(statement)?;
        let state = pg_sys::make_parsestate(ptr::null_mut());
        (*state).p_sourcetext = sql.as_ptr();
        if !parameters.is_null() {
            pg_guard_ffi_boundary(|| sql_fn_parser_setup(state, parameters));
        }
        literals::add_parser_hooks(state);
        let query = pg_sys::transformTopLevelStmt(state, statement);
        pg_sys::free_parsestate(state);
        literals.put_back(&from_server(pg_sys::nodeToString(query.cast()))?)
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
