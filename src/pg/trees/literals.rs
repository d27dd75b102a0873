//! Takes the string literals out of a query before PostgreSQL analyzes it, and puts them back afterwards.
//!
//! While PostgreSQL analyzes a query, it reads each literal with the input function of the literal's type.
//! This can run code of other users, because the elements of an array or a row are checked against their
//! domains. Therefore a literal becomes a parameter before the analysis, which then only determines its type.
//! Afterwards, literals are read only if their type is one of [`READABLE_TYPES`], by PostgreSQL's own code.
//!
//! Invariant: a raw tree with a node that may hide literals is unreadable.

use std::cell::Cell;
use std::ffi::{c_char, c_int, c_void, CStr, CString};

use clerk_rls_policy::literals::{self, LiteralPosition, FIRST_LITERAL};
use pgrx::pg_sys::ffi::pg_guard_ffi_boundary;
use pgrx::pg_sys::NodeTag::*;
use pgrx::prelude::*;
use pgrx::{pg_sys, PgBox};

use crate::pg::values::encoding;

/// Types of PostgreSQL whose input functions depend on nothing but the text.
const READABLE_TYPES: [pg_sys::Oid; 31] = [
    pg_sys::BOOLOID,
    pg_sys::BYTEAOID,
    pg_sys::CHAROID,
    pg_sys::NAMEOID,
    pg_sys::INT8OID,
    pg_sys::INT2OID,
    pg_sys::INT4OID,
    pg_sys::TEXTOID,
    pg_sys::OIDOID,
    pg_sys::JSONOID,
    pg_sys::FLOAT4OID,
    pg_sys::FLOAT8OID,
    pg_sys::UNKNOWNOID,
    pg_sys::INETOID,
    pg_sys::BPCHAROID,
    pg_sys::VARCHAROID,
    pg_sys::DATEOID,
    pg_sys::TIMEOID,
    pg_sys::TIMESTAMPOID,
    pg_sys::TIMESTAMPTZOID,
    pg_sys::INTERVALOID,
    pg_sys::NUMERICOID,
    pg_sys::UUIDOID,
    pg_sys::JSONBOID,
    pg_sys::JSONPATHOID,
    pg_sys::BOOLARRAYOID,
    pg_sys::INT4ARRAYOID,
    pg_sys::TEXTARRAYOID,
    pg_sys::VARCHARARRAYOID,
    pg_sys::INT8ARRAYOID,
    pg_sys::UUIDARRAYOID,
];

extern "C-unwind" {
    #[cfg_attr(
        any(feature = "pg14", feature = "pg15"),
        link_name = "raw_expression_tree_walker"
    )]
    #[cfg_attr(
        not(any(feature = "pg14", feature = "pg15")),
        link_name = "raw_expression_tree_walker_impl"
    )]
    fn walk(
        node: *mut pg_sys::Node,
        walker: unsafe extern "C-unwind" fn(*mut pg_sys::Node, *mut c_void) -> bool,
        context: *mut c_void,
    ) -> bool;
}

/// The literals of a query in the order in which they were taken out, in the database encoding.
pub struct QueryLiterals(Vec<CString>);

impl QueryLiterals {
    /// Takes the literals out of a raw statement; `None` if it is not a SELECT or contains an unknown node.
    ///
    /// # Safety
    /// `statement` is a raw statement that nobody else uses.
    pub unsafe fn take_out(statement: *mut pg_sys::RawStmt) -> Option<Self> {
        let mut taken = LiteralCollector {
            literals: Vec::new(),
            is_readable: true,
        };
        // SAFETY: promised by the caller.
        unsafe { taken.visit((*statement).stmt) };
        taken.is_readable.then_some(Self(taken.literals))
    }

    /// The tree of the analyzed query, with a constant in place of each literal.
    pub fn put_back(&self, tree: &str) -> Option<String> {
        let constants: Option<Vec<(LiteralPosition, String)>> = literals::positions(tree)
            .ok()?
            .into_iter()
            .map(|place| Some((place.clone(), self.constant(&place)?)))
            .collect();
        Some(literals::put_back(tree, &constants?))
    }

    fn constant(&self, place: &LiteralPosition) -> Option<String> {
        let literal = self.0.get(place.literal)?;
        let type_oid = pg_sys::Oid::from(place.type_oid);
        // SAFETY: called inside a transaction, as catalog look-ups require.
        let base = unsafe { pg_sys::getBaseType(type_oid) };
        if base != type_oid && READABLE_TYPES.contains(&base) {
            // The form that PostgreSQL gives the value before it runs the checks of the domain.
            return Some(literals::of_domain(
                place,
                &self.read(literal, base, place.collation)?,
            ));
        }
        if !READABLE_TYPES.contains(&type_oid) {
            let utf8 = encoding::to_utf8(literal.as_bytes())?.into_owned();
            return Some(literals::unread(place.type_oid, &String::from_utf8(utf8).ok()?));
        }
        self.read(literal, type_oid, place.collation)
    }

    /// The tree of a constant. The type must be one of [`READABLE_TYPES`].
    fn read(&self, literal: &CStr, type_oid: pg_sys::Oid, collation: u32) -> Option<String> {
        // SAFETY: the input function belongs to PostgreSQL and reads a NUL-terminated string; nodeToString
        // returns a new NUL-terminated string.
        let printed = unsafe {
            let (mut input, mut parameter) = (pg_sys::InvalidOid, pg_sys::InvalidOid);
            pg_sys::getTypeInputInfo(type_oid, &mut input, &mut parameter);
            let value = pg_sys::OidInputFunctionCall(input, literal.as_ptr().cast_mut(), parameter, -1);
            let (mut length, mut by_value) = (0, false);
            pg_sys::get_typlenbyval(type_oid, &mut length, &mut by_value);
            let collation = pg_sys::Oid::from(collation);
            let constant = pg_sys::makeConst(
                type_oid,
                -1,
                collation,
                c_int::from(length),
                value,
                false,
                by_value,
            );
            CStr::from_ptr(pg_sys::nodeToString(constant.cast())).to_bytes()
        };
        Some(String::from_utf8_lossy(printed).into_owned())
    }
}

struct LiteralCollector {
    literals: Vec<CString>,
    is_readable: bool,
}

impl LiteralCollector {
    /// Visits a node and its parts; returning true ends the walk.
    ///
    /// # Safety
    /// `node` is null or a node of a raw tree that nobody else uses.
    unsafe fn visit(&mut self, node: *mut pg_sys::Node) -> bool {
        if node.is_null() {
            return false;
        }
        // SAFETY: promised by the caller; a node's tag gives its type.
        unsafe {
            match (*node).type_ {
                T_A_Const => {
                    if let Some(literal) = literal_of(node.cast()) {
                        let number = FIRST_LITERAL as usize + self.literals.len();
                        self.literals.push(literal);
                        make_parameter(node.cast(), number as c_int);
                    }
                    return false;
                }
                // These nodes contain no literals.
                T_TypeName | T_ColumnRef | T_A_Star | T_RangeVar | T_Alias | T_LockingClause
                | T_SetToDefault | T_SQLValueFunction | T_Integer | T_Float | T_String => return false,
                T_ParamRef => {
                    self.is_readable &= (*node.cast::<pg_sys::ParamRef>()).number < FIRST_LITERAL as c_int;
                }
                T_CommonTableExpr => {
                    let table = &*node.cast::<pg_sys::CommonTableExpr>();
                    self.is_readable &= table.search_clause.is_null() && table.cycle_clause.is_null();
                }
                T_SelectStmt => {
                    self.is_readable &= (*node.cast::<pg_sys::SelectStmt>()).intoClause.is_null();
                }
                // A column of a function in FROM.
                T_ColumnDef => {
                    self.is_readable &= (*node.cast::<pg_sys::ColumnDef>()).constraints.is_null();
                }
                T_List | T_A_Expr | T_BoolExpr | T_FuncCall | T_NamedArgExpr | T_A_Indices
                | T_A_Indirection | T_A_ArrayExpr | T_ResTarget | T_TypeCast | T_CollateClause | T_SortBy
                | T_WindowDef | T_RangeSubselect | T_RangeFunction | T_JoinExpr | T_NullTest
                | T_BooleanTest | T_CaseExpr | T_CaseWhen | T_CoalesceExpr | T_MinMaxExpr | T_SubLink
                | T_RowExpr | T_GroupingSet | T_GroupingFunc | T_WithClause => {}
                _ => self.is_readable = false,
            }
            let context = (&raw mut *self).cast();
            !self.is_readable || pg_guard_ffi_boundary(|| walk(node, visit_node, context))
        }
    }
}

/// [`LiteralCollector::visit`] as a callback of the walk. Rust code must not call it, because an error leaves
/// it by a jump.
///
/// # Safety
/// `node` is null or a node of a raw tree that nobody else uses; `context` points to a `LiteralCollector`.
#[pg_guard]
unsafe extern "C-unwind" fn visit_node(node: *mut pg_sys::Node, context: *mut c_void) -> bool {
    // SAFETY: promised by the caller.
    unsafe { (*context.cast::<LiteralCollector>()).visit(node) }
}

/// # Safety
/// `node` points to a constant of a raw tree.
unsafe fn literal_of(node: *mut pg_sys::A_Const) -> Option<CString> {
    // SAFETY: promised by the caller; a string is NUL-terminated.
    unsafe {
        #[cfg(feature = "pg14")]
        let text: *mut c_char = match (*node).val.type_ {
            T_String => (*node).val.val.str_,
            _ => return None,
        };
        #[cfg(not(feature = "pg14"))]
        let text: *mut c_char = match (*node).val.node.type_ {
            T_String if !(*node).isnull => (*node).val.sval.sval,
            _ => return None,
        };
        Some(CStr::from_ptr(text).to_owned())
    }
}

const _: () = assert!(size_of::<pg_sys::ParamRef>() <= size_of::<pg_sys::A_Const>());

/// # Safety
/// `node` points to a constant of a raw tree that nobody else uses.
unsafe fn make_parameter(node: *mut pg_sys::A_Const, number: c_int) {
    // SAFETY: promised by the caller; a ParamRef is no larger than an A_Const (asserted above), and no more
    // strictly aligned.
    unsafe {
        let location = (*node).location;
        node.cast::<pg_sys::ParamRef>().write(pg_sys::ParamRef {
            type_: T_ParamRef,
            number,
            location,
        });
    }
}

thread_local! {
    /// The hook for the parameters of the function whose body is being analyzed.
    static FUNCTION_PARAMETERS: Cell<pg_sys::ParseParamRefHook> = const { Cell::new(None) };
}

/// Makes a parser accept the parameters that stand for literals, in addition to those that it already knows.
///
/// # Safety
/// `state` belongs to a parser that has not started.
pub unsafe fn add_parser_hooks(state: *mut pg_sys::ParseState) {
    // SAFETY: promised by the caller.
    unsafe {
        FUNCTION_PARAMETERS.set((*state).p_paramref_hook);
        (*state).p_paramref_hook = Some(parameter);
        (*state).p_coerce_param_hook = Some(literal_as);
    }
}

/// # Safety
/// Only the parser calls this.
#[pg_guard]
unsafe extern "C-unwind" fn parameter(
    state: *mut pg_sys::ParseState,
    reference: *mut pg_sys::ParamRef,
) -> *mut pg_sys::Node {
    // SAFETY: the parser passes its own state and node, and the saved hook is its own.
    unsafe {
        let function_hook = FUNCTION_PARAMETERS.get();
        if (*reference).number < FIRST_LITERAL as c_int {
            return match function_hook {
                Some(hook) => pg_guard_ffi_boundary(|| hook(state, reference)),
                None => std::ptr::null_mut(),
            };
        }
        let mut literal = PgBox::<pg_sys::Param>::alloc_node(T_Param);
        literal.paramkind = pg_sys::ParamKind::PARAM_EXTERN;
        literal.paramid = (*reference).number;
        literal.paramtype = pg_sys::UNKNOWNOID;
        literal.paramtypmod = -1;
        literal.location = (*reference).location;
        literal.into_pg().cast()
    }
}

/// Gives a literal the type that the analysis has determined.
///
/// # Safety
/// Only the parser calls this.
#[pg_guard]
unsafe extern "C-unwind" fn literal_as(
    _state: *mut pg_sys::ParseState,
    parameter: *mut pg_sys::Param,
    type_oid: pg_sys::Oid,
    _modifier: i32,
    _location: c_int,
) -> *mut pg_sys::Node {
    // SAFETY: the parser passes its own node.
    unsafe {
        let literal = &mut *parameter;
        if literal.paramtype != pg_sys::UNKNOWNOID || literal.paramid < FIRST_LITERAL as c_int {
            return std::ptr::null_mut();
        }
        literal.paramtype = type_oid;
        literal.paramcollid = pg_sys::get_typcollation(type_oid);
    }
    parameter.cast()
}
