//! One of the headers that are signed.

use super::host::Host;
use super::value::{LowerCase, write_folded};
use crate::protocol::names::{AUTHORITY, CONTENT_SHA256, DATE, HOST};
use crate::protocol::payload::PayloadHash;
use crate::protocol::sink::Sink;

/// A header that is signed: one of the caller's, by its place among them, or one that signing adds. Four billion headers
/// would not fit into a memory, so the last numbers are free.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Line(pub(super) u32);

impl Line {
    pub(super) const AUTHORITY: Self = Self(u32::MAX);
    pub(super) const DATE: Self = Self(u32::MAX - 1);
    pub(super) const HOST: Self = Self(u32::MAX - 2);
    pub(super) const PAYLOAD_HASH: Self = Self(u32::MAX - 3);
    pub(super) const TOKEN: Self = Self(u32::MAX - 4);
}

/// What stands in the lines that are not of the caller's headers.
#[derive(Clone, Copy)]
pub(super) struct Added<'a> {
    pub(super) host: Host<'a>,
    pub(super) authority: &'a [u8],
    pub(super) date: [u8; 16],
    pub(super) token_name: &'static str,
    pub(super) token: &'a str,
}

impl Line {
    /// In any case.
    pub(super) fn name<'a>(self, sent: &[(&'a str, &'a [u8])], added: &Added<'a>) -> &'a str {
        if let Some((name, _)) = self.of(sent) {
            return name;
        }
        match self {
            Self::AUTHORITY => AUTHORITY,
            Self::DATE => DATE,
            Self::HOST => HOST,
            Self::PAYLOAD_HASH => CONTENT_SHA256,
            // The token: no other is left.
            _ => added.token_name,
        }
    }

    pub(super) fn write_value(
        self,
        sent: &[(&str, &[u8])],
        added: &Added<'_>,
        payload_hash: &PayloadHash<'_>,
        sink: &mut impl Sink,
    ) {
        if let Some((_, value)) = self.of(sent) {
            return write_folded(value, sink);
        }
        match self {
            Self::AUTHORITY => write_folded(added.authority, sink),
            Self::DATE => sink.put(&added.date),
            Self::HOST => match added.host {
                Host::OfAuthority { value, is_sent: false } => {
                    write_folded(value, &mut LowerCase(sink));
                }
                Host::Sent(value) | Host::OfAuthority { value, .. } => write_folded(value, sink),
            },
            Self::PAYLOAD_HASH => sink.put(payload_hash.as_bytes()),
            _ => write_folded(added.token.as_bytes(), sink),
        }
    }

    /// The header of the caller's.
    fn of<'a>(self, sent: &[(&'a str, &'a [u8])]) -> Option<(&'a str, &'a [u8])> {
        usize::try_from(self.0).ok().and_then(|index| sent.get(index)).copied()
    }
}

/// With their places.
pub(super) fn numbered<T>(sent: &[T]) -> impl Iterator<Item = (u32, &T)> {
    (0..=u32::MAX).zip(sent)
}
