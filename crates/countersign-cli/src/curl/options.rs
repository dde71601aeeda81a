//! The options of `curl`, and what they do to the request that is sent.

use super::data::DataKind;

/// What an option does to the request.
#[derive(Clone, Copy)]
pub(super) enum Effect {
    Bearer,
    Cookie,
    Data(DataKind),
    Get,
    GlobOff,
    Head,
    Header,
    /// It changes the request, or where it is sent, in a way that is not represented here.
    Ignored,
    IgnoredWithValue,
    Method,
    Nothing,
    NothingWithValue,
    PathAsIs,
    Range,
    Referer,
    SigV4,
    /// The request cannot be known without running `curl`, for a reason.
    Unsupported(&'static str),
    Upload,
    Url,
    UrlQuery,
    User,
    UserAgent,
}

impl Effect {
    pub(super) fn takes_value(self) -> bool {
        let is_flag = matches!(self, Self::Get | Self::GlobOff | Self::Head | Self::PathAsIs);
        !is_flag && !matches!(self, Self::Ignored | Self::Nothing | Self::Unsupported(_))
    }
}

/// What an option does, its name as it was written: `-X` or `--request`.
pub(super) fn effect(option: &[u8]) -> Option<Effect> {
    let option = str::from_utf8(option).ok()?;
    let lists = |list: &[&str]| {
        // Any option without a value can be negated.
        let negated = option.strip_prefix("--no-").unwrap_or(option);
        list.iter().any(|other| *other == option || other.strip_prefix("--") == Some(negated))
    };
    Some(match option {
        "-G" | "--get" => Effect::Get,
        "-g" | "--globoff" => Effect::GlobOff,
        "-I" | "--head" => Effect::Head,
        "--path-as-is" => Effect::PathAsIs,
        "--oauth2-bearer" => Effect::Bearer,
        "-b" | "--cookie" => Effect::Cookie,
        "-d" | "--data" | "--data-ascii" => Effect::Data(DataKind::Ascii),
        "--data-binary" => Effect::Data(DataKind::Binary),
        "--json" => Effect::Data(DataKind::Json),
        "--data-raw" => Effect::Data(DataKind::Raw),
        "--data-urlencode" => Effect::Data(DataKind::UrlEncoded),
        "-H" | "--header" => Effect::Header,
        "-X" | "--request" => Effect::Method,
        "-r" | "--range" => Effect::Range,
        "-e" | "--referer" => Effect::Referer,
        "--aws-sigv4" => Effect::SigV4,
        "-T" | "--upload-file" => Effect::Upload,
        "--url" => Effect::Url,
        "--url-query" => Effect::UrlQuery,
        "-u" | "--user" => Effect::User,
        "-A" | "--user-agent" => Effect::UserAgent,
        "-F" | "--form" | "--form-string" => {
            Effect::Unsupported("the boundary of a multipart body is random; use --data-binary")
        }
        "-K" | "--config" => Effect::Unsupported("its options are in a file; write them out"),
        "-:" | "--next" => Effect::Unsupported("it starts a second request; leave one"),
        "--request-target" => {
            Effect::Unsupported("the target is not the URL's; write it as the URL")
        }
        _ if lists(NOTHING) => Effect::Nothing,
        _ if NOTHING_WITH_VALUE.contains(&option) => Effect::NothingWithValue,
        _ if lists(IGNORED) => Effect::Ignored,
        _ if IGNORED_WITH_VALUE.contains(&option) => Effect::IgnoredWithValue,
        _ => return None,
    })
}

/// An option's name for an error. What is no name of an option may be part of a secret, or contain
/// control characters, and is cut off.
pub(super) fn shown(option: &[u8]) -> String {
    let is_in_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-.:#".contains(&byte);
    let text = String::from_utf8_lossy(option);
    let end = text.bytes().take(32).position(|byte| !is_in_name(byte)).unwrap_or(32);
    text.get(..end.min(text.len())).unwrap_or("-").into()
}

/// Options without a value that do not change what is signed: output, TLS, the connection.
#[rustfmt::skip]
const NOTHING: &[&str] = &[
    "-#", "-0", "-1", "-2", "-3", "-4", "-6", "-f", "-i", "-J", "-k", "-N", "-n", "-O", "-q", "-R", "-S", "-s", "-v",
    "-Z", "--basic", "--buffer", "--clobber", "--compressed-ssh", "--create-dirs", "--disable",
    "--disallow-username-in-url", "--fail", "--fail-early", "--fail-with-body", "--false-start", "--http0.9",
    "--http1.0", "--http1.1", "--http2", "--http2-prior-knowledge", "--http3", "--http3-only",
    "--ignore-content-length", "--include", "--insecure", "--ipv4", "--ipv6", "--keepalive", "--netrc",
    "--netrc-optional", "--alpn", "--npn", "--parallel", "--parallel-immediate", "--progress-bar",
    "--progress-meter", "--raw", "--remote-header-name", "--remote-name", "--remote-name-all", "--remote-time",
    "--remove-on-error", "--retry-all-errors", "--retry-connrefused", "--sessionid", "--show-error",
    "--show-headers", "--silent", "--ssl", "--ssl-allow-beast", "--ssl-auto-client-cert", "--ssl-no-revoke",
    "--ssl-reqd", "--ssl-revoke-best-effort", "--sslv2", "--sslv3", "--styled-output",
    "--suppress-connect-headers", "--tcp-fastopen", "--tcp-nodelay", "--tls-earlydata", "--tlsv1", "--tlsv1.0",
    "--tlsv1.1", "--tlsv1.2", "--tlsv1.3", "--trace-ids", "--trace-time", "--verbose", "--xattr",
];

/// Options with a value that do not change what is signed.
#[rustfmt::skip]
const NOTHING_WITH_VALUE: &[&str] = &[
    "-c", "-D", "-E", "-m", "-o", "-w", "-Y", "-y", "--abstract-unix-socket", "--alt-svc", "--cacert", "--capath",
    "--cert", "--cert-type", "--ciphers", "--connect-timeout", "--connect-to", "--cookie-jar",
    "--create-file-mode", "--crlfile", "--curves", "--dns-interface", "--dns-ipv4-addr", "--dns-ipv6-addr",
    "--dns-servers", "--doh-url", "--dump-header", "--egd-file", "--engine", "--etag-save",
    "--expect100-timeout", "--happy-eyeballs-timeout-ms", "--interface", "--keepalive-time", "--keepalive-cnt",
    "--key", "--key-type", "--libcurl", "--limit-rate", "--local-port", "--max-filesize", "--max-redirs",
    "--max-time", "--netrc-file", "--noproxy", "--output", "--output-dir", "--parallel-max", "--pass",
    "--pinnedpubkey", "--proto", "--proto-redir", "--random-file", "--rate", "--resolve", "--retry",
    "--retry-delay", "--retry-max-time", "--speed-limit", "--speed-time", "--stderr", "--tls-max",
    "--tls13-ciphers", "--trace", "--trace-ascii", "--trace-config", "--unix-socket", "--write-out",
];

/// Options without a value that add headers, follow redirects or authenticate in another way.
#[rustfmt::skip]
const IGNORED: &[&str] = &[
    "-B", "-L", "-p", "--anyauth", "--compressed", "--crlf", "--digest", "--haproxy-protocol", "--location",
    "--location-trusted", "--negotiate", "--ntlm", "--post301", "--post302", "--post303", "--proxy-insecure",
    "--proxytunnel", "--tr-encoding", "--use-ascii",
];

/// The same with a value.
#[rustfmt::skip]
const IGNORED_WITH_VALUE: &[&str] = &[
    "-C", "-U", "-x", "-z", "--continue-at", "--etag-compare", "--hsts", "--preproxy", "--proto-default", "--proxy",
    "--proxy-header", "--proxy-user", "--socks4", "--socks4a", "--socks5", "--socks5-hostname", "--time-cond",
];
