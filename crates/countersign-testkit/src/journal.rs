//! What a server has received.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// Whether a server verified a signature or a password.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Verdict {
    /// It did. The text is the access key id, or the user name.
    Verified(String),
    /// It did not. The text is the reason.
    Rejected(String),
}

impl Verdict {
    /// Returns whether the signature or the password was verified.
    #[must_use]
    pub fn is_verified(&self) -> bool {
        matches!(self, Self::Verified(_))
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Verified(who) => write!(f, "verified, {who}"),
            Self::Rejected(reason) => write!(f, "refused: {reason}"),
        }
    }
}

/// A function that is called with each entry.
pub(crate) type Log<T> = Arc<dyn Fn(&T) + Send + Sync>;

/// The most recent entries, in their order.
pub(crate) struct Journal<T> {
    entries: Mutex<VecDeque<T>>,
    capacity: usize,
    log: Option<Log<T>>,
}

impl<T: Clone> Journal<T> {
    pub(crate) fn new(capacity: usize, log: Option<Log<T>>) -> Self {
        Self { entries: Mutex::default(), capacity, log }
    }

    pub(crate) fn record(&self, entry: T) {
        if let Some(log) = &self.log {
            log(&entry);
        }
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        entries.push_back(entry);
        if entries.len() > self.capacity {
            entries.pop_front();
        }
    }

    pub(crate) fn entries(&self) -> Vec<T> {
        self.entries.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}

/// Returns a text from a client as it may be kept and printed: at most 1,024 characters, and without control characters,
/// which a terminal would obey.
pub(crate) fn printable(text: &str) -> String {
    text.chars().take(1_024).map(|it| if it.is_control() { ' ' } else { it }).collect()
}
