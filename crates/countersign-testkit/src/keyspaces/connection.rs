//! CQL on one connection.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use countersign::keyspaces::AUTHENTICATOR_CLASS;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;

use super::Shared;
use super::frame::{Answer, Body, Fault, Frame, Message, request, response};
use super::login::{Opening, Outcome};
use super::rows;

/// Serves one client until it goes, over TLS if there is an acceptor.
///
/// # Errors
///
/// Returns an error if the client goes away, does not trust the server, or is too slow.
pub(super) async fn serve(
    stream: TcpStream,
    tls: Option<TlsAcceptor>,
    shared: Arc<Shared>,
) -> io::Result<()> {
    match tls {
        Some(tls) => {
            let stream = timeout(shared.limits.login_time, tls.accept(stream)).await??;
            converse(stream, shared).await
        }
        None => converse(stream, shared).await,
    }
}

async fn converse(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    shared: Arc<Shared>,
) -> io::Result<()> {
    let (login_time, idle_time) = (shared.limits.login_time, shared.limits.idle_time);
    let mut conversation = Conversation { shared, phase: Phase::Opened };
    let login = timeout(login_time, async {
        while !matches!(conversation.phase, Phase::LoggedIn | Phase::Ended) {
            conversation.step(&mut stream).await?;
        }
        Ok::<_, io::Error>(())
    });
    login.await??;
    while !matches!(conversation.phase, Phase::Ended) {
        timeout(idle_time, conversation.step(&mut stream)).await??;
    }
    // Bytes that nobody has read would reset the connection, and the last answer would be lost.
    timeout(Duration::from_secs(1), async {
        stream.shutdown().await?;
        tokio::io::copy(&mut stream.take(1 << 20), &mut tokio::io::sink()).await
    })
    .await??;
    Ok(())
}

/// One client.
struct Conversation {
    shared: Arc<Shared>,
    phase: Phase,
}

/// How far a client has come.
enum Phase {
    Opened,
    Started,
    /// It has this challenge to sign.
    Challenged(String),
    LoggedIn,
    Ended,
}

impl Conversation {
    /// Reads one request and answers it.
    async fn step(&mut self, stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) -> io::Result<()> {
        let Some(frame) = Frame::read(stream, self.shared.limits.body_bytes).await? else {
            self.phase = Phase::Ended;
            return Ok(());
        };
        let answer = match frame.message {
            Ok(message) => self.answer(&message)?,
            Err(fault) => Err(fault),
        };
        let answer = answer.unwrap_or_else(|fault| {
            if fault.ends_the_connection() {
                self.phase = Phase::Ended;
            }
            fault.answer()
        });
        stream.write_all(&answer.frame(frame.stream)).await?;
        stream.flush().await
    }

    fn answer(&mut self, message: &Message) -> io::Result<Result<Answer, Fault>> {
        // A challenge is answered once, whatever follows.
        let phase = std::mem::replace(&mut self.phase, Phase::Ended);
        let mut body = Body(&message.body);
        let answer = match (message.opcode, phase) {
            (request::OPTIONS, phase) => {
                self.phase = phase;
                Ok(supported())
            }
            (request::STARTUP, Phase::Opened) => {
                self.phase = Phase::Started;
                startup(&mut body)
            }
            (request::AUTH_RESPONSE, Phase::Started) => match body.bytes() {
                Ok(response) => self.open(response.unwrap_or_default())?,
                Err(fault) => Err(fault),
            },
            (request::AUTH_RESPONSE, Phase::Challenged(challenge)) => {
                body.bytes().and_then(|response| {
                    let response = response.unwrap_or_default();
                    let accounts = &self.shared.accounts;
                    self.conclude(accounts.log_in_by_signature(&challenge, response))
                })
            }
            (opcode, Phase::LoggedIn) => {
                self.phase = Phase::LoggedIn;
                self.read(opcode, &mut body)
            }
            (opcode, _) => Err(unexpected(opcode)),
        };
        Ok(answer)
    }

    fn open(&mut self, response: &[u8]) -> io::Result<Result<Answer, Fault>> {
        Ok(match self.shared.accounts.open(response)? {
            Opening::Challenge(challenge) => {
                let answer = Answer::new(response::AUTH_CHALLENGE).bytes(challenge.as_bytes());
                self.phase = Phase::Challenged(challenge);
                Ok(answer)
            }
            Opening::Outcome(outcome) => self.conclude(outcome),
        })
    }

    fn conclude(&mut self, outcome: Outcome) -> Result<Answer, Fault> {
        self.shared.journal.record(outcome.login);
        outcome.result.map(|()| {
            self.phase = Phase::LoggedIn;
            Answer::new(response::AUTH_SUCCESS).null()
        })
    }

    /// Answers a request to the database.
    fn read(&self, opcode: u8, body: &mut Body<'_>) -> Result<Answer, Fault> {
        let tables = &self.shared.tables;
        let answer = match opcode {
            request::QUERY => rows::query(tables, body)?,
            request::PREPARE => rows::prepare(tables, body)?,
            request::EXECUTE => rows::execute(tables, body)?,
            // There are no events.
            request::REGISTER => Answer::new(response::READY),
            request::BATCH => return Err(Fault::invalid("The test server cannot be written to")),
            _ => return Err(unexpected(opcode)),
        };
        let most = self.shared.limits.answer_bytes;
        if answer.body_bytes() > most {
            return Err(Fault::invalid(format!("The answer has more than {most} bytes")));
        }
        Ok(answer)
    }
}

fn supported() -> Answer {
    let options: [(&str, &[&str]); 3] =
        [("COMPRESSION", &[]), ("CQL_VERSION", &["3.4.4"]), ("PROTOCOL_VERSIONS", &["4/v4"])];
    let answer = Answer::new(response::SUPPORTED).short(options.len());
    options.iter().fold(answer, |answer, (name, values)| answer.string(name).strings(values))
}

fn startup(body: &mut Body<'_>) -> Result<Answer, Fault> {
    for _ in 0..body.short()? {
        if let ("COMPRESSION", _) = (body.string()?, body.string()?) {
            return Err(Fault::protocol("The test server does not compress"));
        }
    }
    Ok(Answer::new(response::AUTHENTICATE).string(AUTHENTICATOR_CLASS))
}

fn unexpected(opcode: u8) -> Fault {
    Fault::protocol(format!("Unexpected message {opcode:#04x}"))
}
