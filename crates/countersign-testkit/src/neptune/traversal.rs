//! The Gremlin whose result is known without an engine: constants, and traversals of an empty graph.

use serde_json::{Value, json};

/// A step of a traversal, with its arguments in GraphSON.
struct Step {
    name: String,
    arguments: Vec<Value>,
}

/// Returns the results of a query as text, such as `1+1`, `g.V().limit(1).count()` or `g.inject(1,'a')`, in GraphSON.
pub(crate) fn evaluate_text(query: &str) -> Option<Vec<Value>> {
    let query = query.trim().trim_end_matches(';');
    if let Some(sum) = sum(query) {
        return Some(vec![int("g:Int32", sum)]);
    }
    let mut steps = Vec::new();
    let mut rest = query.strip_prefix('g')?;
    while !rest.is_empty() {
        let (name, after) = rest.strip_prefix('.')?.split_once('(')?;
        // A parenthesis in a string or a nested traversal leaves an argument that is no literal.
        let (arguments, after) = after.split_once(')')?;
        let arguments = arguments.split(',').filter(|argument| !argument.trim().is_empty());
        let arguments =
            arguments.map(|argument| literal(argument.trim())).collect::<Option<_>>()?;
        steps.push(Step { name: name.to_owned(), arguments });
        rest = after;
    }
    evaluate(&steps)
}

/// Returns the results of bytecode in GraphSON, such as `{"@type":"g:Bytecode","@value":{"step":[["V"],["count"]]}}`.
pub(crate) fn evaluate_bytecode(bytecode: &Value) -> Option<Vec<Value>> {
    let steps = bytecode.get("@value")?.get("step")?.as_array()?;
    let steps: Option<Vec<Step>> = steps
        .iter()
        .map(|step| {
            let (name, arguments) = step.as_array()?.split_first()?;
            Some(Step { name: name.as_str()?.to_owned(), arguments: arguments.to_vec() })
        })
        .collect();
    evaluate(&steps?)
}

fn evaluate(steps: &[Step]) -> Option<Vec<Value>> {
    let (start, steps) = steps.split_first()?;
    let mut results = match &*start.name {
        "V" | "E" => Vec::new(),
        "inject" => start.arguments.clone(),
        _ => return None,
    };
    for step in steps {
        match (&*step.name, &*step.arguments) {
            ("count", []) => results = vec![int("g:Int64", i32::try_from(results.len()).ok()?)],
            ("limit", [most]) => results.truncate(usize::try_from(number(most)?).ok()?),
            ("discard" | "none", []) => results.clear(),
            ("iterate" | "next" | "toList", []) => {}
            _ => return None,
        }
    }
    Some(results)
}

fn sum(text: &str) -> Option<i32> {
    let mut terms = text.split('+').map(|term| term.trim().parse().ok());
    terms.try_fold(0_i32, |sum, term| sum.checked_add(term?))
}

fn literal(text: &str) -> Option<Value> {
    let quoted = |quote| text.strip_prefix(quote)?.strip_suffix(quote);
    match quoted('\'').or_else(|| quoted('"')) {
        Some(text) => Some(text.into()),
        None => Some(int("g:Int32", text.parse().ok()?)),
    }
}

fn int(name: &str, value: i32) -> Value {
    json!({"@type": name, "@value": value})
}

fn number(value: &Value) -> Option<u64> {
    value.get("@value").unwrap_or(value).as_u64()
}
