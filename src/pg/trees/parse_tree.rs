//! Converts SQL to the text of a parse tree, and back.
//!
//! Names are looked up, but no code of other users runs: see [`literals`]. Errors are those
//! of PostgreSQL. Callers work in a [subtransaction](crate::pg::confined::subtransaction), which also undoes
//! the change of the search path.

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
    /// A `ParserSetupHook` of PostgreSQL.
    fn sql_fn_parser_setup(state: *mut pg_sys::ParseState, function: *mut c_void);
}

/// Sets the search path until the end of the subtransaction.
pub fn set_search_path(path: &str) -> Option<()> {
    guc::set_local(c"search_path", &to_server(path)?);
    Some(())
}

/// The query in a function's body, with the function's parameters; `None` if the body is not a single query
/// or contains an unknown node. Names are looked up as the function's owner, who may not see every schema.
pub fn of_body(source: &str, function: pg_sys::Oid) -> Option<String> {
    // SAFETY: the row is null or a cached row of pg_proc, and everything is copied out of it before it is
    // released.
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

/// The analyzed tree of a query.
pub fn of_query(sql: &str) -> Option<String> {
    analyzed(sql, ptr::null_mut())
}

/// `parameters` is null or comes from `prepare_sql_fn_parse_info`.
fn analyzed(sql: &str, parameters: *mut c_void) -> Option<String> {
    let sql = to_server(sql)?;
    // SAFETY: statement, state and tree live in the current memory context; nodeToString returns a new
    // NUL-terminated string.
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
    // SAFETY: the text is a tree that PostgreSQL printed, in which parts may be replaced by other such trees.
    // The table's name is checked for null, and the result is a new NUL-terminated string.
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
/// `text` is NUL-terminated.
unsafe fn from_server(text: *const std::ffi::c_char) -> Option<String> {
    // SAFETY: promised by the caller.
    let bytes = unsafe { CStr::from_ptr(text) }.to_bytes();
    String::from_utf8(encoding::to_utf8(bytes)?.into_owned()).ok()
}
