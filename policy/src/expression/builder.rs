//! From a parse tree to an expression.
//!
//! Invariant: a node that is not understood becomes [`Kind::Other`] with all its parts, so that no dependency
//! on the requesting user is lost. Functions are recognized by what they are, not by how the tree writes
//! them: an operator by its function, a SQL function by its body.

use std::collections::BTreeSet;

use super::constant;
use super::expression::{Expression, Kind, Operands};
use super::scope::Scope;
use super::spelling::{cast, claim_below, coalesce, equal, negated, null_if, text, CLAIMS_SETTING};
use crate::catalog::Catalog;
use crate::limits::MAX_EXPRESSION_NODES;
use crate::tree::type_oids::{JSON, JSONB};
use crate::tree::{Node, Record};
use crate::unreadable::Unreadable;

/// The reader that returns an array: the organizations of the user.
const ORGANIZATIONS: &str = "requesting_org_ids";

/// The expression of a policy, and what else was found in its tree.
pub(crate) struct Policy {
    pub(crate) expression: Expression,
    /// All constants have types that PostgreSQL itself reads. When the policy's SQL is put into another
    /// statement, the code of other types would run.
    pub(crate) plain: bool,
    pub(crate) compares_with_itself: bool,
    /// SQL functions whose bodies could not be read.
    pub(crate) unread: BTreeSet<u32>,
}

/// The expression of a policy from the text of its tree.
pub(crate) fn of_policy(text: &str, catalog: &mut dyn Catalog) -> Result<Policy, Unreadable> {
    let tree = Node::parse(text).ok_or(Unreadable)?;
    let mut builder = Builder::new(catalog);
    let scope = Scope {
        text,
        depth: 0,
        of_a_policy: true,
        arguments: &[],
    };
    let expression = builder.expression(tree.record().ok_or(Unreadable)?, scope)?;
    Ok(Policy {
        expression,
        plain: builder.plain,
        compares_with_itself: builder.compares_with_itself,
        unread: builder.unread,
    })
}

/// The expression that a SQL function computes: its only query, if that reads no table.
pub(crate) fn of_function(oid: u32, catalog: &mut dyn Catalog) -> Result<Option<Expression>, Unreadable> {
    Builder::new(catalog).body(oid, &[])
}

pub(crate) struct Builder<'c> {
    pub(crate) catalog: &'c mut dyn Catalog,
    nodes: usize,
    /// The functions whose bodies are being read.
    pub(crate) calls: Vec<u32>,
    /// All constants so far have types that PostgreSQL itself reads.
    plain: bool,
    /// A column is compared with itself.
    compares_with_itself: bool,
    /// SQL functions whose bodies could not be read.
    pub(crate) unread: BTreeSet<u32>,
}

impl<'c> Builder<'c> {
    fn new(catalog: &'c mut dyn Catalog) -> Self {
        Builder {
            catalog,
            nodes: 0,
            calls: Vec::new(),
            plain: true,
            compares_with_itself: false,
            unread: BTreeSet::new(),
        }
    }

    pub(crate) fn expression(&mut self, record: &Record, scope: Scope) -> Result<Expression, Unreadable> {
        self.count(1)?;
        let kind = self.kind(record, scope)?;
        let result_type = [
            "funcresulttype",
            "opresulttype",
            "resulttype",
            "coalescetype",
            "vartype",
            "consttype",
        ]
        .iter()
        .find_map(|name| record.number(name));
        Ok(Expression {
            kind,
            result_type: result_type.unwrap_or(0),
            span: scope.of_a_policy.then(|| record.span.clone()),
        })
    }

    fn count(&mut self, nodes: usize) -> Result<(), Unreadable> {
        self.nodes += nodes;
        if self.nodes > MAX_EXPRESSION_NODES {
            return Err(Unreadable);
        }
        Ok(())
    }

    fn kind(&mut self, record: &Record, scope: Scope) -> Result<Kind, Unreadable> {
        Ok(match record.tag {
            "CONST" => {
                if scope.of_a_policy {
                    let type_oid = record.number("consttype");
                    self.plain &= type_oid.is_some_and(|type_oid| self.catalog.is_plain(type_oid));
                }
                constant::of(record, scope.text)
            }
            "VAR" => column(record, scope),
            "PARAM" => match scope.argument(record) {
                Some(argument) => {
                    // The argument is copied, so its size counts each time.
                    self.count(argument.everything().len())?;
                    argument.kind.clone()
                }
                None => self.other(record, scope)?,
            },
            "BOOLEXPR" => {
                let mut parts = self.all(&record.list("args"), scope)?;
                match record.atom("boolop") {
                    Some("and") => Kind::And(parts),
                    Some("or") => Kind::Or(parts),
                    Some("not") => Kind::Not(Box::new(parts.pop().ok_or(Unreadable)?)),
                    _ => return Err(Unreadable),
                }
            }
            "OPEXPR" => self.operator(record, scope)?,
            "DISTINCTEXPR" => match self.comparison(record, scope)? {
                Some(both) => negated(Kind::Same(both)),
                None => self.other(record, scope)?,
            },
            "NULLIFEXPR" => match self.comparison(record, scope)? {
                Some(both) => null_if(*both),
                None => self.other(record, scope)?,
            },
            "SCALARARRAYOPEXPR" => self.any_of(record, scope)?,
            "NULLTEST" if !record.is_true("argisrow") => {
                let is_null = Kind::IsNull(Box::new(self.only(record, "arg", scope)?));
                if record.atom("nulltesttype") == Some("0") {
                    is_null
                } else {
                    negated(is_null)
                }
            }
            "BOOLEANTEST" => {
                let operand = Box::new(self.only(record, "arg", scope)?);
                match record.atom("booltesttype") {
                    Some("0") => Kind::Is { value: true, operand },
                    Some("1") => negated(Kind::Is { value: true, operand }),
                    Some("2") => Kind::Is {
                        value: false,
                        operand,
                    },
                    Some("3") => negated(Kind::Is {
                        value: false,
                        operand,
                    }),
                    Some("4") => Kind::IsNull(operand),
                    _ => negated(Kind::IsNull(operand)),
                }
            }
            // PostgreSQL has already copied the OID of the collation to the comparison above.
            "COLLATEEXPR" => cast(self.only(record, "arg", scope)?, true),
            "RELABELTYPE" => cast(self.only(record, "arg", scope)?, true),
            "COERCETODOMAIN" => cast(self.only(record, "arg", scope)?, false),
            "COERCEVIAIO" => {
                let operand = self.only(record, "arg", scope)?;
                let to_json = matches!(record.number("resulttype"), Some(JSON | JSONB));
                match &operand.kind {
                    Kind::Setting(name) if to_json && name == CLAIMS_SETTING => Kind::Claims { parsed: true },
                    _ => cast(operand, false),
                }
            }
            "COALESCEEXPR" => coalesce(self.all(&record.list("args"), scope)?),
            "CASEEXPR" if record.record("arg").is_none() => self.case(record, scope)?,
            "NAMEDARGEXPR" => self.only(record, "arg", scope)?.kind,
            "FUNCEXPR" => self.named_call(record, "funcid", scope)?,
            "SUBSCRIPTINGREF" => self.subscript(record, scope)?,
            "SQLVALUEFUNCTION" => Kind::DatabaseRole(record.atom("op").unwrap_or_default().to_owned()),
            "SUBLINK" => self.sub_select(record, scope)?,
            "QUERY" => self.query(
                record,
                Scope {
                    depth: scope.depth + 1,
                    ..scope
                },
            )?,
            _ => self.other(record, scope)?,
        })
    }

    pub(crate) fn all(&mut self, records: &[&Record], scope: Scope) -> Result<Vec<Expression>, Unreadable> {
        records
            .iter()
            .map(|record| self.expression(record, scope))
            .collect()
    }

    fn only(&mut self, record: &Record, field: &str, scope: Scope) -> Result<Expression, Unreadable> {
        self.expression(record.record(field).ok_or(Unreadable)?, scope)
    }

    pub(crate) fn other(&mut self, record: &Record, scope: Scope) -> Result<Kind, Unreadable> {
        // The position makes two nodes with equal parts different, so they never compare as equal.
        let tag = format!("{}@{}:{}", record.tag, scope.text.len(), record.span.start);
        let parts = self.all(&record.children(), scope)?;
        Ok(Kind::Other { tag, parts })
    }

    fn comparison(&mut self, record: &Record, scope: Scope) -> Result<Option<Box<Operands>>, Unreadable> {
        let [left, right] = record.list("args")[..] else {
            return Ok(None);
        };
        // A user-defined operator may call any two values equal.
        if record
            .number("opno")
            .and_then(|oid| self.catalog.operator(oid))
            .is_none()
        {
            return Ok(None);
        }
        let identifies =
            |record: &Record| ["varno", "varattno", "varlevelsup"].map(|field| record.number::<i32>(field));
        if left.tag == "VAR" && right.tag == "VAR" && identifies(left) == identifies(right) {
            self.compares_with_itself = true;
        }
        let collation = record.number("inputcollid").unwrap_or(0);
        Ok(Some(Box::new(Operands {
            left: self.expression(left, scope)?,
            right: self.expression(right, scope)?,
            deterministic: collation == 0 || self.catalog.is_deterministic(collation),
        })))
    }

    fn operator(&mut self, record: &Record, scope: Scope) -> Result<Kind, Unreadable> {
        let name = record.number("opno").and_then(|oid| self.catalog.operator(oid));
        let equals = match name.as_deref() {
            Some("=") => true,
            Some("<>") => false,
            _ => return self.named_call(record, "opfuncid", scope),
        };
        Ok(match self.comparison(record, scope)? {
            Some(both) if equals => equal(*both),
            Some(both) => negated(equal(*both)),
            None => self.other(record, scope)?,
        })
    }

    /// `x = ANY (ARRAY[…])`, as an OR of comparisons.
    fn any_of(&mut self, record: &Record, scope: Scope) -> Result<Kind, Unreadable> {
        let name = record.number("opno").and_then(|oid| self.catalog.operator(oid));
        let arguments = record.list("args");
        match arguments[..] {
            [left, array]
                if name.as_deref() == Some("=") && record.is_true("useOr") && array.tag == "ARRAYEXPR" =>
            {
                let left = self.expression(left, scope)?;
                let collation = record.number("inputcollid").unwrap_or(0);
                let deterministic = collation == 0 || self.catalog.is_deterministic(collation);
                let whole = scope.of_a_policy.then(|| record.span.clone());
                let elements = self.all(&array.list("elements"), scope)?;
                self.count(left.everything().len() * elements.len())?;
                let one = |right| Expression {
                    kind: equal(Operands {
                        left: left.clone(),
                        right,
                        deterministic,
                    }),
                    result_type: 0,
                    span: whole.clone(),
                };
                Ok(Kind::Or(elements.into_iter().map(one).collect()))
            }
            // A column in the user's organizations is as good as equal to one of them.
            [left, array] if name.as_deref() == Some("=") && record.is_true("useOr") => {
                let right = self.expression(array, scope)?;
                if !matches!(&right.kind, Kind::Reader { symbol, .. } if symbol == ORGANIZATIONS) {
                    return self.other(record, scope);
                }
                let left = self.expression(left, scope)?;
                let collation = record.number("inputcollid").unwrap_or(0);
                let deterministic = collation == 0 || self.catalog.is_deterministic(collation);
                Ok(equal(Operands {
                    left,
                    right,
                    deterministic,
                }))
            }
            _ => self.other(record, scope),
        }
    }

    fn case(&mut self, record: &Record, scope: Scope) -> Result<Kind, Unreadable> {
        let mut branches = Vec::new();
        for branch in record.list("args") {
            branches.push((
                self.only(branch, "expr", scope)?,
                self.only(branch, "result", scope)?,
            ));
        }
        let otherwise = match record.record("defresult") {
            Some(result) => self.expression(result, scope)?,
            None => Expression {
                kind: Kind::Null,
                result_type: 0,
                span: None,
            },
        };
        Ok(Kind::Case {
            branches,
            otherwise: Box::new(otherwise),
        })
    }

    fn subscript(&mut self, record: &Record, scope: Scope) -> Result<Kind, Unreadable> {
        let container = self.only(record, "refexpr", scope)?;
        let keys = self.all(&record.list("refupperindexpr"), scope)?;
        let texts: Option<Vec<String>> = keys.into_iter().map(|key| text(&key)).collect();
        Ok(match texts.and_then(|keys| claim_below(&container, &keys)) {
            Some(claim) => claim,
            None => self.other(record, scope)?,
        })
    }
}

fn column(record: &Record, scope: Scope) -> Kind {
    let number = record.number("varattno");
    match number.filter(|_| scope.of_a_policy && record.number("varlevelsup") == Some(scope.depth)) {
        Some(number) => Kind::Column(number),
        None => Kind::OtherColumn(format!("{}:{:?}", scope.text.len(), record.span)),
    }
}
