//! What the options of a `curl` command add up to.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use super::data::Data;
use super::options::{Effect, effect, shown};
use super::{CurlCommand, SigV4Option, UserOption, text_of};
use crate::error::{ParseError, Position};
use crate::request::Request;
use crate::url::UrlParts;

/// What the options of a command have said so far.
#[derive(Default)]
pub(super) struct Settings<'a> {
    /// The file that the body is in, until an option reads it.
    file: Option<&'a [u8]>,
    pub(super) urls: Vec<String>,
    method: Option<String>,
    /// Those of `-H`, in order.
    headers: Vec<(String, Vec<u8>)>,
    /// The names that `-H 'Name:'` removes.
    removed: Vec<String>,
    /// The headers that other options set, unless `-H` does.
    set: Vec<(&'static str, Vec<u8>)>,
    cookies: Vec<Vec<u8>>,
    data: Data,
    upload: Option<Vec<u8>>,
    user: Option<UserOption>,
    sigv4: Option<SigV4Option>,
    is_get: bool,
    is_head: bool,
    path_as_is: bool,
    globoff: bool,
    ignored: Vec<String>,
}

impl<'a> Settings<'a> {
    pub(super) fn new(file: Option<&'a [u8]>) -> Self {
        Self { file, ..Self::default() }
    }

    /// Applies short options that share one word, such as `-sXPOST`.
    pub(super) fn apply_letters(
        &mut self,
        mut letters: &[u8],
        words: &mut impl Iterator<Item = Vec<u8>>,
    ) -> Result<(), ParseError> {
        while let [letter, rest @ ..] = letters {
            let option = [b'-', *letter];
            let takes_value = effect(&option).is_some_and(|effect| effect.takes_value());
            self.apply(&option, if takes_value { rest } else { &[] }, words)?;
            letters = if takes_value { &[] } else { rest };
        }
        Ok(())
    }

    /// Applies one option. Its value is what is attached to it, or else the next word.
    pub(super) fn apply(
        &mut self,
        option: &[u8],
        attached: &[u8],
        words: &mut impl Iterator<Item = Vec<u8>>,
    ) -> Result<(), ParseError> {
        let effect = effect(option);
        let option = shown(option);
        let Some(effect) = effect else {
            return Err(ParseError::UnknownOption { option });
        };
        let value = match attached {
            _ if !effect.takes_value() => Vec::new(),
            [] => match words.next() {
                Some(value) => value,
                None => return Err(ParseError::MissingOptionValue { option }),
            },
            attached => attached.into(),
        };
        match effect {
            Effect::Nothing | Effect::NothingWithValue => {}
            Effect::Ignored | Effect::IgnoredWithValue => self.ignored.push(option),
            Effect::Unsupported(reason) => {
                return Err(ParseError::UnsupportedOption { option, reason });
            }
            Effect::Get => self.is_get = true,
            Effect::GlobOff => self.globoff = true,
            Effect::Head => self.is_head = true,
            Effect::PathAsIs => self.path_as_is = true,
            Effect::Bearer => self.set.push(("authorization", [b"Bearer ", &*value].concat())),
            // Without a `=`, it is the name of a file.
            Effect::Cookie if !value.contains(&b'=') => {
                return Err(ParseError::FileNotRead { option });
            }
            Effect::Cookie => self.cookies.push(value),
            Effect::Data(kind) => self.data.add(kind, option, &value, &mut self.file)?,
            Effect::Header => self.add_header(option, &value)?,
            Effect::Method => self.method = Some(text_of(value, "method")?),
            Effect::Range => self.set.push(("range", [b"bytes=", &*value].concat())),
            Effect::Referer => {
                let referer = value.strip_suffix(b";auto").unwrap_or(&value);
                self.set.push(("referer", referer.into()));
            }
            Effect::SigV4 => {
                let value = text_of(value, "value of --aws-sigv4")?;
                let mut parts = value.split(':').map(str::to_owned);
                let provider = parts.next().unwrap_or_default();
                let mut parts =
                    parts.skip(1).map(|part| Some(part).filter(|part| !part.is_empty()));
                let region = parts.next().flatten();
                let service = parts.next().flatten();
                self.sigv4 = Some(SigV4Option { provider, region, service });
            }
            Effect::Upload => {
                let file = self.file.take().ok_or(ParseError::BodyInFile { option })?;
                self.upload = Some(file.into());
            }
            Effect::Url => self.urls.push(text_of(value, "URL")?),
            Effect::UrlQuery => self.data.add_to_query(option, &value)?,
            Effect::User => {
                let value = text_of(value, "value of --user")?;
                let (name, password) = value.split_once(':').unwrap_or((&value, ""));
                self.user = Some(UserOption { name: name.into(), password: password.into() });
            }
            Effect::UserAgent => self.set.push(("user-agent", value)),
        }
        Ok(())
    }

    /// Adds `Name: value`, or `Name;` for an empty value. `Name:` removes a header of `curl`'s own.
    fn add_header(&mut self, option: String, line: &[u8]) -> Result<(), ParseError> {
        if line.starts_with(b"@") {
            return Err(ParseError::FileNotRead { option });
        }
        let invalid = ParseError::InvalidOptionValue { option, expected: "\"Name: value\"" };
        let colon = line.iter().position(|byte| *byte == b':');
        let (name, value) = match (colon, line) {
            (Some(colon), _) => line.split_at_checked(colon).unwrap_or_default(),
            (None, [name @ .., b';']) => (name, &b""[..]),
            (None, _) => return Err(invalid),
        };
        let name = str::from_utf8(name).map_err(|_| invalid)?;
        let value = value.get(1..).unwrap_or_default().trim_ascii();
        if value.is_empty() && colon.is_some() {
            self.removed.push(name.to_ascii_lowercase());
        } else {
            self.headers.push((name.into(), value.into()));
        }
        Ok(())
    }

    pub(super) fn finish(mut self, rest: Option<Position>) -> Result<CurlCommand, ParseError> {
        let mut urls = core::mem::take(&mut self.urls).into_iter();
        let mut url = urls.next().ok_or(ParseError::MissingUrl)?;
        if urls.next().is_some() {
            return Err(ParseError::MultipleUrls);
        }
        if self.file.is_some() {
            return Err(ParseError::UnusedBody);
        }
        if !url.contains("://") {
            url.insert_str(0, "http://");
        }
        let path_and_query = url.get(UrlParts::split(&url).origin.len()..).unwrap_or_default();
        if !self.globoff && path_and_query.contains(['{', '}', '[', ']']) {
            return Err(ParseError::UrlGlob);
        }
        let mut query = core::mem::take(&mut self.data.query);
        let mut body = self.data.body.take();
        if self.is_get {
            query.extend(body.take());
        }
        if self.is_head && body.is_some() {
            return Err(ParseError::ConflictingOptions { first: "--head", second: "--data" });
        }
        if let Some(content_type) = self.data.content_type.filter(|_| body.is_some()) {
            self.set.push(("content-type", content_type.into()));
            if self.data.is_json {
                self.set.push(("accept", content_type.into()));
            }
        }
        let implied = match (&self.upload, &body) {
            _ if self.is_head => "HEAD",
            (Some(_), _) if UrlParts::split(&url).path.ends_with('/') => {
                let reason =
                    "it adds the name of the file to a URL that ends with '/'; write it out";
                return Err(ParseError::UnsupportedOption {
                    option: "--upload-file".into(),
                    reason,
                });
            }
            (Some(_), _) => "PUT",
            (None, Some(_)) => "POST",
            (None, None) => "GET",
        };
        let method = self.method.take().unwrap_or_else(|| implied.into());
        let body = self.upload.take().or(body).unwrap_or_default();
        let user = self.take_user();
        let target = with_query(&url, &query)?;
        let headers = self.all_headers();
        let Self { sigv4, path_as_is, ignored, .. } = self;
        let request = Request { method, target, headers, body };
        Ok(CurlCommand { request, sigv4, user, path_as_is, ignored, rest })
    }

    /// Without `--aws-sigv4`, a user is a header.
    fn take_user(&mut self) -> Option<UserOption> {
        let user = self.user.take()?;
        if self.sigv4.is_some() {
            return Some(user);
        }
        let encoded = BASE64_STANDARD.encode(format!("{}:{}", user.name, user.password));
        self.set.push(("authorization", format!("Basic {encoded}").into()));
        None
    }

    fn all_headers(&mut self) -> Vec<(String, Vec<u8>)> {
        let mut headers = core::mem::take(&mut self.headers);
        if !self.cookies.is_empty() {
            self.set.push(("cookie", self.cookies.join(&b';')));
        }
        for (name, value) in &self.set {
            let is_given = headers.iter().any(|(other, _)| other.eq_ignore_ascii_case(name));
            if !is_given && !value.is_empty() && !self.removed.iter().any(|other| other == name) {
                headers.push(((*name).into(), value.clone()));
            }
        }
        headers
    }
}

/// Adds parameters to a URL, before its fragment.
fn with_query(url: &str, query: &[Vec<u8>]) -> Result<String, ParseError> {
    if query.is_empty() {
        return Ok(url.into());
    }
    let parts = UrlParts::split(url);
    let (sent, fragment) = match parts.fragment {
        Some(fragment) => url.split_at(url.len() - fragment.len() - 1),
        None => (url, ""),
    };
    let separator = match parts.query {
        None => "?",
        Some("") => "",
        Some(_) => "&",
    };
    Ok([sent, separator, &text_of(query.join(&b'&'), "query")?, fragment].concat())
}
