//! A server that refuses: it holds the canonical request that it saw as lines, and writes errors in the shapes of real
//! ones.

use countersign::Stages;
use countersign::protocol::{Scope, SigningKey};
use sha2::{Digest, Sha256};

pub(crate) const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const SENTENCE: &str = "The request signature we calculated does not match the signature you provided. \
    Check your AWS Secret Access Key and signing method. Consult the service documentation for details.";

/// What a server saw of a request.
#[derive(Clone)]
pub(crate) struct Server {
    pub(crate) access_key_id: String,
    pub(crate) lines: Vec<String>,
    pub(crate) time: String,
    pub(crate) scope: String,
    /// The signature that arrived.
    pub(crate) provided: String,
}

impl Server {
    /// The request arrived as it was signed.
    pub(crate) fn saw(stages: Stages<'_>) -> Self {
        let canonical = stages.canonical_request().to_string();
        let string_to_sign = stages.string_to_sign().to_string();
        let [_, time, scope, _] = string_to_sign.split('\n').collect::<Vec<_>>()[..] else {
            panic!("{string_to_sign}");
        };
        Self {
            access_key_id: "AKIDEXAMPLE".into(),
            lines: canonical.split('\n').map(str::to_owned).collect(),
            time: time.into(),
            scope: scope.into(),
            provided: stages.signature().to_string(),
        }
    }

    /// Puts another line in the place of the one that begins so.
    pub(crate) fn set(&mut self, start: &str, line: &str) {
        let old = self.lines.iter_mut().find(|line| line.starts_with(start)).unwrap();
        assert_ne!(old, line);
        *old = line.into();
    }

    /// Changes the query.
    pub(crate) fn query(&mut self, from: &str, to: &str) {
        assert!(self.lines[2].contains(from), "{}", self.lines[2]);
        self.lines[2] = self.lines[2].replace(from, to);
    }

    pub(crate) fn payload_hash(&mut self, hash: &str) {
        *self.lines.last_mut().unwrap() = hash.into();
    }

    /// A header that the client named as signed.
    pub(crate) fn add_header(&mut self, line: &str) {
        let mut headers = self.headers();
        headers.push(line.into());
        self.set_headers(headers);
    }

    /// The client did not sign it.
    pub(crate) fn remove_header(&mut self, name: &str) {
        let mut headers = self.headers();
        headers.retain(|line| !line.starts_with(&format!("{name}:")));
        self.set_headers(headers);
    }

    fn headers(&self) -> Vec<String> {
        self.lines[3..self.lines.len() - 3].to_vec()
    }

    fn set_headers(&mut self, mut headers: Vec<String>) {
        headers.sort();
        let names: Vec<&str> = headers.iter().map(|line| line.split(':').next().unwrap()).collect();
        let names = names.join(";");
        let hash = self.lines.pop().unwrap();
        self.lines.truncate(3);
        self.lines.extend(headers);
        self.lines.extend([String::new(), names, hash]);
    }

    pub(crate) fn canonical(&self) -> String {
        self.lines.join("\n")
    }

    pub(crate) fn string_to_sign(&self) -> String {
        let hash = hex::encode(Sha256::digest(self.canonical()));
        format!("AWS4-HMAC-SHA256\n{}\n{}\n{hash}", self.time, self.scope)
    }

    /// The signature that the server would have taken, under any secret.
    pub(crate) fn signature(&self, secret: &str) -> String {
        let [day, region, service, _] = self.scope.split('/').collect::<Vec<_>>()[..] else {
            panic!("{}", self.scope);
        };
        let scope = Scope::new(day.parse().unwrap(), region, service).unwrap();
        let key = SigningKey::derive(secret.as_bytes(), scope).unwrap();
        key.sign(self.string_to_sign().as_bytes()).as_str().to_owned()
    }

    /// The sentence of a service that shows what it calculated.
    pub(crate) fn message(&self) -> String {
        format!(
            "{SENTENCE}\n\nThe Canonical String for this request should have been\n'{}'\n\n\
             The String-to-Sign should have been\n'{}'\n",
            self.canonical(),
            self.string_to_sign()
        )
    }

    pub(crate) fn answer(&self, shape: Shape) -> String {
        match shape {
            Shape::S3 => self.s3(&format!(
                "<StringToSignBytes>{}</StringToSignBytes><CanonicalRequestBytes>{}</CanonicalRequestBytes>",
                hex_pairs(&self.string_to_sign()),
                hex_pairs(&self.canonical())
            )),
            Shape::S3WithoutBytes => self.s3(""),
            Shape::Json => serde_json::json!({ "message": self.message() }).to_string(),
            Shape::JsonWithType => serde_json::json!({
                "__type": "com.amazon.coral.service#InvalidSignatureException",
                "Message": self.message(),
            })
            .to_string(),
            Shape::JsonOfErrors => {
                serde_json::json!({ "errors": [{ "message": self.message() }] }).to_string()
            }
            Shape::Query => format!(
                "<ErrorResponse xmlns=\"https://service.example/doc/\">\n  <Error>\n    <Type>Sender</Type>\n    \
                 <Code>SignatureDoesNotMatch</Code>\n    <Message>{}</Message>\n  </Error>\n  \
                 <RequestId>1</RequestId>\n</ErrorResponse>",
                escaped(&self.message())
            ),
            Shape::Curl => format!(
                "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 403 Forbidden\r\nDate: Sun, 30 Aug 2015 12:36:01 GMT\r\n\
                 x-amzn-ErrorType: InvalidSignatureException:http://internal.example/\r\n\
                 Content-Type: application/json\r\n\r\n{}",
                self.answer(Shape::Json)
            ),
            Shape::Log => format!(
                "2015-08-30 12:36:01 ERROR client: 403 {} (request 1, 0 retries)",
                self.answer(Shape::JsonWithType)
            ),
            Shape::Exception => format!(
                "An error occurred (SignatureDoesNotMatch) when calling the Get operation: {}",
                self.message()
            ),
            // As Python shows bytes.
            Shape::Repr => format!("DEBUG - Response body: b'{}'", self.s3("").replace('\n', "\\n")),
            Shape::Blanks => self.message().replace('\n', " "),
        }
    }

    fn s3(&self, bytes: &str) -> String {
        format!(
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Error><Code>SignatureDoesNotMatch</Code><Message>The request \
             signature we calculated does not match the signature you provided. Check your key and signing \
             method.</Message><AWSAccessKeyId>{}</AWSAccessKeyId><StringToSign>{}</StringToSign>\
             <SignatureProvided>{}</SignatureProvided><CanonicalRequest>{}</CanonicalRequest>{bytes}\
             <RequestId>1</RequestId><HostId>2</HostId></Error>",
            self.access_key_id,
            escaped(&self.string_to_sign()),
            self.provided,
            escaped(&self.canonical()),
        )
    }
}

/// How an error is written, or pasted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    S3,
    S3WithoutBytes,
    Json,
    JsonWithType,
    JsonOfErrors,
    Query,
    Curl,
    Log,
    Exception,
    Repr,
    Blanks,
}

impl Shape {
    pub(crate) const ALL: [Self; 11] = [
        Self::S3,
        Self::S3WithoutBytes,
        Self::Json,
        Self::JsonWithType,
        Self::JsonOfErrors,
        Self::Query,
        Self::Curl,
        Self::Log,
        Self::Exception,
        Self::Repr,
        Self::Blanks,
    ];
}

fn hex_pairs(text: &str) -> String {
    text.bytes().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" ")
}

pub(crate) fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
