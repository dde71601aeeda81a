//! Makes queries charge their [`Budget`].
//!
//! Oxigraph can cancel a query only where it reads the store. It does not read it for the product of two lists of values,
//! nor for a text that a query doubles forty times. So each query is changed before it runs: every step that can multiply
//! rows is filtered by a function which always holds, until the budget is used up, and arguments of functions pass through
//! another one, which counts their bytes.

use std::collections::HashSet;
use std::mem::take;
use std::sync::Arc;

use oxigraph::model::{Literal, NamedNode, Term, Variable};
use oxigraph::sparql::SparqlEvaluator;
use spargebra::algebra::{
    AggregateExpression, AggregateFunction, Expression, Function, GraphPattern, OrderExpression,
    PropertyPathExpression,
};
use spargebra::term::{NamedNodePattern, TermPattern, TriplePattern};
use spargebra::{GraphUpdateOperation, Query, Update};

use super::budget::Budget;
use super::rejection::Rejection;

/// Returns an evaluator that knows the two functions.
pub(crate) fn evaluator(budget: &Arc<Budget>) -> SparqlEvaluator {
    let (rows, values, texts) = (Arc::clone(budget), Arc::clone(budget), Arc::clone(budget));
    SparqlEvaluator::new()
        .with_cancellation_token(budget.cancellation().clone())
        .with_custom_function(NamedNode::new_unchecked(ROW), move |arguments| {
            let [Term::Literal(bytes)] = arguments else { return None };
            rows.charge(bytes.value().parse().ok()?).then(|| Literal::from(true).into())
        })
        .with_custom_function(NamedNode::new_unchecked(VALUE), move |arguments| {
            let bytes = arguments.iter().map(|it| term_bytes(it).saturating_add(1));
            let bytes = bytes.fold(VALUE_BYTES, usize::saturating_mul);
            values.charge(bytes).then(|| arguments.first().cloned())?
        })
        .with_custom_function(NamedNode::new_unchecked(SHORT), move |arguments| {
            let [text] = arguments else { return None };
            let is_short = term_bytes(text) <= MAX_SEARCHED_BYTES;
            texts.charge(if is_short { 0 } else { usize::MAX }).then(|| text.clone())
        })
}

/// `ROW(bytes)` charges the budget and is true, or an error when the budget is used up.
const ROW: &str = "urn:countersign-testkit:row";
/// `VALUE(a, b)` is `a`, and charges the product of the lengths of both.
const VALUE: &str = "urn:countersign-testkit:value";
/// `SHORT(a)` is `a`, and uses the budget up if that is too long to be searched.
const SHORT: &str = "urn:countersign-testkit:short";
/// The longest text that a regular expression may search, in bytes. Nothing can interrupt a search, and an expression can take
/// thousands of steps for each byte.
const MAX_SEARCHED_BYTES: usize = 16 << 10;
/// No query can name it, so it is never bound. Oxigraph moves filters towards the rows that bind their variables, and
/// leaves those that nothing binds where they are.
const UNBOUND: &str = "never bound";

/// What a row and a value take besides their content, in bytes.
const ROW_BYTES: usize = 100;
const VALUE_BYTES: usize = 1;
/// What a variable takes in a row, in bytes.
const BINDING_BYTES: usize = 48;

fn term_bytes(term: &Term) -> usize {
    match term {
        Term::BlankNode(_) => 16,
        Term::Literal(literal) => literal.value().len(),
        Term::NamedNode(node) => node.as_str().len(),
        // There are more if another crate enables RDF 1.2.
        #[allow(unreachable_patterns, reason = "depends on the features of another crate")]
        other => other.to_string().len(),
    }
}

/// How many steps and how many operators a query may have. Nothing can interrupt Oxigraph's planner, which takes time in
/// the cube of the steps and in the square of the operators: with these, a second or two in a debug build.
const MAX_STEPS: usize = 150;
const MAX_OPERATORS: usize = 1_000;

/// Makes a query charge its budget.
///
/// # Errors
///
/// Returns an error if the query takes long to plan.
pub(crate) fn meter_query(text: &str, query: &mut Query) -> Result<(), Rejection> {
    let mut meter = Meter::new(text);
    let (Query::Select { pattern, .. }
    | Query::Construct { pattern, .. }
    | Query::Describe { pattern, .. }
    | Query::Ask { pattern, .. }) = query;
    meter.pattern(pattern);
    meter.check()
}

/// Makes an update charge its budget.
///
/// # Errors
///
/// Returns an error if the update takes long to plan.
pub(crate) fn meter_update(text: &str, update: &mut Update) -> Result<(), Rejection> {
    let mut meter = Meter::new(text);
    for operation in &mut update.operations {
        if let GraphUpdateOperation::DeleteInsert { delete, insert, pattern, .. } = operation {
            meter.pattern(pattern);
            let quads = delete.len() + insert.len();
            **pattern = filter(take(pattern), quads.saturating_mul(QUAD_BYTES));
        }
    }
    meter.check()
}

struct Meter {
    row_bytes: usize,
    steps: usize,
    operators: usize,
}

impl Meter {
    /// A meter for a query, whose rows hold as many values as the query has variables and blank nodes.
    fn new(text: &str) -> Self {
        let names = text.split(['?', '$']).skip(1);
        let names =
            names.map(|rest| rest.split(|it: char| !it.is_alphanumeric() && it != '_').next());
        let variables = names.collect::<HashSet<_>>().len() + text.matches(['[', '(']).count();
        Self { row_bytes: ROW_BYTES + variables * BINDING_BYTES, steps: 0, operators: 0 }
    }

    fn check(&self) -> Result<(), Rejection> {
        if self.steps > MAX_STEPS || self.operators > MAX_OPERATORS {
            return Err(Rejection::query_too_large(format!(
                "The test server takes queries of {MAX_STEPS} steps (such as the {} of {} triple patterns) and \
                 {MAX_OPERATORS} operators",
                MAX_STEPS - 1,
                MAX_STEPS / 2,
            )));
        }
        Ok(())
    }

    fn pattern(&mut self, pattern: &mut GraphPattern) {
        self.steps += 1;
        match pattern {
            GraphPattern::Bgp { patterns } => *pattern = self.triples(take(patterns)),
            GraphPattern::Path { path, .. } => {
                self.steps += sequences(path);
                self.charge_rows(pattern);
            }
            GraphPattern::Values { .. } => self.charge_rows(pattern),
            GraphPattern::Join { left, right }
            | GraphPattern::Lateral { left, right }
            | GraphPattern::Minus { left, right }
            | GraphPattern::Union { left, right } => {
                self.pattern(left);
                self.pattern(right);
                self.charge_rows(pattern);
            }
            GraphPattern::LeftJoin { left, right, expression } => {
                self.pattern(left);
                self.pattern(right);
                expression.iter_mut().for_each(|it| self.expression(it));
                self.charge_rows(pattern);
            }
            GraphPattern::Filter { expr: expression, inner }
            | GraphPattern::Extend { inner, expression, .. } => {
                self.expression(expression);
                self.pattern(inner);
            }
            GraphPattern::OrderBy { inner, expression } => {
                for OrderExpression::Asc(it) | OrderExpression::Desc(it) in expression {
                    self.expression(it);
                }
                self.pattern(inner);
            }
            GraphPattern::Group { inner, aggregates, .. } => {
                aggregates.iter_mut().for_each(|(_, it)| self.aggregate(it));
                self.pattern(inner);
            }
            GraphPattern::Graph { inner, .. }
            | GraphPattern::Project { inner, .. }
            | GraphPattern::Distinct { inner }
            | GraphPattern::Reduced { inner }
            | GraphPattern::Slice { inner, .. } => self.pattern(inner),
            // There is no other server to ask.
            GraphPattern::Service { .. } => {}
        }
    }

    /// Joins triple patterns two by two, so that the rows of each join are charged. Oxigraph would join all of them at
    /// once, in the best order that it can find, and takes minutes to find one for a hundred.
    fn triples(&mut self, mut patterns: Vec<TriplePattern>) -> GraphPattern {
        // The pattern itself is counted.
        self.steps += (2 * patterns.len()).saturating_sub(2);
        if self.steps > MAX_STEPS {
            return GraphPattern::default();
        }
        let mut bound: HashSet<String> = HashSet::new();
        let mut joined: Option<GraphPattern> = None;
        while !patterns.is_empty() {
            // Those that share a variable come first: otherwise the product of both would be computed.
            let shares = |it: &TriplePattern| names(it).any(|name| bound.contains(&name));
            let next = patterns.remove(patterns.iter().position(shares).unwrap_or_default());
            bound.extend(names(&next));
            let mut leaf = GraphPattern::Bgp { patterns: vec![next] };
            self.charge_rows(&mut leaf);
            joined = Some(match joined {
                Some(left) => {
                    let (left, right) = (Box::new(left), Box::new(leaf));
                    let mut join = GraphPattern::Join { left, right };
                    self.charge_rows(&mut join);
                    join
                }
                None => leaf,
            });
        }
        joined.unwrap_or_default()
    }

    fn charge_rows(&self, pattern: &mut GraphPattern) {
        *pattern = filter(take(pattern), self.row_bytes);
    }

    fn aggregate(&mut self, aggregate: &mut AggregateExpression) {
        let AggregateExpression::FunctionCall { name, expr, .. } = aggregate else { return };
        self.expression(expr);
        if let AggregateFunction::GroupConcat { separator } = name {
            let separator = Literal::from(separator.as_deref().unwrap_or(" "));
            *expr = call(VALUE, vec![take_expression(expr), separator.into()]);
        }
    }

    fn expression(&mut self, expression: &mut Expression) {
        self.operators += 1;
        match expression {
            Expression::NamedNode(_)
            | Expression::Literal(_)
            | Expression::Variable(_)
            | Expression::Bound(_) => {}
            Expression::Or(left, right)
            | Expression::And(left, right)
            | Expression::Equal(left, right)
            | Expression::SameTerm(left, right)
            | Expression::Greater(left, right)
            | Expression::GreaterOrEqual(left, right)
            | Expression::Less(left, right)
            | Expression::LessOrEqual(left, right)
            | Expression::Add(left, right)
            | Expression::Subtract(left, right)
            | Expression::Multiply(left, right)
            | Expression::Divide(left, right) => {
                self.expression(left);
                self.expression(right);
            }
            Expression::UnaryPlus(inner)
            | Expression::UnaryMinus(inner)
            | Expression::Not(inner) => self.expression(inner),
            Expression::In(one, list) => {
                self.expression(one);
                list.iter_mut().for_each(|it| self.expression(it));
            }
            Expression::If(condition, then, otherwise) => {
                for it in [condition, then, otherwise] {
                    self.expression(it);
                }
            }
            Expression::Coalesce(list) => list.iter_mut().for_each(|it| self.expression(it)),
            Expression::Exists(pattern) => self.pattern(pattern),
            Expression::FunctionCall(function, arguments) => {
                arguments.iter_mut().for_each(|it| self.expression(it));
                charge_arguments(function, arguments);
            }
        }
    }
}

/// A function's result is not longer than its arguments together, but for REPLACE.
fn charge_arguments(function: &Function, arguments: &mut [Expression]) {
    match (function, arguments) {
        (Function::Replace, [text, _, replacement, ..]) => {
            let short = call(SHORT, vec![take_expression(text)]);
            *text = call(VALUE, vec![short, replacement.clone()]);
        }
        // A pattern that is a constant is compiled once, so it stays one.
        (Function::Regex, [text, ..]) => *text = call(SHORT, vec![take_expression(text)]),
        (_, arguments) => {
            for argument in arguments {
                *argument = call(VALUE, vec![take_expression(argument)]);
            }
        }
    }
}

fn filter(inner: GraphPattern, bytes: usize) -> GraphPattern {
    let unbound = Variable::new_unchecked(UNBOUND).into();
    let bytes = Literal::from(u64::try_from(bytes).unwrap_or(u64::MAX)).into();
    let expr = call(ROW, vec![Expression::Coalesce(vec![unbound, bytes])]);
    GraphPattern::Filter { expr, inner: Box::new(inner) }
}

fn call(function: &str, arguments: Vec<Expression>) -> Expression {
    Expression::FunctionCall(Function::Custom(NamedNode::new_unchecked(function)), arguments)
}

fn take_expression(expression: &mut Expression) -> Expression {
    std::mem::replace(expression, Expression::Coalesce(Vec::new()))
}

/// Counts the joins that a path becomes.
fn sequences(path: &PropertyPathExpression) -> usize {
    match path {
        PropertyPathExpression::NamedNode(_) | PropertyPathExpression::NegatedPropertySet(_) => 0,
        PropertyPathExpression::Sequence(left, right) => 2 + sequences(left) + sequences(right),
        PropertyPathExpression::Alternative(left, right) => sequences(left) + sequences(right),
        PropertyPathExpression::Reverse(inner)
        | PropertyPathExpression::ZeroOrMore(inner)
        | PropertyPathExpression::OneOrMore(inner)
        | PropertyPathExpression::ZeroOrOne(inner) => sequences(inner),
    }
}

/// The variables and blank nodes of a pattern, by names that differ.
fn names(pattern: &TriplePattern) -> impl Iterator<Item = String> {
    let predicate = match &pattern.predicate {
        NamedNodePattern::Variable(variable) => Some(variable.to_string()),
        NamedNodePattern::NamedNode(_) => None,
    };
    let terms = [&pattern.subject, &pattern.object].into_iter().filter_map(|term| match term {
        TermPattern::BlankNode(node) => Some(node.to_string()),
        TermPattern::Variable(variable) => Some(variable.to_string()),
        _ => None,
    });
    terms.chain(predicate).collect::<Vec<_>>().into_iter()
}

/// What a triple takes in the store besides its texts, in bytes.
pub(crate) const QUAD_BYTES: usize = 500;
