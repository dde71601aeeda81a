//! Where Amazon Keyspaces listens
//! ([Amazon Keyspaces: service endpoints](https://docs.aws.amazon.com/keyspaces/latest/devguide/programmatic.endpoints.html)).

use alloc::string::String;

use crate::error::EndpointError;

/// The port of every endpoint. It speaks TLS only.
pub const PORT: u16 = 9142;

/// The domains of the partitions, by how the names of their regions begin: over IPv4, and over both IPv4 and IPv6. Every
/// other region belongs to [`AWS`].
const PARTITIONS: [(&str, Domains); 6] = [
    ("cn-", Domains("amazonaws.com.cn", "api.amazonwebservices.com.cn")),
    ("eusc-", Domains("amazonaws.eu", "api.amazonwebservices.eu")),
    ("us-iso-", Domains("c2s.ic.gov", "api.aws.ic.gov")),
    ("us-isob-", Domains("sc2s.sgov.gov", "api.aws.scloud")),
    ("eu-isoe-", Domains("cloud.adc-e.uk", "api.cloud-aws.adc-e.uk")),
    ("us-isof-", Domains("csp.hci.ic.gov", "api.aws.hci.ic.gov")),
];

/// AWS and its GovCloud.
const AWS: Domains = Domains("amazonaws.com", "api.aws");

#[derive(Clone, Copy)]
struct Domains(&'static str, &'static str);

/// The regions that have a FIPS endpoint of its own name.
const FIPS: [&str; 2] = ["us-east-1", "us-west-2"];

/// The host name of a region's endpoint, in any partition. VPC endpoints have names of their own.
///
/// ```
/// use countersign::keyspaces::endpoint;
///
/// assert_eq!(endpoint("us-east-2")?, "cassandra.us-east-2.amazonaws.com");
/// assert_eq!(endpoint("cn-north-1")?, "cassandra.cn-north-1.amazonaws.com.cn");
/// # Ok::<(), countersign::EndpointError>(())
/// ```
///
/// # Errors
/// The region is empty, or holds anything but `a-z`, `0-9` and `-`.
pub fn endpoint(region: &str) -> Result<String, EndpointError> {
    let Domains(ipv4, _) = domains(region)?;
    Ok(format!("cassandra.{region}.{ipv4}"))
}

/// The host name of a region's endpoint that is reached over IPv6 as well.
///
/// # Errors
/// Those of [`endpoint`].
pub fn dual_stack_endpoint(region: &str) -> Result<String, EndpointError> {
    let Domains(_, both) = domains(region)?;
    Ok(format!("cassandra.{region}.{both}"))
}

/// The host name of a region's endpoint whose cryptography is validated under FIPS 140. In GovCloud, every endpoint is one.
///
/// # Errors
/// The region has none, or those of [`endpoint`].
pub fn fips_endpoint(region: &str) -> Result<String, EndpointError> {
    let Domains(ipv4, _) = domains(region)?;
    if FIPS.contains(&region) {
        Ok(format!("cassandra-fips.{region}.{ipv4}"))
    } else if region.starts_with("us-gov-") {
        endpoint(region)
    } else {
        Err(EndpointError::FipsMissing { region: region.into() })
    }
}

/// A region's name becomes part of a host name: nothing else may come in with it.
fn domains(region: &str) -> Result<Domains, EndpointError> {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if region.is_empty() || !region.bytes().all(fits) {
        return Err(EndpointError::Region { region: region.into() });
    }
    let own = PARTITIONS.into_iter().find(|(prefix, _)| region.starts_with(prefix));
    Ok(own.map_or(AWS, |(_, domains)| domains))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    /// Names from AWS's own table of endpoints, and from the rules that its SDKs carry.
    #[test]
    fn every_partition() {
        for (region, expected) in [
            ("us-east-2", "cassandra.us-east-2.amazonaws.com"),
            ("us-gov-west-1", "cassandra.us-gov-west-1.amazonaws.com"),
            ("cn-northwest-1", "cassandra.cn-northwest-1.amazonaws.com.cn"),
            ("eusc-de-east-1", "cassandra.eusc-de-east-1.amazonaws.eu"),
            ("us-iso-east-1", "cassandra.us-iso-east-1.c2s.ic.gov"),
            ("us-isob-east-1", "cassandra.us-isob-east-1.sc2s.sgov.gov"),
            ("eu-isoe-west-1", "cassandra.eu-isoe-west-1.cloud.adc-e.uk"),
            ("us-isof-south-1", "cassandra.us-isof-south-1.csp.hci.ic.gov"),
        ] {
            assert_eq!(endpoint(region).unwrap(), expected);
        }
        for (region, expected) in [
            ("eu-west-1", "cassandra.eu-west-1.api.aws"),
            ("cn-north-1", "cassandra.cn-north-1.api.amazonwebservices.com.cn"),
        ] {
            assert_eq!(dual_stack_endpoint(region).unwrap(), expected);
        }
        for (region, expected) in [
            ("us-east-1", "cassandra-fips.us-east-1.amazonaws.com"),
            ("us-west-2", "cassandra-fips.us-west-2.amazonaws.com"),
            ("us-gov-east-1", "cassandra.us-gov-east-1.amazonaws.com"),
        ] {
            assert_eq!(fips_endpoint(region).unwrap(), expected);
        }
        let error = fips_endpoint("eu-west-1").unwrap_err().to_string();
        assert_eq!(error, "Amazon Keyspaces has no FIPS endpoint in the region \"eu-west-1\"");
    }

    #[test]
    fn what_is_no_region_does_not_reach_a_host_name() {
        for region in ["", "US-EAST-1", "us-east-1.evil.example", "a/b", "a:1", "ü", "a b"] {
            for make in [endpoint, dual_stack_endpoint, fips_endpoint] {
                assert_eq!(
                    make(region).unwrap_err().to_string(),
                    format!("{region:?} is no region: a name of a-z, 0-9 and '-'")
                );
            }
        }
    }
}
