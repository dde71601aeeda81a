//! A server that verifies each request before it answers: an axum middleware, with a limit to bodies and a guard against
//! replays. It knows one access key, that of the environment, and answers who signed and what was verified.
//!
//! ```sh
//! export AWS_ACCESS_KEY_ID=AKIDEXAMPLE AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY
//! cargo run --example axum -- --port 8182 --dialect neptune &
//! cargo run --example sign -- --service neptune-db --region us-east-1 http://127.0.0.1:8182/status | sh
//! ```

use std::collections::{BTreeSet, HashMap};
use std::error::Error;
use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{Request, State};
use axum::http::header::{ACCEPT, HeaderName, RANGE, USER_AGENT};
use axum::http::{Method, Uri};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use axum::{Extension, Router};
use clap::Parser;
use countersign::Credentials;
use countersign::protocol::{Scope, Timestamp};
use countersign::verifier::{
    self, AccessKey, ErrorFormat, ErrorResponse, SKEW, SignatureLocation, Verified, Verifier,
    VerifyError,
};

/// The largest body, in bytes. It is in memory as a whole, since nobody may believe a part of it before all is verified.
pub(crate) const MAX_BODY: usize = 1 << 20;

/// What handlers read though anyone on the way can write it. Other headers that are not signed never reach them.
const FROM_ANYONE: [HeaderName; 3] = [ACCEPT, RANGE, USER_AGENT];

/// What [`verify`] needs to know.
pub(crate) struct Guard {
    pub(crate) verifier: Verifier,
    pub(crate) dialect: ErrorFormat,
    pub(crate) keys: HashMap<String, Credentials>,
    pub(crate) replays: Mutex<Replays>,
    pub(crate) clock: Box<dyn Fn() -> Timestamp + Send + Sync>,
    pub(crate) requests: AtomicU64,
}

/// The middleware: what verifies goes on, with [`Verified`] in its extensions; all else is answered here.
///
/// It is the outermost layer of the outermost router: whatever strips a prefix, normalizes a path or decompresses a body
/// before it changes what was signed. It sets no time limit, neither to a body nor to the look-up of a key.
pub(crate) async fn verify(
    State(guard): State<Arc<Guard>>,
    request: Request,
    next: Next,
) -> Response {
    let request_id = format!("{:016x}", guard.requests.fetch_add(1, Ordering::Relaxed));
    match guard.admit(request).await {
        Ok(request) => next.run(request).await,
        Err(Refusal::Verify(error)) => error.response(guard.dialect, &request_id).into(),
        Err(Refusal::Own(status, code, text)) => {
            ErrorResponse::new(guard.dialect, status, code, text, &request_id).into()
        }
    }
}

enum Refusal {
    Verify(VerifyError),
    /// Status, code and text: ours.
    Own(u16, &'static str, &'static str),
}

impl From<VerifyError> for Refusal {
    fn from(error: VerifyError) -> Self {
        Self::Verify(error)
    }
}

impl From<axum::Error> for Refusal {
    fn from(error: axum::Error) -> Self {
        if error.into_inner().is::<http_body_util::LengthLimitError>() {
            return Self::Own(413, "RequestTooLarge", "The body is too large");
        }
        // The client went away, or broke HTTP.
        Self::Own(400, "InvalidRequest", "The body could not be read")
    }
}

impl Guard {
    async fn admit(&self, request: Request) -> Result<Request, Refusal> {
        let (mut parts, body) = request.into_parts();
        // Before the body is read: whoever is refused here sends none.
        let claim = self.verifier.read(&parts, (self.clock)())?;
        let key = self.find_key(claim.access_key_id(), claim.scope()).await;
        let body = to_bytes(body, MAX_BODY).await?;
        let verified = claim.verify(&key, verifier::Body::Bytes(&body))?;
        // A presigned URL is there to be used again, and who reads twice changes nothing.
        if claim.location() == SignatureLocation::Header && !parts.method.is_safe() {
            let mut replays = self.replays.lock().unwrap_or_else(PoisonError::into_inner);
            replays.admit(&verified, (self.clock)())?;
        }
        verified.remove_unsigned(&mut parts.headers, &FROM_ANYONE);
        parts.extensions.insert(verified);
        Ok(Request::from_parts(parts, Body::from(body)))
    }

    /// Stands for a look-up in a database. An unknown key is looked for as long as a known one, and verified as long.
    async fn find_key(&self, access_key_id: &str, scope: Scope<'_>) -> AccessKey {
        AccessKey::from_lookup(self.keys.get(access_key_id), scope)
    }
}

/// The signatures of requests that changed something, each for as long as it could verify again.
///
/// What this does not see: a replay to another server with the same keys, or after a restart; reads; presigned URLs. What
/// it refuses though nobody replays it: the same request signed twice within one second, since its signature is the same,
/// and a client that sends again what it signed before, not knowing whether it arrived.
pub(crate) struct Replays {
    /// The moment of signing stands first, and so the oldest do.
    seen: BTreeSet<(i64, String)>,
    /// All that was signed before this, in seconds since 1970, is forgotten. It never goes back, whatever the clock does.
    oldest: i64,
    skew: i64,
    most: usize,
}

impl Replays {
    /// Remembers at most so many, and refuses to forget any before its time: only holders of a key fill it.
    pub(crate) fn new(skew: Duration, most: usize) -> Self {
        let skew = i64::try_from(skew.as_secs()).unwrap_or(i64::MAX);
        Self { seen: BTreeSet::new(), oldest: i64::MIN, skew, most }
    }

    /// `now` is read after the verification, not before it: a replay whose body comes slowly verified by the clock of its
    /// head, and by now the signature may be forgotten here.
    fn admit(&mut self, verified: &Verified, now: Timestamp) -> Result<(), Refusal> {
        let signed_at = verified.timestamp();
        self.oldest = self.oldest.max(now.unix_timestamp().saturating_sub(self.skew));
        while self.seen.first().is_some_and(|(signed_at, _)| *signed_at < self.oldest) {
            self.seen.pop_first();
        }
        if signed_at.unix_timestamp() < self.oldest {
            let skew = Duration::from_secs(self.skew.unsigned_abs());
            return Err(VerifyError::SignatureExpired { signed_at, now, skew }.into());
        }
        let seen = (signed_at.unix_timestamp(), verified.signature().as_str().to_owned());
        if self.seen.contains(&seen) {
            return Err(Refusal::Own(403, "AccessDenied", "This request was here before"));
        }
        if self.seen.len() >= self.most {
            return Err(Refusal::Own(503, "ServiceUnavailable", "Too many requests"));
        }
        self.seen.insert(seen);
        Ok(())
    }
}

/// Every path and method, all behind the guard.
pub(crate) fn app(guard: Guard) -> Router {
    Router::new().fallback(who_signed).layer(from_fn_with_state(Arc::new(guard), verify))
}

/// Without the middleware there is no `Verified`, and axum answers 500.
async fn who_signed(
    Extension(verified): Extension<Verified>,
    method: Method,
    uri: Uri,
    body: Bytes,
) -> String {
    let (id, path, at) = (verified.access_key_id(), uri.path(), verified.timestamp());
    let headers = verified.signed_headers().collect::<Vec<_>>().join(";");
    let (length, verdict) = (body.len(), verified.body());
    format!(
        "{id} signed {method} {path} at {at} with {headers}; body of {length} bytes: {verdict:?}\n"
    )
}

/// Verifies requests on 127.0.0.1, signed by the credentials of the environment: AWS_ACCESS_KEY_ID,
/// AWS_SECRET_ACCESS_KEY and, for temporary ones, AWS_SESSION_TOKEN.
#[derive(Parser)]
#[command(name = "axum")]
struct Args {
    #[arg(long, default_value_t = 8182, help = "0 for any that is free")]
    port: u16,
    #[arg(long, default_value = "us-east-1")]
    region: String,
    #[arg(long, default_value = "neptune-db", help = "Its signing name; s3 has the rules of S3")]
    service: String,
    #[arg(long, default_value = "neptune", value_parser = parse_dialect)]
    #[arg(help = "How refusals are written: json, neptune, query or s3")]
    dialect: ErrorFormat,
}

fn parse_dialect(name: &str) -> Result<ErrorFormat, &'static str> {
    match name {
        "json" => Ok(ErrorFormat::Json),
        "neptune" => Ok(ErrorFormat::Neptune),
        "query" => Ok(ErrorFormat::Query),
        "s3" => Ok(ErrorFormat::S3),
        _ => Err("not json, neptune, query or s3"),
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let args = Args::parse();
    let (credentials, dialect) = (Credentials::from_env()?, args.dialect);
    let (verifier, skew) = match &*args.service {
        "s3" => (Verifier::s3(args.region), verifier::S3_SKEW),
        service => (Verifier::new(args.region, service, SKEW), SKEW),
    };
    let guard = Guard {
        verifier,
        dialect,
        keys: HashMap::from([(credentials.access_key_id().to_owned(), credentials)]),
        replays: Mutex::new(Replays::new(skew, 100_000)),
        clock: Box::new(|| Timestamp::now().expect("the year is one of 1 to 9999")),
        requests: AtomicU64::new(0),
    };
    let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, args.port)).await?;
    println!("http://{}", listener.local_addr()?);
    Ok(axum::serve(listener, app(guard)).await?)
}
