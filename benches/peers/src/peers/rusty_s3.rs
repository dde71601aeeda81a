//! `rusty-s3`, which makes presigned URLs.

use std::time::Duration;

use jiff::Timestamp;
use rusty_s3::actions::GetObject;
use rusty_s3::{Bucket, Credentials, S3Action, UrlStyle};

use crate::jobs::{ACCESS_KEY_ID, REGION, SECRET, TIME};

pub(crate) struct Signer {
    bucket: Bucket,
    credentials: Credentials,
    time: Timestamp,
}

impl Signer {
    /// For `https://{bucket}.s3.amazonaws.com/`.
    pub(crate) fn new(bucket: &'static str) -> Self {
        let endpoint = "https://s3.amazonaws.com".parse().unwrap();
        Self {
            bucket: Bucket::new(endpoint, UrlStyle::VirtualHost, bucket, REGION).unwrap(),
            credentials: Credentials::new(ACCESS_KEY_ID, SECRET),
            time: Timestamp::from_second(TIME).unwrap(),
        }
    }

    pub(crate) fn presign(&self, object: &str, expires: Duration) -> impl AsRef<str> + use<> {
        GetObject::new(&self.bucket, Some(&self.credentials), object)
            .sign_with_time(expires, &self.time)
    }
}
