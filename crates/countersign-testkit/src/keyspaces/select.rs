//! The part of CQL in which drivers ask for system tables: `SELECT` of columns, `toJson` of them, and conditions on texts.

use std::borrow::Cow;

use super::frame::Fault;

/// A query, not checked against any table.
pub(super) struct Select {
    pub(super) keyspace: String,
    pub(super) table: String,
    /// Nothing means all.
    pub(super) selected: Option<Vec<Selected>>,
    pub(super) conditions: Vec<Condition>,
    pub(super) limit: usize,
}

pub(super) struct Selected {
    pub(super) column: String,
    pub(super) form: Form,
    pub(super) name: String,
}

#[derive(Clone, Copy, PartialEq)]
pub(super) enum Form {
    AsItIs,
    Json,
}

/// A column that must be equal to a text.
pub(super) struct Condition {
    pub(super) column: String,
    /// Nothing for a marker, whose value comes with the query.
    pub(super) value: Option<String>,
}

/// The rest of a query.
struct Tokens<'a>(&'a str);

#[derive(Debug, PartialEq)]
enum Token<'a> {
    /// A name or a number. A name without quotes is in lower case.
    Word(Cow<'a, str>),
    Text(String),
    Sign(char),
    End,
}

/// The longest name, far above Cassandra's own 48.
const MAX_NAME: usize = 100;

/// Statements of CQL that change something.
const WRITES: [&str; 12] = [
    "alter", "apply", "begin", "create", "delete", "drop", "grant", "insert", "revoke", "truncate",
    "update", "use",
];

impl Select {
    pub(super) fn parse(query: &str) -> Result<Self, Fault> {
        let mut tokens = Tokens(query);
        match tokens.word()?.as_str() {
            "select" => {}
            write if WRITES.contains(&write) => {
                return Err(Fault::invalid("The test server can only be read"));
            }
            _ => return Err(no_select()),
        }
        let selected = tokens.selected()?;
        tokens.expect_word("from")?;
        let keyspace = tokens.word()?;
        tokens.expect(Token::Sign('.'))?;
        let table = tokens.word()?;
        let mut select =
            Self { keyspace, table, selected, conditions: Vec::new(), limit: usize::MAX };
        if tokens.take_word("where")? {
            select.conditions.push(tokens.condition()?);
            while tokens.take_word("and")? {
                select.conditions.push(tokens.condition()?);
            }
        }
        if tokens.take_word("limit")? {
            select.limit = tokens.word()?.parse().map_err(|_| no_select())?;
        }
        if tokens.take_word("allow")? {
            tokens.expect_word("filtering")?;
        }
        tokens.take(Token::Sign(';'))?;
        tokens.expect(Token::End)?;
        Ok(select)
    }
}

impl<'a> Tokens<'a> {
    fn selected(&mut self) -> Result<Option<Vec<Selected>>, Fault> {
        if self.take(Token::Sign('*'))? {
            return Ok(None);
        }
        let mut selected = vec![self.one_selected()?];
        while self.take(Token::Sign(','))? {
            selected.push(self.one_selected()?);
        }
        Ok(Some(selected))
    }

    fn one_selected(&mut self) -> Result<Selected, Fault> {
        let mut column = self.word()?;
        let (mut form, mut name) = (Form::AsItIs, column.clone());
        if column == "tojson" && self.take(Token::Sign('('))? {
            column = self.word()?;
            self.expect(Token::Sign(')'))?;
            (form, name) = (Form::Json, format!("system.tojson({column})"));
        }
        if self.take_word("as")? {
            name = self.word()?;
        }
        Ok(Selected { column, form, name })
    }

    fn condition(&mut self) -> Result<Condition, Fault> {
        let column = self.word()?;
        if !self.take(Token::Sign('='))? {
            return Err(Fault::invalid("The test server knows no condition but '='"));
        }
        match self.next()? {
            Token::Text(text) => Ok(Condition { column, value: Some(text) }),
            Token::Sign('?') => Ok(Condition { column, value: None }),
            _ => Err(Fault::invalid("The test server compares texts only")),
        }
    }

    fn word(&mut self) -> Result<String, Fault> {
        match self.next()? {
            Token::Word(word) => Ok(word.into_owned()),
            _ => Err(no_select()),
        }
    }

    fn expect_word(&mut self, word: &str) -> Result<(), Fault> {
        self.expect(Token::Word(word.into()))
    }

    fn expect(&mut self, token: Token<'_>) -> Result<(), Fault> {
        if self.take(token)? { Ok(()) } else { Err(no_select()) }
    }

    fn take_word(&mut self, word: &str) -> Result<bool, Fault> {
        self.take(Token::Word(word.into()))
    }

    /// Passes a token if it is the next one, and returns whether it was.
    fn take(&mut self, token: Token<'_>) -> Result<bool, Fault> {
        let mut ahead = Tokens(self.0);
        let is_next = ahead.next()? == token;
        if is_next {
            *self = ahead;
        }
        Ok(is_next)
    }

    fn next(&mut self) -> Result<Token<'a>, Fault> {
        let text = self.0.trim_start();
        let Some(first) = text.chars().next() else { return Ok(Token::End) };
        let rest = text.strip_prefix(first).unwrap_or_default();
        let (token, rest) = match first {
            '\'' => {
                let (text, rest) = quoted(rest, '\'')?;
                (Token::Text(text), rest)
            }
            '"' => {
                let (name, rest) = quoted(rest, '"')?;
                (Token::Word(name.into()), rest)
            }
            _ if is_of_word(first) => {
                let end = text.find(|it| !is_of_word(it)).unwrap_or(text.len());
                let (word, rest) = text.split_at(end);
                (Token::Word(word.to_ascii_lowercase().into()), rest)
            }
            sign => (Token::Sign(sign), rest),
        };
        if matches!(&token, Token::Word(word) if word.len() > MAX_NAME) {
            return Err(Fault::syntax("A name is too long"));
        }
        self.0 = rest;
        Ok(token)
    }
}

/// Returns what comes before the closing quote, and what after it. A quote within is written twice.
fn quoted(text: &str, quote: char) -> Result<(String, &str), Fault> {
    let (mut inner, mut rest) = (String::new(), text);
    loop {
        let (before, after) = rest.split_once(quote).ok_or_else(no_select)?;
        inner += before;
        let Some(after_both) = after.strip_prefix(quote) else { return Ok((inner, after)) };
        inner.push(quote);
        rest = after_both;
    }
}

fn is_of_word(it: char) -> bool {
    it.is_ascii_alphanumeric() || it == '_'
}

fn no_select() -> Fault {
    Fault::syntax("The test server reads only 'SELECT … FROM keyspace.table WHERE name = text'")
}
