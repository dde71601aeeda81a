//! The parameters of an operation. Each is taken once, and none may be left: what is not handled is an error.

use std::error::Error;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

#[derive(Deserialize)]
pub(crate) struct Parameters(Map<String, Value>);

impl Parameters {
    pub(crate) fn take<T: DeserializeOwned>(
        &mut self,
        name: &str,
    ) -> Result<Option<T>, Box<dyn Error>> {
        Ok(self.0.remove(name).map(serde_json::from_value).transpose()?)
    }

    pub(crate) fn need<T: DeserializeOwned>(&mut self, name: &str) -> Result<T, Box<dyn Error>> {
        self.take(name)?.ok_or_else(|| format!("{name} is missing").into())
    }

    /// Whether it is there. Calls with types have a word for what is not the default only, which is `expected`.
    pub(crate) fn says(&mut self, name: &str, expected: bool) -> Result<bool, Box<dyn Error>> {
        match self.take::<bool>(name)? {
            Some(value) if value != expected => Err(format!("no call says {name}: {value}").into()),
            value => Ok(value.is_some()),
        }
    }

    /// Those of `names` that are there, as text.
    pub(crate) fn pairs<'a>(&mut self, names: &[&'a str]) -> Vec<(&'a str, String)> {
        let text = |value| match value {
            Value::String(text) => text,
            value => value.to_string(),
        };
        names.iter().filter_map(|name| Some((*name, text(self.0.remove(*name)?)))).collect()
    }

    /// All that are left.
    pub(crate) fn rest(&mut self) -> Value {
        Value::Object(std::mem::take(&mut self.0))
    }

    pub(crate) fn end(&self) -> Result<(), Box<dyn Error>> {
        match self.0.keys().next() {
            Some(name) => Err(format!("{name} was not expected").into()),
            None => Ok(()),
        }
    }
}
