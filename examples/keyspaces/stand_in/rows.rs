//! The answers to queries.

use super::frame::{Answer, Body, Fault, length, response};
use super::select::{Condition, Form, Select};
use super::tables::{self, Kind, Table, Value};

/// The kinds of a result.
const ROWS: i32 = 2;
const PREPARED: i32 = 4;

/// All columns are of one table, which is named once.
const GLOBAL_TABLE: i32 = 1;

pub(super) fn query(body: &mut Body<'_>) -> Result<Answer, Fault> {
    let query = Query::new(body.long_string()?)?;
    query.answer(&values(body)?)
}

/// The id of a prepared statement is its text: there is nothing to keep.
pub(super) fn prepare(body: &mut Body<'_>) -> Result<Answer, Fault> {
    let text = body.long_string()?;
    if text.len() > usize::from(u16::MAX) {
        return Err(Fault::invalid("The query is too long to be prepared"));
    }
    Ok(Query::new(text)?.prepared(text.as_bytes()))
}

pub(super) fn execute(body: &mut Body<'_>) -> Result<Answer, Fault> {
    let id = body.short_bytes()?;
    let query = str::from_utf8(id).ok().and_then(|text| Query::new(text).ok());
    query.ok_or_else(|| Fault::unprepared(id))?.answer(&values(body)?)
}

/// The values of a query's markers. What else comes with a query changes nothing here: all rows fit one page.
fn values<'a>(body: &mut Body<'a>) -> Result<Vec<Option<&'a [u8]>>, Fault> {
    const VALUES: u8 = 0x01;
    const NAMES: u8 = 0x40;
    let (_consistency, flags) = (body.short()?, body.byte()?);
    if flags & VALUES == 0 {
        return Ok(Vec::new());
    }
    if flags & NAMES != 0 {
        return Err(Fault::invalid("The stand-in's markers have no names"));
    }
    (0..body.short()?).map(|_| body.bytes()).collect()
}

/// A query of a table that there is.
struct Query {
    table: &'static Table,
    /// What each column of the result is of.
    columns: Vec<Column>,
    conditions: Vec<(usize, Option<String>)>,
    limit: usize,
}

struct Column {
    at: usize,
    form: Form,
    name: String,
}

impl Query {
    fn new(text: &str) -> Result<Self, Fault> {
        let select = Select::parse(text)?;
        // cdrs-tokio looks for these very words.
        let table = tables::find(&select.keyspace, &select.table).ok_or_else(|| {
            let (keyspace, table) = (&select.keyspace, &select.table);
            Fault::invalid(format!("Unknown keyspace/cf pair ({keyspace}.{table})"))
        })?;
        let find = |column: &str| {
            let at = table.columns.iter().position(|(name, _)| *name == column);
            at.ok_or_else(|| Fault::invalid(format!("Undefined column name {column}")))
        };
        let columns = match select.selected {
            None => (0..table.columns.len())
                .map(|at| Column { at, form: Form::AsItIs, name: table.columns[at].0.into() })
                .collect(),
            Some(selected) => selected
                .into_iter()
                .map(|it| Ok(Column { at: find(&it.column)?, form: it.form, name: it.name }))
                .collect::<Result<_, Fault>>()?,
        };
        let condition = |it: Condition| {
            let at = find(&it.column)?;
            match table.columns[at].1 {
                Kind::Text => Ok((at, it.value)),
                _ => Err(Fault::invalid("The stand-in compares texts, and nothing else")),
            }
        };
        let conditions = select.conditions.into_iter().map(condition).collect::<Result<_, _>>()?;
        Ok(Self { table, columns, conditions, limit: select.limit })
    }

    fn markers(&self) -> impl Iterator<Item = usize> {
        self.conditions.iter().filter(|(_, value)| value.is_none()).map(|(at, _)| *at)
    }

    fn answer<'a>(&'a self, values: &[Option<&'a [u8]>]) -> Result<Answer, Fault> {
        if values.len() != self.markers().count() {
            return Err(Fault::invalid("There are not as many values as markers"));
        }
        let mut values = values.iter().copied();
        let mut conditions: Vec<(usize, Option<&[u8]>)> = Vec::new();
        for (at, text) in &self.conditions {
            let expected = match text {
                Some(text) => Some(text.as_bytes()),
                None => values.next().flatten(),
            };
            conditions.push((*at, expected));
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
            let value = |answer, column: &Column| put(answer, row.get(column.at), column.form);
            self.columns.iter().fold(answer, value)
        }))
    }

    fn prepared(&self, id: &[u8]) -> Answer {
        let markers: Vec<usize> = self.markers().collect();
        let answer = Answer::new(response::RESULT).int(PREPARED).short_bytes(id);
        let answer = answer.int(GLOBAL_TABLE).length(markers.len());
        // None of them is known to be the partition key.
        let answer = self.table_name(answer.int(0));
        let answer = markers.iter().fold(answer, |answer, at| {
            let (name, kind) = self.table.columns[*at];
            put_kind(answer.string(name), kind)
        });
        self.metadata(answer)
    }

    fn metadata(&self, answer: Answer) -> Answer {
        let answer = answer.int(GLOBAL_TABLE).length(self.columns.len());
        self.columns.iter().fold(self.table_name(answer), |answer, column| {
            let kind = match column.form {
                Form::AsItIs => self.table.columns[column.at].1,
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
        Value::Text(text) => (*text).into(),
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
        Value::Text(text) => (*text).into(),
        Value::TextMap(pairs) => {
            pairs.iter().map(|(key, value)| (*key, *value)).collect::<serde_json::Value>()
        }
        Value::TextSet(texts) => (*texts).into(),
        Value::Uuid(uuid) => format!("{uuid:032x}").into(),
    }
}
