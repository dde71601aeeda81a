//! `aws-sign-v4`. It makes the value of one header; its caller sets that and all others.

use bytes::Bytes;
use chrono::{DateTime, Utc};
use http::Request;
use http::header::{AUTHORIZATION, HOST, HeaderName, HeaderValue};

use crate::jobs::{ACCESS_KEY_ID, Job, REGION, SECRET, TIME};

pub(crate) fn sign(request: &mut Request<Bytes>, job: &Job) {
    let time = time();
    let host = HeaderValue::from_str(request.uri().authority().unwrap().as_str()).unwrap();
    let date = HeaderValue::try_from(time.format("%Y%m%dT%H%M%SZ").to_string()).unwrap();
    let headers = request.headers_mut();
    headers.insert(HOST, host);
    headers.insert(HeaderName::from_static("x-amz-date"), date);
    if let Some(token) = &job.token {
        let token = HeaderValue::from_str(token).unwrap();
        headers.insert(HeaderName::from_static("x-amz-security-token"), token);
    }
    let authorization = aws_sign_v4::AwsSign::new(
        request.method().as_str(),
        &job.url,
        &time,
        request.headers(),
        REGION,
        ACCESS_KEY_ID,
        SECRET,
        job.service,
        &request.body()[..],
    )
    .sign();
    request.headers_mut().insert(AUTHORIZATION, HeaderValue::try_from(authorization).unwrap());
}

pub(crate) fn key(service: &str) -> Vec<u8> {
    aws_sign_v4::signing_key(&time(), SECRET, REGION, service).unwrap()
}

fn time() -> DateTime<Utc> {
    DateTime::from_timestamp(TIME, 0).unwrap()
}
