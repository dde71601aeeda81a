//! The answers to queries.

use super::frame::{Answer, Body, Fault, length, response};
use super::select::{Condition, Form, Select};
use super::tables::{Kind, Table, Value};

/// The kinds of a result.
const ROWS: i32 = 2;
const PREPARED: i32 = 4;

/// Says that all columns are of one table, which is named once.
const GLOBAL_TABLE: i32 = 1;

pub(super) fn query(tables: &[Table], body: &mut Body<'_>) -> Result<Answer, Fault> {
    let query = Query::new(tables, body.long_string()?)?;
    query.answer(&values(body)?)
}

/// The id of a prepared statement is its text, so there is nothing to keep.
pub(super) fn prepare(tables: &[Table], body: &mut Body<'_>) -> Result<Answer, Fault> {
    let text = body.long_string()?;
    if text.len() > usize::from(u16::MAX) {
        return Err(Fault::invalid("The query is too long to be prepared"));
    }
    Ok(Query::new(tables, text)?.prepared(text.as_bytes()))
}

pub(super) fn execute(tables: &[Table], body: &mut Body<'_>) -> Result<Answer, Fault> {
    let id = body.short_bytes()?;
    let query = str::from_utf8(id).ok().and_then(|text| Query::new(tables, text).ok());
    query.ok_or_else(|| Fault::unprepared(id))?.answer(&values(body)?)
}

/// Reads the values of a query's markers. What else comes with a query changes nothing here, because all rows fit one page.
fn values<'a>(body: &mut Body<'a>) -> Result<Vec<Option<&'a [u8]>>, Fault> {
    const VALUES: u8 = 0x01;
    const NAMES: u8 = 0x40;
    let (_consistency, flags) = (body.short()?, body.byte()?);
    if flags & VALUES == 0 {
        return Ok(Vec::new());
    }
    if flags & NAMES != 0 {
        return Err(Fault::invalid("Markers of the test server have no names"));
    }
    (0..body.short()?).map(|_| body.bytes()).collect()
}

/// A query of a table that exists.
struct Query<'t> {
    table: &'t Table,
    columns: Vec<Selected<'t>>,
    conditions: Vec<(Found<'t>, Option<String>)>,
    limit: usize,
}

/// A column of the table.
#[derive(Clone, Copy)]
struct Found<'t> {
    at: usize,
    name: &'t str,
    kind: Kind,
}

/// A column of the result.
struct Selected<'t> {
    found: Found<'t>,
    form: Form,
    name: String,
}

impl<'t> Query<'t> {
    fn new(tables: &'t [Table], text: &str) -> Result<Self, Fault> {
        let Select { keyspace, table, selected, conditions, limit } = Select::parse(text)?;
        // cdrs-tokio looks for these very words.
        let unknown = || Fault::invalid(format!("Unknown keyspace/cf pair ({keyspace}.{table})"));
        let table = tables.iter().find(|it| it.keyspace == keyspace && it.name == table);
        let table = table.ok_or_else(unknown)?;
        let all = || {
            let columns = table.columns.iter().enumerate();
            columns.map(|(at, column)| Found { at, name: column.name, kind: column.kind })
        };
        let find = |name: &str| {
            let undefined = || Fault::invalid(format!("Undefined column name {name}"));
            all().find(|found| found.name == name).ok_or_else(undefined)
        };
        let columns = match selected {
            None => all()
                .map(|found| Selected { found, form: Form::AsItIs, name: found.name.to_owned() })
                .collect(),
            Some(selected) => selected
                .into_iter()
                .map(|it| Ok(Selected { found: find(&it.column)?, form: it.form, name: it.name }))
                .collect::<Result<_, Fault>>()?,
        };
        let condition = |it: Condition| {
            let found = find(&it.column)?;
            if found.kind != Kind::Text {
                return Err(Fault::invalid("The test server compares texts only"));
            }
            Ok((found, it.value))
        };
        let conditions = conditions.into_iter().map(condition).collect::<Result<_, _>>()?;
        Ok(Self { table, columns, conditions, limit })
    }

    fn markers(&self) -> impl Iterator<Item = Found<'t>> {
        self.conditions.iter().filter(|(_, value)| value.is_none()).map(|(found, _)| *found)
    }

    fn answer<'a>(&'a self, values: &[Option<&'a [u8]>]) -> Result<Answer, Fault> {
        if values.len() != self.markers().count() {
            return Err(Fault::invalid("There are not as many values as markers"));
        }
        let mut values = values.iter().copied();
        let mut conditions: Vec<(usize, Option<&[u8]>)> = Vec::new();
        for (found, text) in &self.conditions {
            let expected = match text {
                Some(text) => Some(text.as_bytes()),
                None => values.next().flatten(),
            };
            conditions.push((found.at, expected));
        }
        let is_met = |row: &[Value], at: usize, expected| match row.get(at) {
            Some(Value::Text(text)) => Some(text.as_bytes()) == expected,
            _ => false,
        };
        let rows = self.table.rows.iter();
        let rows = rows.filter(|row| conditions.iter().all(|(at, it)| is_met(row, *at, *it)));
        let rows: Vec<_> = rows.take(self.limit).collect();
        let answer = self.metadata(Answer::new(response::RESULT).int(ROWS)).length(rows.len());
        Ok(rows.iter().fold(answer, |answer, row| {
            let value =
                |answer, column: &Selected<'_>| put(answer, row.get(column.found.at), column.form);
            self.columns.iter().fold(answer, value)
        }))
    }

    fn prepared(&self, id: &[u8]) -> Answer {
        let answer = Answer::new(response::RESULT).int(PREPARED).short_bytes(id);
        let answer = answer.int(GLOBAL_TABLE).length(self.markers().count());
        // None of the markers is known to be the partition key.
        let answer = self.table_name(answer.int(0));
        let markers = self.markers();
        let answer = markers.fold(answer, |answer, it| put_kind(answer.string(it.name), it.kind));
        self.metadata(answer)
    }

    fn metadata(&self, answer: Answer) -> Answer {
        let answer = answer.int(GLOBAL_TABLE).length(self.columns.len());
        self.columns.iter().fold(self.table_name(answer), |answer, column| {
            let kind = match column.form {
                Form::AsItIs => column.found.kind,
                Form::Json => Kind::Text,
            };
            put_kind(answer.string(&column.name), kind)
        })
    }

    fn table_name(&self, answer: Answer) -> Answer {
        answer.string(self.table.keyspace).string(self.table.name)
    }
}

fn put_kind(answer: Answer, kind: Kind) -> Answer {
    const TEXT: usize = 0x0D;
    match kind {
        Kind::Blob => answer.short(0x03),
        Kind::Boolean => answer.short(0x04),
        Kind::Inet => answer.short(0x10),
        Kind::Int => answer.short(0x09),
        Kind::Text => answer.short(TEXT),
        Kind::TextList => answer.short(0x20).short(TEXT),
        Kind::TextMap => answer.short(0x21).short(TEXT).short(TEXT),
        Kind::TextSet => answer.short(0x22).short(TEXT),
        Kind::Uuid => answer.short(0x0C),
    }
}

fn put(answer: Answer, value: Option<&Value>, form: Form) -> Answer {
    let Some(value) = value else { return answer.null() };
    match form {
        Form::AsItIs => answer.bytes(&bytes(value)),
        Form::Json => answer.bytes(json(value).to_string().as_bytes()),
    }
}

fn bytes(value: &Value) -> Vec<u8> {
    let text =
        |bytes: Vec<u8>, text: &str| [&bytes, &length(text.len())[..], text.as_bytes()].concat();
    match value {
        Value::Boolean(value) => vec![(*value).into()],
        Value::Inet(address) => address.octets().into(),
        Value::Text(text) => text.as_bytes().into(),
        Value::TextMap(pairs) => (pairs.iter().flat_map(|(key, value)| [key, value]))
            .fold(length(pairs.len()).into(), |bytes, it| text(bytes, it)),
        Value::TextSet(texts) => {
            texts.iter().fold(length(texts.len()).into(), |bytes, it| text(bytes, it))
        }
        Value::Uuid(uuid) => uuid.to_be_bytes().into(),
    }
}

fn json(value: &Value) -> serde_json::Value {
    match value {
        Value::Boolean(value) => (*value).into(),
        Value::Inet(address) => address.to_string().into(),
        Value::Text(text) => text.as_str().into(),
        Value::TextMap(pairs) => {
            pairs.iter().map(|(key, value)| (*key, *value)).collect::<serde_json::Value>()
        }
        Value::TextSet(texts) => (*texts).into(),
        Value::Uuid(uuid) => format!("{uuid:032x}").into(),
    }
}
