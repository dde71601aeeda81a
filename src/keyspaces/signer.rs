//! A signer that logs in to Amazon Keyspaces.

use alloc::string::String;
use alloc::vec::Vec;

use super::challenge::login;
use super::{Challenge, Reply, SERVICE};
use crate::credentials::{Credentials, first_region, variable};
use crate::error::{CredentialsError, SignError};
use crate::protocol::canonical::Template;
use crate::protocol::{Credential, PayloadHash, TimeForm, Timestamp};
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
        let credential = self.credential(timestamp);
        self.with_day(timestamp, |day| {
            let template = day.login.get_or_init(|| login_template(credential, timestamp));
            let hash = |payload_hash: &_| {
                template
                    .hash(|hash| timestamp.write_in_query(TimeForm::Extended, hash), payload_hash)
            };
            challenge.sign_hash(hash, credential, self.token(), &day.key, timestamp)
        })?
    }
}

fn login_template(credential: Credential<'_>, timestamp: Timestamp) -> Template {
    let mut time = Vec::new();
    timestamp.write_in_query(TimeForm::Extended, &mut time);
    Template::new(&login(PayloadHash::EMPTY, credential, timestamp), &time)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{Scope, SigningKey};
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

    /// What is kept for a day is what would be written anew.
    #[test]
    fn each_answer_of_a_day_is_that_of_the_challenge_alone() {
        let challenge = Challenge::parse(NONCE).unwrap();
        for id in ["AKIDEXAMPLE", "a=b&X-Amz-Date=2021-01-01T00%3A00%3A00.007Z", "2021-01-01T00:00"]
        {
            let signer = Signer::keyspaces(Credentials::new(id, SECRET), "us-east-2");
            for time in ["00:00:00.007", "00:00:00.008", "11:59:59.999", "23:59:59"] {
                for day in ["2021-01-01", "2021-01-02"] {
                    let timestamp: Timestamp = format!("{day}T{time}Z").parse().unwrap();
                    let scope = Scope::new(timestamp.day(), "us-east-2", SERVICE).unwrap();
                    let key = SigningKey::derive(SECRET.as_bytes(), scope).unwrap();
                    let alone = challenge.sign(id, None, &key, timestamp).unwrap();
                    let answer = signer.answer(&challenge, timestamp).unwrap();
                    assert_eq!(answer.to_string(), alone.to_string(), "{id} {timestamp:?}");
                    assert_eq!(
                        answer.stages().canonical_request().to_string(),
                        alone.stages().canonical_request().to_string()
                    );
                }
            }
        }
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
