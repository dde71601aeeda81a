//! What is found, as a person reads it.

use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use super::cause::Cause;

/// How many findings are shown: a server may name any number of headers.
const MAX_FINDINGS: usize = 16;

/// One thing that is wrong, or may be. `Display` shows what it is, the evidence, and what to change. It holds no
/// secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    cause: Cause,
    problem: String,
    evidence: Vec<String>,
    remedy: String,
}

impl Finding {
    pub(super) fn new(cause: Cause, problem: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { cause, problem: problem.into(), evidence: Vec::new(), remedy: remedy.into() }
    }

    /// An empty one is none.
    pub(super) fn with_evidence(mut self, evidence: impl Into<String>) -> Self {
        self.evidence.push(evidence.into());
        self
    }

    /// Which of the known causes it is.
    #[must_use]
    pub fn cause(&self) -> Cause {
        self.cause
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.problem)?;
        for line in self.evidence.iter().flat_map(|evidence| evidence.lines()) {
            write!(f, "\n   {line}")?;
        }
        write!(f, "\n   -> {}", self.remedy)
    }
}

/// Why a signature does not match, and how the request was signed. `Display` is a report for a person to read; it holds
/// no secret, and nothing that a terminal would obey.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// What the server said, in a line.
    said: Option<String>,
    findings: Vec<Finding>,
    stages: String,
}

impl Explanation {
    /// Of several findings of one cause the first is kept.
    pub(super) fn new(said: Option<String>, found: Vec<Finding>, stages: String) -> Self {
        let mut findings: Vec<Finding> = Vec::new();
        for finding in found {
            if findings.len() == MAX_FINDINGS {
                break;
            }
            // One header is one cause for itself.
            let is_known = |known: &Finding| {
                known.cause == finding.cause
                    && (known.problem == finding.problem || !finding.cause.is_of_a_header())
            };
            if !findings.iter().any(is_known) {
                findings.push(finding);
            }
        }
        Self { said, findings, stages }
    }

    /// What is wrong, or may be: the most likely first.
    #[must_use]
    pub fn findings(&self) -> &[Finding] {
        &self.findings
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(said) = &self.said {
            write!(f, "the server said: {said}\n\n")?;
        }
        for (index, finding) in self.findings.iter().enumerate() {
            write!(f, "{}. {finding}\n\n", index + 1)?;
        }
        f.write_str(&self.stages)
    }
}

impl Cause {
    fn is_of_a_header(self) -> bool {
        matches!(
            self,
            Self::HeaderAdded | Self::HeaderChanged | Self::HeaderRemoved | Self::HeaderUnstable
        )
    }
}
