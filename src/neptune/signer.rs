//! A signer for Amazon Neptune, and the region that the environment names.

use alloc::string::String;

use super::SERVICE;
use crate::credentials::{Credentials, first_region, variable};
use crate::error::CredentialsError;
use crate::signer::Signer;

impl Signer {
    /// A signer for the data plane of Amazon Neptune: the service `neptune-db`, under
    /// [`Rules::DEFAULT`](crate::protocol::Rules::DEFAULT). A cluster has the region that stands in its host name.
    ///
    /// Neptune's control plane (`rds`) and Neptune Analytics (`neptune-graph`) are other services: [`Signer::new`].
    #[must_use]
    pub fn neptune(credentials: Credentials, region: impl Into<String>) -> Self {
        Self::new(credentials, region, SERVICE)
    }

    /// [`Signer::neptune`] with what the environment holds: credentials as [`Credentials::from_env`] reads them, and as
    /// region the first of `SERVICE_REGION`, `AWS_REGION` and `AWS_DEFAULT_REGION` that is not empty.
    ///
    /// # Errors
    /// Names what is missing, or not UTF-8.
    pub fn neptune_from_env() -> Result<Self, CredentialsError> {
        Ok(Self::neptune(Credentials::from_env()?, region(variable)?))
    }

    /// The same as [`neptune_from_env`](Self::neptune_from_env) from any look-up of names.
    ///
    /// ```
    /// use countersign::Signer;
    ///
    /// let error = Signer::neptune_from_vars(|name| name.ends_with("KEY").then(|| "x".into()));
    /// let error = error.unwrap_err().to_string();
    /// assert_eq!(error, "the environment variable AWS_ACCESS_KEY_ID is missing or empty");
    /// ```
    ///
    /// # Errors
    /// Names what is missing.
    pub fn neptune_from_vars(
        mut look_up: impl FnMut(&'static str) -> Option<String>,
    ) -> Result<Self, CredentialsError> {
        let credentials = Credentials::from_vars(&mut look_up)?;
        Ok(Self::neptune(credentials, region(|name| Ok(look_up(name)))?))
    }
}

/// The region, from a look-up of variables.
pub(crate) fn region(
    look_up: impl FnMut(&'static str) -> Result<Option<String>, CredentialsError>,
) -> Result<String, CredentialsError> {
    first_region(&["SERVICE_REGION", "AWS_REGION", "AWS_DEFAULT_REGION"], look_up)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn the_first_region_that_is_not_empty() {
        for (service, aws, default, expected) in [
            ("a", "b", "c", Some("a")),
            ("", "b", "c", Some("b")),
            ("", "", "c", Some("c")),
            ("", "", "", None),
        ] {
            let found = region(|name| {
                Ok(match name {
                    "SERVICE_REGION" => Some(service.into()),
                    "AWS_REGION" => Some(aws.into()),
                    "AWS_DEFAULT_REGION" if !default.is_empty() => Some(default.into()),
                    _ => None,
                })
            });
            match expected {
                Some(expected) => assert_eq!(found.as_deref(), Ok(expected)),
                None => assert_eq!(
                    found.unwrap_err().to_string(),
                    "no region: the environment variables SERVICE_REGION, AWS_REGION and AWS_DEFAULT_REGION \
                     are missing or empty"
                ),
            }
        }
    }

    #[test]
    fn a_region_that_is_not_unicode_is_not_passed_over() {
        let fault = CredentialsError::VariableNotUnicode { name: "SERVICE_REGION" };
        let found = region(|name| match name {
            "SERVICE_REGION" => Err(fault.clone()),
            _ => Ok(Some("us-east-1".into())),
        });
        assert_eq!(found, Err(fault));
    }

    #[test]
    fn a_signer_from_variables() {
        let signer =
            Signer::neptune_from_vars(|name| (name != "SERVICE_REGION").then(|| name.into()));
        let shown = alloc::format!("{:?}", signer.unwrap());
        assert!(shown.contains(
            r#"access_key_id: "AWS_ACCESS_KEY_ID", region: "AWS_REGION", service: "neptune-db""#
        ));
    }
}
