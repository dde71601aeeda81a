//! `aws-sigv4`, the signer of AWS's SDK.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation, SigningSettings,
    UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use aws_smithy_runtime_api::client::identity::Identity;
use bytes::Bytes;
use http::Request;

use crate::jobs::{ACCESS_KEY_ID, Job, REGION, SECRET, TIME};

pub(crate) struct Signer {
    identity: Identity,
    service: &'static str,
    settings: SigningSettings,
}

impl Signer {
    pub(crate) fn new(job: &Job) -> Self {
        Self::with(job.token.clone(), job.service, SigningSettings::default())
    }

    /// For a presigned URL of S3.
    pub(crate) fn presigning(expires: Duration) -> Self {
        let mut settings = SigningSettings::default();
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
        settings.signature_location = SignatureLocation::QueryParams;
        settings.expires_in = Some(expires);
        Self::with(None, "s3", settings)
    }

    fn with(token: Option<String>, service: &'static str, settings: SigningSettings) -> Self {
        let identity = Credentials::new(ACCESS_KEY_ID, SECRET, token, None, "peers").into();
        Self { identity, service, settings }
    }

    /// The SDK holds the URL as text.
    pub(crate) fn sign(&self, request: &mut Request<Bytes>, url: &str) {
        let body = request.body().clone();
        self.run(request, url, SignableBody::Bytes(&body));
    }

    pub(crate) fn presign(&self, request: &mut Request<()>, url: &str) {
        self.run(request, url, SignableBody::UnsignedPayload);
    }

    fn run<B>(&self, request: &mut Request<B>, url: &str, body: SignableBody<'_>) {
        let headers = request.headers().iter();
        let headers = headers.map(|(name, value)| (name.as_str(), value.to_str().unwrap()));
        let signable = SignableRequest::new(request.method().as_str(), url, headers, body).unwrap();
        let params = v4::SigningParams::builder()
            .identity(&self.identity)
            .region(REGION)
            .name(self.service)
            .time(time())
            .settings(self.settings.clone())
            .build()
            .unwrap()
            .into();
        let (instructions, _) = sign(signable, &params).unwrap().into_parts();
        instructions.apply_to_request_http1x(request);
    }
}

pub(crate) fn key(service: &str) -> impl AsRef<[u8]> {
    v4::generate_signing_key(SECRET, time(), REGION, service)
}

fn time() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(TIME.unsigned_abs())
}
