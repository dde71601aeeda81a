//! The endpoints of Amazon Keyspaces in every region, against a file that `tests/interop` compares with botocore.

use countersign::EndpointError;
use countersign::keyspaces::{dual_stack_endpoint, endpoint, fips_endpoint};

const ENDPOINTS: &str = include_str!("vectors/keyspaces-endpoints.tsv");

#[test]
fn of_every_region() {
    let (mut regions, mut with_fips) = (0, Vec::new());
    for line in ENDPOINTS.lines().filter(|line| !line.starts_with('#')) {
        let columns: Vec<&str> = line.split('\t').collect();
        let [region, expected, dual_stack, fips] = columns[..] else { panic!("{line:?}") };
        assert_eq!(endpoint(region).unwrap(), expected);
        assert_eq!(dual_stack_endpoint(region).unwrap(), dual_stack);
        match fips_endpoint(region) {
            Ok(made) => {
                assert_eq!(made, fips);
                with_fips.push(region);
            }
            Err(error) => {
                assert_eq!(error, EndpointError::FipsMissing { region: region.into() });
            }
        }
        regions += 1;
    }
    assert!(regions > 40, "{regions}");
    assert_eq!(with_fips, ["us-east-1", "us-west-2", "us-gov-east-1", "us-gov-west-1"]);
}
