//! A signer that logs in to Amazon Keyspaces.

use alloc::string::String;

use super::{Challenge, Reply, SERVICE};
use crate::credentials::{Credentials, first_region, variable};
use crate::error::{CredentialsError, SignError};
use crate::protocol::Timestamp;
use crate::signer::Signer;

/// Where the region comes from, the first that is set.
const REGION: &[&str] = &["AWS_REGION", "AWS_DEFAULT_REGION"];

impl Signer {
    /// A signer for logins to Amazon Keyspaces: the service `cassandra`.
    ///
    /// ```
    /// use countersign::keyspaces::Challenge;
    /// use countersign::{Credentials, Signer};
    ///
    /// let signer = Signer::keyspaces(Credentials::new("UserID-1", "UserSecretKey-1"), "us-west-2");
    /// let challenge = Challenge::parse(b"nonce=91703fdc2ef562e19fbdab0f58e42fe5")?;
    /// let reply = signer.answer(&challenge, "2020-06-09T22:41:51.000Z".parse()?)?;
    /// assert!(reply.to_string().starts_with("signature=7f3691c18a81b8ce"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn keyspaces(credentials: Credentials, region: impl Into<String>) -> Self {
        Self::new(credentials, region, SERVICE)
    }

    /// [`Signer::keyspaces`] with what the environment holds: credentials as [`Credentials::from_env`] reads them, and
    /// as region `AWS_REGION` or, where that is empty, `AWS_DEFAULT_REGION`.
    ///
    /// # Errors
    /// Names what is missing, or not UTF-8.
    pub fn keyspaces_from_env() -> Result<Self, CredentialsError> {
        Ok(Self::keyspaces(Credentials::from_env()?, first_region(REGION, variable)?))
    }

    /// The same as [`keyspaces_from_env`](Self::keyspaces_from_env) from any look-up of names.
    ///
    /// # Errors
    /// Names what is missing.
    pub fn keyspaces_from_vars(
        mut look_up: impl FnMut(&'static str) -> Option<String>,
    ) -> Result<Self, CredentialsError> {
        let credentials = Credentials::from_vars(&mut look_up)?;
        Ok(Self::keyspaces(credentials, first_region(REGION, |name| Ok(look_up(name)))?))
    }

    /// Answers the challenge of a login, at a time: [`Signer::now`] has the machine's. Nothing is allocated once the day's
    /// key is there.
    ///
    /// # Errors
    /// The signer is for another service; a part of the credentials or the region is none.
    pub fn answer<'a>(
        &'a self,
        challenge: &Challenge<'a>,
        timestamp: Timestamp,
    ) -> Result<Reply<'a>, SignError> {
        self.with_key(timestamp, |key, credential| {
            challenge.sign_checked(credential, self.token(), key, timestamp)
        })?
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    const NONCE: &[u8] = b"nonce=0c0b0c6f3946d14ce1a49a8f8c86a888";
    const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";

    /// The answer that the official Python and Node plugins agree on.
    #[test]
    fn the_answer_is_the_plugins() {
        let credentials =
            Credentials::new("AKIAIOSFODNN7EXAMPLE", SECRET).with_session_token("token");
        let signer = Signer::keyspaces(credentials, "us-east-2");
        let challenge = Challenge::parse(NONCE).unwrap();
        let reply = signer.answer(&challenge, "2021-01-01T00:00:00.007Z".parse().unwrap());
        assert_eq!(
            reply.unwrap().to_string(),
            "signature=a05e50dff2d3d32ac05c182512353a7aef5ad11d5909e1b659d4bde27889fc81,\
             access_key=AKIAIOSFODNN7EXAMPLE,amzdate=2021-01-01T00:00:00.007Z,session_token=token"
        );
    }

    #[test]
    fn faults_come_out_of_the_answer() {
        let challenge = Challenge::parse(NONCE).unwrap();
        let answer = |id: &str, secret: &str, token: &str, region: &str, service: &str| {
            let credentials = Credentials::new(id, secret).with_session_token(token);
            let signer = Signer::new(credentials, region, service);
            let answer = signer.answer(&challenge, "20210101T000000Z".parse().unwrap());
            answer.map(|reply| reply.to_string()).unwrap_err().to_string()
        };
        for (error, text) in [
            (answer("", "s", "", "us-east-2", SERVICE), "the access key id is empty"),
            (answer("a", "", "", "us-east-2", SERVICE), "the secret access key is empty"),
            (answer("a", "s", "", "", SERVICE), "the region is empty"),
            (
                answer("a", "s", "a,b", "us-east-2", SERVICE),
                "the session token holds a byte at offset 1 that cannot be sent",
            ),
            (
                answer("a", "s", "", "us-east-2", "neptune-db"),
                "the signing key is for the service neptune-db, what it is to sign for cassandra",
            ),
        ] {
            assert_eq!(error, text);
        }
    }

    #[test]
    fn the_region_of_the_environment() {
        let region = |aws: &str, default: &str| {
            let signer = Signer::keyspaces_from_vars(|name| match name {
                "AWS_REGION" => Some(aws.into()),
                "AWS_DEFAULT_REGION" => Some(default.into()),
                "AWS_SESSION_TOKEN" => None,
                _ => Some("x".into()),
            });
            signer.map(|signer| alloc::format!("{signer:?}")).map_err(|error| error.to_string())
        };
        assert!(region("a", "b").unwrap().contains(r#"region: "a", service: "cassandra""#));
        assert!(region("", "b").unwrap().contains(r#"region: "b", service: "cassandra""#));
        assert_eq!(
            region("", "").unwrap_err(),
            "no region: the environment variables AWS_REGION and AWS_DEFAULT_REGION are missing or empty"
        );
    }
}
