//! What signing and presigning have in common: the request, and whose signature it gets.

use countersign_cli::{CurlCommand, Request, UrlParts};

use crate::args::{RequestArgs, ScopeArgs, SigningArgs, Style};
use crate::credentials::{self, Found};
use crate::load::{BODY_UNKNOWN, Loaded, load};
use crate::report::{Failure, Notes};
use crate::signing::{Credentials, Signing, now};

/// The headers that an earlier signature has set.
const SIGNATURE_HEADERS: [&str; 5] = [
    "authorization",
    "x-amz-content-sha256",
    "x-amz-date",
    "x-amz-s3session-token",
    "x-amz-security-token",
];

/// Reads the request, and finds out how to sign it.
pub(crate) fn prepare(
    request: &RequestArgs,
    scope: &ScopeArgs,
    args: &SigningArgs,
    notes: &mut Notes,
) -> Result<(Loaded, Signing), Failure> {
    let mut loaded = load(request, notes)?;
    if !loaded.is_body_known {
        return Err(Failure::usage(BODY_UNKNOWN));
    }
    let signing = signing(&loaded, scope, args, notes)?;
    let authorization = loaded.request.header("authorization");
    if authorization.is_some_and(|value| !value.starts_with(b"AWS4-")) {
        notes.warning("the request has another Authorization, such as a password: it is replaced");
    }
    remove_signature(&mut loaded, args.strip)?;
    Ok((loaded, signing))
}

fn signing(
    loaded: &Loaded,
    scope: &ScopeArgs,
    args: &SigningArgs,
    notes: &mut Notes,
) -> Result<Signing, Failure> {
    let sigv4 = loaded.curl.as_ref().and_then(|command| command.sigv4.as_ref());
    if sigv4.is_some_and(|sigv4| !sigv4.provider.eq_ignore_ascii_case("aws")) {
        return Err(Failure::usage("curl's --aws-sigv4 names a provider that is not aws"));
    }
    let service = scope.service.clone().or_else(|| sigv4.and_then(|sigv4| sigv4.service.clone()));
    let service = service.or_else(|| scope.style.and_then(Style::service).map(str::to_owned));
    let service = service
        .ok_or_else(|| Failure::usage("no service: name it with --service, such as neptune-db"))?;
    let in_command = loaded.curl.as_ref().filter(|_| scope.profile().is_none());
    let in_command = in_command.and_then(credentials_of);
    let Found { credentials, region } = match in_command {
        Some(credentials) => {
            credentials::warn_of_whitespace(&credentials, notes);
            Found { credentials, region: credentials::region() }
        }
        None => credentials::find(scope.profile(), notes)?,
    };
    let named = scope.region.clone().or_else(|| sigv4.and_then(|sigv4| sigv4.region.clone()));
    let region = named.or(region).ok_or_else(|| {
        Failure::usage("no region: name it with --region, or set AWS_REGION or AWS_DEFAULT_REGION")
    })?;
    Ok(Signing {
        credentials,
        region,
        style: scope.style.unwrap_or_else(|| Style::of_service(&service)),
        service,
        session_token: scope.session_token,
        unsigned_payload: args.unsigned_payload,
        time: args.time.map_or_else(now, Ok).map_err(Failure::usage)?,
    })
}

/// The access key of `--aws-sigv4 … --user KEY:SECRET`; its session token is a header.
fn credentials_of(command: &CurlCommand) -> Option<Credentials> {
    let user = command.user.as_ref().filter(|user| !user.name.is_empty())?;
    let token = command.request.header("x-amz-security-token").unwrap_or_default();
    let token = String::from_utf8_lossy(token);
    Some(Credentials::new(&*user.name, &*user.password).with_session_token(token))
}

pub(crate) fn has_signature(request: &Request) -> bool {
    SIGNATURE_HEADERS.iter().any(|name| request.header(name).is_some())
}

/// A presigned URL cannot be signed again. Headers of an earlier signature are replaced in any case,
/// but none may be left beside a signature in the query.
fn remove_signature(loaded: &mut Loaded, strip: bool) -> Result<(), Failure> {
    let parts = UrlParts::split(&loaded.request.target);
    let parameters = parts.signature_parameters();
    if !strip {
        return match &*parameters {
            [] => Ok(()),
            parameters => Err(Failure::refused(format!(
                "the URL is presigned already: it has {}. Add --strip to remove these parameters",
                parameters.join(", ")
            ))),
        };
    }
    loaded.request.target = parts.without_signature_parameters();
    let url = loaded.url.take();
    loaded.url = url.map(|url| UrlParts::split(&url).without_signature_parameters());
    for name in SIGNATURE_HEADERS {
        loaded.request.remove_header(name);
    }
    Ok(())
}
