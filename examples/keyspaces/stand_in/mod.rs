//! A stand-in for Amazon Keyspaces: its login in full, and of a database the tables that drivers read about it.
//!
//! Keys are verified by this crate, as [`login`] has it. Nothing is stored: whoever is let in can read `system` and
//! `system_schema`.

mod frame;
mod login;
mod rows;
mod select;
mod tables;

use core::time::Duration;
use std::io;
use std::sync::Arc;

use countersign::Credentials;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::time::{sleep, timeout};
use tokio_rustls::TlsAcceptor;

use self::frame::{Answer, Body, Fault, Frame, Message, request, response};
use self::login::{Opening, Verdict};

#[allow(unused_imports, reason = "for tests")]
pub(crate) use self::frame::MAX_BODY;

/// The region of the stand-in.
pub(crate) const REGION: &str = "us-east-2";
/// AWS's public example of a long-lived access key.
pub(crate) const KEY_ID: &str = "AKIAIOSFODNN7EXAMPLE";
/// The same of a temporary one.
pub(crate) const TEMPORARY_KEY_ID: &str = "ASIAIOSFODNN7EXAMPLE";
/// The secret of both.
pub(crate) const SECRET: &str = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY";
/// The session token of the temporary one.
pub(crate) const TOKEN: &str = "AQoDYXdzEJrtokenEXAMPLE/+=";
/// Who may log in with a password.
pub(crate) const USER: &str = "alice";
/// Her password.
pub(crate) const PASSWORD: &str = "secret";

/// How long a client may take to log in.
const PATIENCE: Duration = Duration::from_secs(10);

/// The class of the authenticator, as Keyspaces names it. Clients compare it.
const AUTHENTICATOR_CLASS: &str = "com.amazon.helenus.auth.HelenusAuthenticator";

/// The credentials of an access key id, where they are known.
pub(crate) type Keys = dyn Fn(&str) -> Option<Credentials> + Send + Sync;

/// The stand-in. A clone is the same one.
#[derive(Clone)]
pub(crate) struct StandIn {
    keys: Arc<Keys>,
    log: Arc<dyn Fn(&str) + Send + Sync>,
}

impl StandIn {
    /// One that knows the two example keys. `log` gets a line for each login: how, and who was let in or why nobody was.
    pub(crate) fn new(log: impl Fn(&str) + Send + Sync + 'static) -> Self {
        let keys = [
            Credentials::new(KEY_ID, SECRET),
            Credentials::new(TEMPORARY_KEY_ID, SECRET).with_session_token(TOKEN),
        ];
        let find = move |id: &str| keys.iter().find(|known| known.access_key_id() == id).cloned();
        Self { keys: Arc::new(find), log: Arc::new(log) }
    }

    /// The same that knows these keys instead. It asks anew at each login.
    #[allow(dead_code, reason = "for tests")]
    pub(crate) fn with_keys(
        self,
        keys: impl Fn(&str) -> Option<Credentials> + Send + Sync + 'static,
    ) -> Self {
        Self { keys: Arc::new(keys), ..self }
    }

    /// Serves whoever comes, until it is dropped: over TLS, where there is an acceptor.
    pub(crate) async fn serve(self, listener: TcpListener, tls: Option<TlsAcceptor>) {
        loop {
            let Ok((stream, _)) = listener.accept().await else {
                // Out of file descriptors, most likely: some will be free later.
                sleep(Duration::from_millis(100)).await;
                continue;
            };
            let (stand_in, tls) = (self.clone(), tls.clone());
            // An error is that of a client that went away, or never trusted this server.
            tokio::spawn(async move {
                // Otherwise each small answer waits for the client to confirm the one before.
                stream.set_nodelay(true)?;
                match tls {
                    Some(tls) => {
                        let stream = timeout(PATIENCE, tls.accept(stream)).await??;
                        stand_in.talk(stream).await
                    }
                    None => stand_in.talk(stream).await,
                }
            });
        }
    }

    async fn talk(self, mut stream: impl AsyncRead + AsyncWrite + Unpin) -> io::Result<()> {
        let mut talk = Talk { stand_in: self, phase: Phase::Opened };
        let login = timeout(PATIENCE, async {
            while !matches!(talk.phase, Phase::LoggedIn | Phase::Ended) {
                talk.step(&mut stream).await?;
            }
            Ok::<_, io::Error>(())
        });
        login.await??;
        while !matches!(talk.phase, Phase::Ended) {
            talk.step(&mut stream).await?;
        }
        stream.shutdown().await?;
        // With bytes that nobody has read the connection would be reset, and the last answer lost.
        let rest = timeout(Duration::from_secs(1), async {
            tokio::io::copy(&mut stream.take(1 << 20), &mut tokio::io::sink()).await
        });
        rest.await??;
        Ok(())
    }
}

/// One client.
struct Talk {
    stand_in: StandIn,
    phase: Phase,
}

/// How far it has come.
enum Phase {
    Opened,
    Started,
    /// It has this challenge to sign.
    Challenged(String),
    LoggedIn,
    Ended,
}

impl Talk {
    /// One request, and its answer.
    async fn step(&mut self, stream: &mut (impl AsyncRead + AsyncWrite + Unpin)) -> io::Result<()> {
        let Some(frame) = Frame::read(stream).await? else {
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
        // Whatever follows, a challenge is answered once.
        let phase = core::mem::replace(&mut self.phase, Phase::Ended);
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
                    self.conclude(login::sigv4(&challenge, response, &*self.stand_in.keys))
                })
            }
            (opcode, Phase::LoggedIn) => {
                self.phase = Phase::LoggedIn;
                reading(opcode, &mut body)
            }
            (opcode, _) => Err(unexpected(opcode)),
        };
        Ok(answer)
    }

    fn open(&mut self, response: &[u8]) -> io::Result<Result<Answer, Fault>> {
        Ok(match login::open(response)? {
            Opening::Challenge(challenge) => {
                let answer = Answer::new(response::AUTH_CHALLENGE).bytes(challenge.as_bytes());
                self.phase = Phase::Challenged(challenge);
                Ok(answer)
            }
            Opening::Verdict(verdict) => self.conclude(verdict),
        })
    }

    fn conclude(&mut self, verdict: Verdict) -> Result<Answer, Fault> {
        (self.stand_in.log)(&verdict.line);
        verdict.outcome.map(|()| {
            self.phase = Phase::LoggedIn;
            Answer::new(response::AUTH_SUCCESS).null()
        })
    }
}

/// What is asked of the database.
fn reading(opcode: u8, body: &mut Body<'_>) -> Result<Answer, Fault> {
    match opcode {
        request::QUERY => rows::query(body),
        request::PREPARE => rows::prepare(body),
        request::EXECUTE => rows::execute(body),
        // Nothing ever happens here.
        request::REGISTER => Ok(Answer::new(response::READY)),
        request::BATCH => Err(Fault::invalid("The stand-in cannot be written to")),
        _ => Err(unexpected(opcode)),
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
            return Err(Fault::protocol("The stand-in does not compress"));
        }
    }
    Ok(Answer::new(response::AUTHENTICATE).string(AUTHENTICATOR_CLASS))
}

fn unexpected(opcode: u8) -> Fault {
    Fault::protocol(format!("Unexpected message {opcode:#04x}"))
}
