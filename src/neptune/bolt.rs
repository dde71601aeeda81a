//! The password of a Bolt connection
//! ([user guide](https://docs.aws.amazon.com/neptune/latest/userguide/access-graph-opencypher-bolt.html)).

use alloc::string::{String, ToString};
use alloc::vec::Vec;
use core::fmt;

use zeroize::Zeroizing;

use super::cluster::Cluster;
use crate::error::SignError;
use crate::protocol::{Payload, RawRequest, Rules, Timestamp};
use crate::signer::Signer;

/// The user name beside a [`BoltPassword`]. The service takes any.
pub const BOLT_USER: &str = "username";

/// The realm beside a [`BoltPassword`].
pub const BOLT_REALM: &str = "realm";

/// The authentication scheme of a [`BoltPassword`].
pub const BOLT_SCHEME: &str = "basic";

/// How the host stands in a [`BoltPassword`]. Both work: the server takes the host from the password.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum BoltHost {
    /// `db.example:8182`, as AWS's JDBC driver writes it.
    #[default]
    WithPort,
    /// `db.example`, as graph-notebook writes it.
    WithoutPort,
}

/// The password of a Bolt connection: a `GET /opencypher`, signed and written as JSON. A bearer secret: `Debug` does not
/// show it, and it is wiped from memory on drop.
///
/// The server takes it for about five minutes, and drivers that keep pools show it again for each connection they open:
/// make one for each connection. Engines before 1.2.0.0 want `/` signed, and are not served here.
///
/// ```
/// use countersign::neptune::{BOLT_REALM, BOLT_USER, BoltHost, Cluster};
/// use countersign::{Credentials, Signer};
///
/// let credentials = Credentials::new("AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY");
/// let signer = Signer::neptune(credentials, "us-east-1");
/// let cluster = Cluster::new("db.example")?;
/// let password = cluster.bolt_password(&signer, BoltHost::WithPort, signer.now()?)?;
/// assert!(password.as_str().contains(r#""Host":"db.example:8182""#));
/// let login = (BOLT_USER, password.as_str(), BOLT_REALM); // to the driver, for one connection
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct BoltPassword(Zeroizing<String>);

impl BoltPassword {
    /// The password. What is copied from here is not wiped.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for BoltPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for BoltPassword {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BoltPassword([redacted])")
    }
}

/// Bolt.
impl Cluster {
    /// The password of one Bolt connection, signed at this time by a signer of the service `neptune-db`, under
    /// [`Rules::DEFAULT`] whatever the signer's are. Behind a tunnel it speaks of the signed host.
    ///
    /// # Errors
    /// See [`SignError`].
    pub fn bolt_password(
        &self,
        signer: &Signer,
        host: BoltHost,
        timestamp: Timestamp,
    ) -> Result<BoltPassword, SignError> {
        let host = match host {
            BoltHost::WithPort => self.host_with_port(),
            BoltHost::WithoutPort => self.host_without_port(),
        };
        let headers: [(&str, &[u8]); 1] = [("host", host.as_bytes())];
        let request = RawRequest { method: "GET", target: b"/opencypher", headers: &headers };
        // The password has no place for another header that rules may add.
        let signer = signer.clone().with_rules(Rules::DEFAULT);
        let signed = signer.sign_raw_at(&request, Payload::Bytes(b""), timestamp)?;
        let (authorization, date) = (signed.authorization().to_string(), timestamp.to_string());
        let token = signer.identity().session_token().map(|token| ("X-Amz-Security-Token", token));
        let members = [
            ("Authorization", authorization.as_str()),
            ("Host", &host),
            ("HttpMethod", "GET"),
            ("X-Amz-Date", &date),
        ];
        Ok(BoltPassword(write(members.into_iter().chain(token))))
    }
}

/// A JSON object of texts, in one piece of memory.
#[expect(clippy::expect_used, reason = "a vector takes any text as JSON, which is UTF-8")]
fn write<'a>(members: impl Iterator<Item = (&'a str, &'a str)> + Clone) -> Zeroizing<String> {
    // An escape takes two bytes at the most: controls but a tab stand in no header.
    let length = members.clone().map(|(name, value)| name.len() + 2 * value.len() + 6);
    let mut json = Zeroizing::new(Vec::with_capacity(length.sum::<usize>() + 2));
    let mut before = b'{';
    for (name, value) in members {
        json.push(before);
        before = b',';
        serde_json::to_writer(&mut *json, name).expect("a text becomes JSON");
        json.push(b':');
        serde_json::to_writer(&mut *json, value).expect("a text becomes JSON");
    }
    json.push(b'}');
    Zeroizing::new(String::from_utf8(core::mem::take(&mut *json)).expect("JSON is UTF-8"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_is_left_behind_where_a_password_grew() {
        let token = "\"\t\\".repeat(1_000);
        let members = [("Authorization", token.as_str()), ("a", "b"), ("c", "")];
        let written = write(members.into_iter());
        let length = members.map(|(name, value)| name.len() + 2 * value.len() + 6);
        assert_eq!(written.capacity(), length.iter().sum::<usize>() + 2);
        let read: serde_json::Value = serde_json::from_str(&written).unwrap();
        assert_eq!(read["Authorization"], token);
    }
}
