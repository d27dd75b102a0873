//! When an expression is true.
//!
//! An unknown value (a column, a claim, the result of a function) may be anything, but is the same wherever
//! it occurs in the expression. All cases that the expression distinguishes are tried; a result that holds in
//! every case is certain. An expression with too many cases is unreadable.
//!
//! A column is NULL in some case only if the expression tests it for NULL: `user_id = user_id` counts as always
//! true, although it is NULL for a row without an owner.

use std::collections::{BTreeSet, HashMap};

use crate::expression::{Expression, Kind, Operands};
use crate::limits::MAX_STEPS;
use crate::unreadable::Unreadable;

/// The database role of signed-in users in PostgREST and Supabase.
const SIGNED_IN_ROLE: &str = "authenticated";

/// Who makes the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scenario {
    Anyone,
    /// Nobody is signed in, so every reader returns NULL.
    SignedOut,
    /// Any signed-in user.
    User,
    /// A user without an active organization.
    UserWithoutOrganization,
}

/// Whether an expression is true for every row in a scenario.
///
/// # Errors
/// [`Unreadable`] if there are too many cases.
pub(crate) fn is_always_true(expression: &Expression, scenario: Scenario) -> Result<bool, Unreadable> {
    let mut cases = Cases::of(expression, scenario);
    loop {
        let truth = cases.truth(expression);
        if cases.steps > MAX_STEPS {
            return Err(Unreadable);
        }
        if truth != Some(true) {
            return Ok(false);
        }
        if !cases.advance() {
            return Ok(true);
        }
    }
}

/// Whether an expression can be true because a part of it is NULL, and would not be true if the part had a
/// value. Such a part must not be replaced by an expression that is NULL more often. Returns true also when
/// the search was cut off.
pub(crate) fn opens_without(expression: &Expression, part: &Expression) -> bool {
    let mut cases = Cases::of(expression, Scenario::Anyone);
    loop {
        cases.given = Some((part.clone(), CaseValue::Null));
        let without = cases.truth(expression);
        cases.given = Some((part.clone(), CaseValue::Some("the part".to_owned())));
        let opens = without == Some(true) && cases.truth(expression) != Some(true);
        if opens || cases.steps > MAX_STEPS {
            return true;
        }
        if !cases.advance() {
            return false;
        }
    }
}

#[derive(Clone, Debug, PartialEq)]
enum CaseValue {
    Null,
    Boolean(bool),
    /// A constant, by its text.
    Constant(String),
    /// A value that is not NULL and equal only to itself.
    Some(String),
}

struct Cases {
    scenario: Scenario,
    /// A part whose value is fixed, whatever its content.
    given: Option<(Expression, CaseValue)>,
    /// The columns that are tested for NULL.
    nullable: BTreeSet<i16>,
    /// The choices of this case: the chosen value, and the number of values.
    choices: Vec<(u8, u8)>,
    next: usize,
    /// The steps taken so far, in all cases.
    steps: usize,
    /// The chosen value of each unknown.
    known: HashMap<String, u8>,
}

impl Cases {
    fn of(expression: &Expression, scenario: Scenario) -> Self {
        let null_tests = expression
            .everything()
            .into_iter()
            .filter(|part| matches!(part.kind, Kind::IsNull(_) | Kind::Same(_)));
        Cases {
            scenario,
            given: None,
            nullable: null_tests.flat_map(Expression::columns).collect(),
            choices: Vec::new(),
            next: 0,
            steps: 0,
            known: HashMap::new(),
        }
    }

    /// Advances to the next case; false if there is none.
    fn advance(&mut self) -> bool {
        self.next = 0;
        self.known.clear();
        while let Some((chosen, of)) = self.choices.pop() {
            if chosen + 1 < of {
                self.choices.push((chosen + 1, of));
                return true;
            }
        }
        false
    }

    fn choose(&mut self, what: String, of: u8) -> u8 {
        self.steps += 1 + what.len() / 32;
        if let Some(chosen) = self.known.get(&what) {
            return *chosen;
        }
        if self.next == self.choices.len() {
            self.choices.push((0, of));
        }
        let chosen = self.choices.get(self.next).map_or(0, |(chosen, _)| *chosen);
        self.next += 1;
        self.known.insert(what, chosen);
        chosen
    }

    fn truth(&mut self, expression: &Expression) -> Option<bool> {
        self.steps += 1;
        if self.steps > MAX_STEPS {
            return None;
        }
        if self.is_given(expression) {
            return self.truth_of_value(expression);
        }
        match &expression.kind {
            Kind::Boolean(value) => Some(*value),
            Kind::Null => None,
            Kind::And(parts) => self.all_of(parts, false),
            Kind::Or(parts) => self.all_of(parts, true),
            Kind::Not(part) => self.truth(part).map(|truth| !truth),
            Kind::Equal(both) => self.equal(both),
            Kind::Same(both) => Some(self.same(both)),
            Kind::IsNull(part) => Some(self.value(part) == CaseValue::Null),
            Kind::Is { value, operand } => Some(self.truth(operand) == Some(*value)),
            Kind::Cast { operand, .. } | Kind::Select(operand) => self.truth(operand),
            Kind::Call { body: Some(body), .. } => self.truth(body),
            Kind::Reader { symbol, .. } if symbol == "requesting_user_has" => match self.scenario {
                Scenario::SignedOut => Some(false),
                _ => Some(self.choose(format!("{expression:?}"), 2) == 1),
            },
            _ => self.truth_of_value(expression),
        }
    }

    fn truth_of_value(&mut self, expression: &Expression) -> Option<bool> {
        match self.value(expression) {
            CaseValue::Null => None,
            CaseValue::Boolean(value) => Some(value),
            CaseValue::Constant(key) | CaseValue::Some(key) => {
                Some(self.choose(format!("true {key}"), 2) == 1)
            }
        }
    }

    fn is_given(&self, expression: &Expression) -> bool {
        self.given.as_ref().is_some_and(|(part, _)| part == expression)
    }

    /// AND, or OR if `decisive` is true: `decisive` is the value of a part that decides the whole.
    fn all_of(&mut self, parts: &[Expression], decisive: bool) -> Option<bool> {
        let mut result = Some(!decisive);
        for part in parts {
            match self.truth(part) {
                Some(truth) if truth == decisive => return Some(decisive),
                Some(_) => {}
                None => result = None,
            }
        }
        result
    }

    fn value(&mut self, expression: &Expression) -> CaseValue {
        self.steps += 1;
        if self.steps > MAX_STEPS {
            return CaseValue::Null;
        }
        if let Some((_, value)) = self.given.as_ref().filter(|(part, _)| part == expression) {
            return value.clone();
        }
        match &expression.kind {
            Kind::Null => CaseValue::Null,
            Kind::Boolean(value) => CaseValue::Boolean(*value),
            Kind::Text(text) => CaseValue::Constant(format!("{text:?}")),
            Kind::Constant(constant) => CaseValue::Constant(constant.clone()),
            Kind::Cast { operand, .. } | Kind::Select(operand) => self.value(operand),
            Kind::Call { body: Some(body), .. } => self.value(body),
            Kind::And(_)
            | Kind::Or(_)
            | Kind::Not(_)
            | Kind::Equal(_)
            | Kind::Same(_)
            | Kind::IsNull(_)
            | Kind::Is { .. } => self.truth(expression).map_or(CaseValue::Null, CaseValue::Boolean),
            Kind::Reader { symbol, .. } if symbol == "requesting_user_has" => {
                self.truth(expression).map_or(CaseValue::Null, CaseValue::Boolean)
            }
            Kind::Coalesce(parts) => {
                let values = parts.iter().map(|part| self.value(part));
                values
                    .into_iter()
                    .find(|value| *value != CaseValue::Null)
                    .unwrap_or(CaseValue::Null)
            }
            Kind::NullIf(both) => match self.equal(both) {
                Some(true) => CaseValue::Null,
                _ => self.value(&both.left),
            },
            Kind::Case { branches, otherwise } => {
                for (when, then) in branches {
                    if self.truth(when) == Some(true) {
                        return self.value(then);
                    }
                }
                self.value(otherwise)
            }
            Kind::Setting(_) | Kind::Claims { .. } => self.value_about(expression, Topic::Anything),
            Kind::Claim { path, .. } => self.value_about(expression, topic_of_claim(path)),
            Kind::Reader { symbol, .. } => self.value_about(expression, topic_of_reader(symbol)),
            Kind::DatabaseRole(_) => self
                .role()
                .unwrap_or_else(|| CaseValue::Some(format!("{expression:?}"))),
            _ => self.anything(expression),
        }
    }

    /// The value of a claim, setting or reader in this scenario.
    fn value_about(&mut self, expression: &Expression, topic: Topic) -> CaseValue {
        match (self.scenario, topic) {
            (Scenario::SignedOut, _) | (Scenario::UserWithoutOrganization, Topic::Organization) => {
                CaseValue::Null
            }
            (Scenario::User | Scenario::UserWithoutOrganization, Topic::Role) => {
                self.role().unwrap_or_else(|| self.anything(expression))
            }
            // Every way to read the user returns the same value.
            (Scenario::User | Scenario::UserWithoutOrganization, Topic::User) => {
                CaseValue::Some("the user".to_owned())
            }
            (Scenario::User | Scenario::UserWithoutOrganization, Topic::Memberships) => {
                CaseValue::Some(format!("{expression:?}"))
            }
            _ => self.anything(expression),
        }
    }

    /// The database role of a signed-in user's request.
    fn role(&self) -> Option<CaseValue> {
        let is_user = matches!(self.scenario, Scenario::User | Scenario::UserWithoutOrganization);
        is_user.then(|| CaseValue::Constant(format!("{SIGNED_IN_ROLE:?}")))
    }

    fn anything(&mut self, expression: &Expression) -> CaseValue {
        let key = format!("{expression:?}");
        if matches!(expression.kind, Kind::Column(number) if !self.nullable.contains(&number)) {
            return CaseValue::Some(key);
        }
        match self.choose(format!("null {key}"), 2) {
            0 => CaseValue::Some(key),
            _ => CaseValue::Null,
        }
    }

    fn equal(&mut self, both: &Operands) -> Option<bool> {
        let (left, right) = (self.value(&both.left), self.value(&both.right));
        self.equal_values(left, right)
    }

    fn same(&mut self, both: &Operands) -> bool {
        match (self.value(&both.left), self.value(&both.right)) {
            (CaseValue::Null, CaseValue::Null) => true,
            (left, right) => self.equal_values(left, right) == Some(true),
        }
    }

    fn equal_values(&mut self, left: CaseValue, right: CaseValue) -> Option<bool> {
        match (left, right) {
            (CaseValue::Null, _) | (_, CaseValue::Null) => None,
            (left, right) if left == right => Some(true),
            (CaseValue::Boolean(_), CaseValue::Boolean(_))
            | (CaseValue::Constant(_), CaseValue::Constant(_)) => Some(false),
            (left, right) => {
                let mut keys = [format!("{left:?}"), format!("{right:?}")];
                keys.sort();
                Some(self.choose(format!("equal {keys:?}"), 2) == 1)
            }
        }
    }
}

/// What a claim or reader returns.
#[derive(Clone, Copy, PartialEq)]
enum Topic {
    User,
    Organization,
    Memberships,
    Role,
    Anything,
}

fn topic_of_reader(symbol: &str) -> Topic {
    match symbol {
        "requesting_user_id" | "requesting_user_uuid" => Topic::User,
        "requesting_role" => Topic::Role,
        // An array, which is empty without a membership.
        "requesting_org_ids" => Topic::Memberships,
        _ if symbol.starts_with("requesting_org_") => Topic::Organization,
        _ => Topic::Anything,
    }
}

fn topic_of_claim(path: &[String]) -> Topic {
    match path {
        [name] if name == "sub" => Topic::User,
        [name] if name == "role" => Topic::Role,
        [name] if name.starts_with("org_") => Topic::Organization,
        [name, _] if name == "o" => Topic::Organization,
        _ => Topic::Anything,
    }
}
