//! The canonical query string.

use core::cmp::Ordering;
use core::fmt;

use smallvec::SmallVec;

use super::headers::CanonicalHeaders;
use crate::error::CanonicalError;
use crate::protocol::encoding::{PercentDecode, PercentEncoder, encoded_sort_key, reencode};
use crate::protocol::names::Parameter;
use crate::protocol::presign::QueryAuthorization;
use crate::protocol::request::split_once;
use crate::protocol::rules::{Plus, Rules, SessionTokenName};
use crate::protocol::sink::{Sink, Text};

/// The query string of a request, with its parameters decoded, sorted and encoded again
/// ([AWS: create a canonical request](https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html)).
///
/// This example shows the canonical form of a query string:
///
/// ```
/// use countersign::protocol::{Plus, canonical::CanonicalQuery};
///
/// let query = CanonicalQuery::new(b"Param-3=c&&Param=b+%7e&k&Param=a", Plus::Space);
/// assert_eq!(query.to_string(), "Param=a&Param=b%20~&Param-3=c&k=");
/// ```
#[derive(Clone, Copy)]
pub struct CanonicalQuery<'a> {
    query: &'a [u8],
    plus: Plus,
    excluded: [Option<&'static str>; 2],
}

/// A parameter of the request, still encoded, or one that presigning adds: then it has no value yet.
#[derive(Clone, Copy)]
struct Entry<'a> {
    name: &'a [u8],
    value: &'a [u8],
    added: Option<Parameter>,
}

impl<'a> CanonicalQuery<'a> {
    /// Creates the canonical form of a query string as it is sent, without its `?`.
    ///
    /// It is split at `&`, then at the first `=`. Empty parameters are dropped.
    #[must_use]
    pub fn new(query: &'a [u8], plus: Plus) -> Self {
        Self { query, plus, excluded: [None; 2] }
    }

    /// Leaves out the parameters of these names, which are compared with decoded names.
    pub(crate) fn without(self, excluded: [Option<&'static str>; 2]) -> Self {
        Self { excluded, ..self }
    }

    /// Rejects a query string that contains a parameter of a signature: sending it would carry two signatures.
    pub(super) fn check_unsigned(&self, rules: &Rules) -> Result<(), CanonicalError> {
        if self.query.is_empty() {
            return Ok(());
        }
        let names = Parameter::ALL.map(|parameter| parameter.name(SessionTokenName::Security));
        let reserved = names.into_iter().chain([rules.session_token_name.parameter()]);
        for (name, _) in decoded_parameters(self.query, self.plus) {
            if let Some(name) = reserved.clone().find(|other| name.clone().eq(other.bytes())) {
                return Err(CanonicalError::SignedAlready { name });
            }
        }
        Ok(())
    }

    /// Writes the canonical query string.
    pub fn write(&self, sink: &mut impl Sink) {
        self.write_presigned(None, sink);
    }

    /// Writes the canonical query string with the parameters that presigning adds.
    pub(super) fn write_presigned(
        &self,
        presigned: Option<(&QueryAuthorization<'_>, &CanonicalHeaders<'_>)>,
        sink: &mut impl Sink,
    ) {
        if self.query.is_empty() && presigned.is_none() {
            return;
        }
        let mut entries = SmallVec::new();
        self.collect_sorted(presigned, &mut entries);
        for (index, entry) in entries.iter().enumerate() {
            if index > 0 {
                sink.write(b"&");
            }
            let Some((parameter, (authorization, headers))) = entry.added.zip(presigned) else {
                reencode(sink, entry.name, self.plus);
                sink.write(b"=");
                reencode(sink, entry.value, self.plus);
                continue;
            };
            sink.write(entry.name);
            sink.write(b"=");
            match parameter {
                Parameter::SignedHeaders => headers.write_names(&mut PercentEncoder(sink)),
                parameter => authorization.write_value(parameter, sink),
            }
        }
    }

    /// Collects all parameters in the order of their encoded names, then of their encoded values. They are sorted each time that
    /// the query string is written, which is once or twice, because moving the list costs more than filling it.
    fn collect_sorted(
        &self,
        presigned: Option<(&QueryAuthorization<'_>, &CanonicalHeaders<'_>)>,
        entries: &mut SmallVec<[Entry<'a>; 38]>,
    ) {
        for parameter in parameters(self.query) {
            let (name, value) = split_once(parameter, |byte| byte == b'=');
            let is_excluded = |other: &str| PercentDecode::new(name, self.plus).eq(other.bytes());
            if !self.excluded.iter().flatten().any(|other| is_excluded(other)) {
                entries.push(Entry { name, value, added: None });
            }
        }
        let has_own_parameters = !entries.is_empty();
        if let Some((authorization, _)) = presigned {
            entries.extend(authorization.signed_parameters().map(|parameter| Entry {
                name: authorization.name(parameter).as_bytes(),
                value: b"",
                added: Some(parameter),
            }));
        }
        // The parameters that presigning adds are in order already. An unstable sort is fine: parameters that compare equal have
        // the same canonical form.
        if has_own_parameters {
            entries.sort_unstable_by(|a, b| a.cmp(b, self.plus));
        }
    }
}

/// The parameters of a query string, still encoded. Empty ones are dropped.
pub(crate) fn parameters(query: &[u8]) -> impl Iterator<Item = &[u8]> {
    query.split(|byte| *byte == b'&').filter(|parameter| !parameter.is_empty())
}

/// The names and values of a query string, decoded, in the order in which they were sent.
pub(crate) fn decoded_parameters(
    query: &[u8],
    plus: Plus,
) -> impl Iterator<Item = (PercentDecode<'_>, PercentDecode<'_>)> {
    parameters(query).map(move |parameter| {
        let (name, value) = split_once(parameter, |byte| byte == b'=');
        (PercentDecode::new(name, plus), PercentDecode::new(value, plus))
    })
}

impl Entry<'_> {
    /// Compares encoded names, then encoded values. Comparing the joined texts would be wrong, because `-` sorts before `=`.
    fn cmp(&self, other: &Self, plus: Plus) -> Ordering {
        let keys = |text| PercentDecode::new(text, plus).map(encoded_sort_key);
        let by_name = keys(self.name).cmp(keys(other.name));
        by_name.then_with(|| keys(self.value).cmp(keys(other.value)))
    }
}

impl fmt::Display for CanonicalQuery<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Text::show(f, |text| self.write(text))
    }
}

/// Formats the number of parameters: their values may be secret.
impl fmt::Debug for CanonicalQuery<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CanonicalQuery({} parameters)", parameters(self.query).count())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;
    use alloc::string::{String, ToString};

    fn canonical(query: &str) -> String {
        CanonicalQuery::new(query.as_bytes(), Plus::Space).to_string()
    }

    #[test]
    fn empty_parameters_are_dropped_and_values_may_be_missing() {
        for (sent, signed) in [
            ("", ""),
            ("&", ""),
            ("k", "k="),
            ("=", "="),
            ("=v", "=v"),
            ("a=1&&b=2&", "a=1&b=2"),
            ("a=b=c", "a=b%3Dc"),
            ("a?b=/:", "a%3Fb=%2F%3A"),
        ] {
            assert_eq!(canonical(sent), signed, "{sent}");
        }
    }

    #[test]
    fn parameters_are_sorted_by_encoded_name_then_encoded_value() {
        assert_eq!(canonical("Param-3=1&Param=2"), "Param=2&Param-3=1");
        assert_eq!(canonical("b=2&a=2&b=10&a=1"), "a=1&a=2&b=10&b=2");
        assert_eq!(canonical("a=%2D&%E1%88%B4=x&A=y&~=z&a=%FF"), "%E1%88%B4=x&A=y&a=%FF&a=-&~=z");
    }

    #[test]
    fn duplicates_are_kept() {
        assert_eq!(canonical("a=1&%61=%31&a=1"), "a=1&a=1&a=1");
    }

    #[test]
    fn bytes_that_are_not_utf_8_are_kept() {
        assert_eq!(canonical("%ff=%C3%28"), "%FF=%C3%28");
        assert_eq!(CanonicalQuery::new(b"\xFF", Plus::Space).to_string(), "%FF=");
    }

    #[test]
    fn invalid_percent_encoding_is_a_literal_percent() {
        assert_eq!(canonical("a=%&b=%4&c=%zz"), "a=%25&b=%254&c=%25zz");
    }

    #[test]
    fn plus_follows_the_rules() {
        assert_eq!(canonical("a=b+c%2B"), "a=b%20c%2B");
        assert_eq!(CanonicalQuery::new(b"a=b+c%2B", Plus::Literal).to_string(), "a=b%2Bc%2B");
        assert_eq!(CanonicalQuery::new(b"a+=1&a!=1", Plus::Literal).to_string(), "a%21=1&a%2B=1");
        assert_eq!(CanonicalQuery::new(b"a+=1&a!=1", Plus::Space).to_string(), "a%20=1&a%21=1");
    }

    #[test]
    fn any_number_of_parameters_is_sorted() {
        let sent: String = (0..1000).rev().map(|n| format!("p{n:04}=&")).collect();
        let signed: String = (0..1000).map(|n| format!("&p{n:04}=")).collect();
        assert_eq!(canonical(&sent), signed[1..]);
    }

    #[test]
    fn parameters_of_a_signature_are_rejected_by_their_decoded_name() {
        let check = |query: &str, rules: Rules| {
            CanonicalQuery::new(query.as_bytes(), Plus::Space).check_unsigned(&rules)
        };
        for parameter in Parameter::ALL {
            let name = parameter.name(SessionTokenName::Security);
            let error = check(&format!("a=b&{name}="), Rules::DEFAULT).unwrap_err();
            assert_eq!(error, CanonicalError::SignedAlready { name });
        }
        assert!(check("%58-Amz%2DDate", Rules::DEFAULT).is_err());
        let s3_express = Rules::S3.with_session_token_name(SessionTokenName::S3Session);
        assert!(check("X-Amz-S3session-Token=1", s3_express).is_err());
        let other_names = "x-amz-date=1&X-Amz-Dates=1&X-Amz-S3session-Token=1";
        assert_eq!(check(other_names, Rules::DEFAULT), Ok(()));
    }
}
