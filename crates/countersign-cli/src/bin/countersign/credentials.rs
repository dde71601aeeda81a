//! Where the credentials come from.

use std::env;

use crate::report::{Failure, Notes};
use crate::signing::{Credentials, Timestamp};

/// `aws configure export-credentials --format env` sets it: `2015-08-30T13:36:00+00:00`.
const EXPIRATION: &str = "AWS_CREDENTIAL_EXPIRATION";

/// Credentials, and the region that goes with them.
pub(crate) struct Found {
    pub(crate) credentials: Credentials,
    pub(crate) region: Option<String>,
}

/// Takes the credentials from the environment, or else from AWS's chain.
pub(crate) fn find(profile: Option<&str>, notes: &mut Notes) -> Result<Found, Failure> {
    let in_environment = variable("AWS_ACCESS_KEY_ID").is_some();
    if in_environment && profile.is_some() {
        // AWS's SDK would take those of the environment, and the user means the profile.
        return Err(Failure::usage(
            "AWS_ACCESS_KEY_ID is set and goes before --profile: unset it, or leave --profile out",
        ));
    }
    let mut found = match in_environment || cfg!(not(feature = "aws-config")) {
        true => from_environment()?,
        false => from_chain(profile)?,
    };
    found.region = region().or(found.region);
    warn_of_whitespace(&found.credentials, notes);
    Ok(found)
}

/// The region of the environment.
pub(crate) fn region() -> Option<String> {
    variable("AWS_REGION").or_else(|| variable("AWS_DEFAULT_REGION"))
}

fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

fn from_environment() -> Result<Found, Failure> {
    let mut credentials = Credentials::from_env().map_err(Failure::usage)?;
    if let Some(end) = variable(EXPIRATION) {
        let end = end.replace("+00:00", "Z").parse::<Timestamp>();
        let end = end.map_err(|error| Failure::usage(format!("{EXPIRATION}: {error}")))?;
        credentials = credentials.with_expiry(end.into());
    }
    Ok(Found { credentials, region: None })
}

#[cfg(feature = "aws-config")]
fn from_chain(profile: Option<&str>) -> Result<Found, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(Failure::usage)?;
    let found = runtime.block_on(crate::signing::from_chain(profile));
    let (credentials, region) = found.map_err(|error| {
        Failure::usage(format!(
            "{error}\nset AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a profile with --profile"
        ))
    })?;
    Ok(Found { credentials, region })
}

#[cfg(not(feature = "aws-config"))]
fn from_chain(_: Option<&str>) -> Result<Found, Failure> {
    from_environment()
}

/// A session token that was copied with a line break signs without an error, and no server accepts it. The library rejects a
/// secret like that.
pub(crate) fn warn_of_whitespace(credentials: &Credentials, notes: &mut Notes) {
    for (part, value) in [
        ("access key ID", credentials.access_key_id()),
        ("session token", credentials.session_token().unwrap_or_default()),
    ] {
        if value != value.trim() {
            notes.warning(format!(
                "the {part} starts or ends with whitespace; a signature with it will not match"
            ));
        }
    }
}
