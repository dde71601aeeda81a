//! The frames of CQL's binary protocol, version 4, as a server reads and writes them
//! (<https://cassandra.apache.org/doc/latest/cassandra/reference/native-protocol.html>).
//!
//! They are read and written by hand, because anyone can send them: cassandra-protocol panics on a frame of a negative
//! length, and scylla-cql neither checks requests nor writes answers.

use std::io;

use tokio::io::{AsyncRead, AsyncReadExt};

/// The only version that the server speaks.
const VERSION: u8 = 4;
/// A bit in the version of every answer.
const RESPONSE: u8 = 0x80;

/// The opcodes of requests.
pub(super) mod request {
    pub(crate) const STARTUP: u8 = 0x01;
    pub(crate) const OPTIONS: u8 = 0x05;
    pub(crate) const QUERY: u8 = 0x07;
    pub(crate) const PREPARE: u8 = 0x09;
    pub(crate) const EXECUTE: u8 = 0x0A;
    pub(crate) const REGISTER: u8 = 0x0B;
    pub(crate) const BATCH: u8 = 0x0D;
    pub(crate) const AUTH_RESPONSE: u8 = 0x0F;
}

/// The opcodes of answers.
pub(super) mod response {
    pub(crate) const ERROR: u8 = 0x00;
    pub(crate) const READY: u8 = 0x02;
    pub(crate) const AUTHENTICATE: u8 = 0x03;
    pub(crate) const SUPPORTED: u8 = 0x06;
    pub(crate) const RESULT: u8 = 0x08;
    pub(crate) const AUTH_CHALLENGE: u8 = 0x0E;
    pub(crate) const AUTH_SUCCESS: u8 = 0x10;
}

/// A request. The answer has the same stream.
pub(super) struct Frame {
    pub(super) stream: i16,
    /// An error if the frame cannot be understood. Then nothing can be read after it.
    pub(super) message: Result<Message, Fault>,
}

pub(super) struct Message {
    pub(super) opcode: u8,
    pub(super) body: Vec<u8>,
}

impl Frame {
    /// Returns nothing if the client has gone, even in the middle of a frame.
    pub(super) async fn read(
        from: &mut (impl AsyncRead + Unpin),
        body_bytes: usize,
    ) -> io::Result<Option<Self>> {
        match Self::read_whole(from, body_bytes).await {
            Ok(frame) => Ok(Some(frame)),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
            Err(error) => Err(error),
        }
    }

    async fn read_whole(
        from: &mut (impl AsyncRead + Unpin),
        body_bytes: usize,
    ) -> io::Result<Self> {
        // In other versions, what follows these differs.
        let version = from.read_u8().await?;
        let flags = from.read_u8().await?;
        let stream = from.read_i16().await?;
        let refused = |fault| Ok(Self { stream, message: Err(fault) });
        if version != VERSION {
            return refused(Fault::protocol(format!(
                "Invalid or unsupported protocol version ({version}); supported versions are (4/v4)"
            )));
        }
        let opcode = from.read_u8().await?;
        let length = from.read_i32().await?;
        // A request for tracing is ignored. Compression and custom payloads change the body.
        const TRACING: u8 = 0x02;
        if flags & !TRACING != 0 {
            return refused(Fault::protocol(format!("Unsupported flags {flags:#04x}")));
        }
        let Some(length) = usize::try_from(length).ok().filter(|length| *length <= body_bytes)
        else {
            return refused(Fault::protocol(format!(
                "A body has {length} bytes; the most are {body_bytes}"
            )));
        };
        let mut body = vec![0; length];
        from.read_exact(&mut body).await?;
        Ok(Self { stream, message: Ok(Message { opcode, body }) })
    }
}

/// The rest of a request's body.
pub(super) struct Body<'a>(pub(super) &'a [u8]);

impl<'a> Body<'a> {
    pub(super) fn byte(&mut self) -> Result<u8, Fault> {
        self.array().map(|[byte]| byte)
    }

    pub(super) fn short(&mut self) -> Result<u16, Fault> {
        self.array().map(u16::from_be_bytes)
    }

    fn int(&mut self) -> Result<i32, Fault> {
        self.array().map(i32::from_be_bytes)
    }

    pub(super) fn string(&mut self) -> Result<&'a str, Fault> {
        text(self.short_bytes()?)
    }

    pub(super) fn long_string(&mut self) -> Result<&'a str, Fault> {
        text(self.bytes()?.ok_or_else(cut_short)?)
    }

    pub(super) fn short_bytes(&mut self) -> Result<&'a [u8], Fault> {
        let length = self.short()?;
        self.take(length.into())
    }

    /// Returns nothing for a negative length, which is null or a value that is not set.
    pub(super) fn bytes(&mut self) -> Result<Option<&'a [u8]>, Fault> {
        match usize::try_from(self.int()?) {
            Ok(length) => self.take(length).map(Some),
            Err(_) => Ok(None),
        }
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Fault> {
        let (array, rest) = self.0.split_first_chunk().ok_or_else(cut_short)?;
        self.0 = rest;
        Ok(*array)
    }

    fn take(&mut self, length: usize) -> Result<&'a [u8], Fault> {
        let (taken, rest) = self.0.split_at_checked(length).ok_or_else(cut_short)?;
        self.0 = rest;
        Ok(taken)
    }
}

fn cut_short() -> Fault {
    Fault::protocol("The body ends too early")
}

fn text(bytes: &[u8]) -> Result<&str, Fault> {
    str::from_utf8(bytes).map_err(|_| Fault::protocol("A text is not UTF-8"))
}

/// An answer.
pub(super) struct Answer {
    opcode: u8,
    body: Vec<u8>,
}

impl Answer {
    pub(super) fn new(opcode: u8) -> Self {
        Self { opcode, body: Vec::new() }
    }

    pub(super) fn short(mut self, value: usize) -> Self {
        // As in `length`.
        let value = u16::try_from(value).unwrap_or(u16::MAX);
        self.body.extend(value.to_be_bytes());
        self
    }

    pub(super) fn int(mut self, value: i32) -> Self {
        self.body.extend(value.to_be_bytes());
        self
    }

    pub(super) fn length(self, value: usize) -> Self {
        self.raw(&length(value))
    }

    pub(super) fn string(self, text: &str) -> Self {
        self.short_bytes(text.as_bytes())
    }

    pub(super) fn strings(self, texts: &[&str]) -> Self {
        texts.iter().fold(self.short(texts.len()), |answer, text| answer.string(text))
    }

    pub(super) fn short_bytes(self, bytes: &[u8]) -> Self {
        self.short(bytes.len()).raw(bytes)
    }

    pub(super) fn bytes(self, bytes: &[u8]) -> Self {
        self.length(bytes.len()).raw(bytes)
    }

    pub(super) fn null(self) -> Self {
        self.int(-1)
    }

    pub(super) fn raw(mut self, bytes: &[u8]) -> Self {
        self.body.extend(bytes);
        self
    }

    /// Returns the size of the body, in bytes.
    pub(super) fn body_bytes(&self) -> usize {
        self.body.len()
    }

    /// Returns the frame to send.
    pub(super) fn frame(self, stream: i16) -> Vec<u8> {
        let mut frame = vec![RESPONSE | VERSION, 0];
        frame.extend(stream.to_be_bytes());
        frame.push(self.opcode);
        frame.extend(length(self.body.len()));
        frame.extend(self.body);
        frame
    }
}

/// Returns what is written before that many bytes or elements.
pub(super) fn length(length: usize) -> [u8; 4] {
    // The server's own answers are shorter.
    i32::try_from(length).unwrap_or(i32::MAX).to_be_bytes()
}

/// An error, with its code.
#[derive(Debug)]
pub(super) struct Fault {
    code: i32,
    message: String,
    /// The id of a statement that is not prepared, which follows the message.
    id: Option<Vec<u8>>,
}

impl Fault {
    fn new(code: i32, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), id: None }
    }

    pub(super) fn server(message: impl Into<String>) -> Self {
        Self::new(0x0000, message)
    }

    pub(super) fn protocol(message: impl Into<String>) -> Self {
        Self::new(0x000A, message)
    }

    pub(super) fn credentials(message: impl Into<String>) -> Self {
        Self::new(0x0100, message)
    }

    pub(super) fn syntax(message: impl Into<String>) -> Self {
        Self::new(0x2000, message)
    }

    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::new(0x2200, message)
    }

    pub(super) fn unprepared(id: &[u8]) -> Self {
        let id = Some(id.to_vec());
        Self { id, ..Self::new(0x2500, "No statement of this id is prepared") }
    }

    pub(super) fn message(&self) -> &str {
        &self.message
    }

    /// Returns whether the connection is closed after this error.
    pub(super) fn ends_the_connection(&self) -> bool {
        self.code < 0x1000
    }

    pub(super) fn answer(&self) -> Answer {
        let answer = Answer::new(response::ERROR).int(self.code).string(&self.message);
        self.id.iter().fold(answer, |answer, id| answer.short_bytes(id))
    }
}
