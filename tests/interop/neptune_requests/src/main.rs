//! Makes requests with `countersign::neptune` for the operations of AWS's model (botocore's `neptunedata`, 2023-08-01), from
//! the parameters that botocore's client takes: JSON Lines in, `{"operation", "parameters"}`, and JSON Lines out, one for each
//! line in: `{"method", "path", "query", "headers", "body"}`, all as it is sent, or `{"error"}`.

mod operations;
mod parameters;

use std::error::Error;
use std::io::{self, BufRead, Write};

use countersign::neptune::Cluster;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::parameters::Parameters;

fn main() -> io::Result<()> {
    let mut output = io::stdout().lock();
    for line in io::stdin().lock().split(b'\n') {
        let answer = answer(&line?).unwrap_or_else(|error| json!({ "error": error.to_string() }));
        writeln!(output, "{answer}")?;
    }
    Ok(())
}

fn answer(line: &[u8]) -> Result<Value, Box<dyn Error>> {
    let line: Value = serde_json::from_slice(line)?;
    let operation = line.get("operation").and_then(Value::as_str).ok_or("there is no operation")?;
    let mut parameters = Parameters::deserialize(line.get("parameters").ok_or("no parameters")?)?;
    let request = operations::request(&Cluster::new("db.example")?, operation, &mut parameters)?;
    parameters.end()?;

    let query = request.uri().query().into_iter().flat_map(|query| query.split('&'));
    let query = query.map(|pair| pair.split_once('=').ok_or("a pair has no '='"));
    let mut headers = Vec::new();
    for (name, value) in request.headers() {
        headers.push((name.as_str(), value.to_str()?));
    }
    Ok(json!({
        "method": request.method().as_str(),
        "path": request.uri().path(),
        "query": query.collect::<Result<Vec<_>, _>>()?,
        "headers": headers,
        "body": std::str::from_utf8(request.body())?,
    }))
}
