//! What is refused before anything is sent.

/// Why there is no request. None holds what was given: a host may have held a password, a query may hold data.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NeptuneError {
    /// A text that must not be empty is, or is blank.
    #[error("the {name} is empty")]
    Empty {
        /// Which text.
        name: &'static str,
    },
    /// The host is empty.
    #[error("the host is empty")]
    HostEmpty,
    /// The host is neither a DNS name nor an IP address.
    #[error("the host is neither a DNS name nor an IP address: look at byte {at}")]
    HostInvalid {
        /// The offset of the first byte that cannot be, from 0.
        at: usize,
    },
    /// The host holds a path, a query or a fragment.
    #[error("the host holds a path, a query or a fragment: give the name alone")]
    HostWithPath,
    /// The host holds a port.
    #[error("the host holds a port: give the name alone, and the port to with_port")]
    HostWithPort,
    /// The host holds a scheme.
    #[error("the host holds a scheme: give the name alone")]
    HostWithScheme,
    /// The host holds a user, and perhaps a password.
    #[error("the host holds a user: Neptune takes signatures only")]
    HostWithUser,
    /// A loader's body is not JSON.
    #[error("the loader's body is not JSON: line {line}, column {column}")]
    LoaderBody {
        /// The line, from 1.
        line: usize,
        /// The column, from 1; 0 where the line holds nothing.
        column: usize,
    },
    /// A loader's body is JSON, but not an object.
    #[error("the loader's body is not a JSON object")]
    LoaderBodyNotObject,
    /// A number is none that the service takes.
    #[error("{name} is {value}: Neptune takes 1 to {most}")]
    OutOfRange {
        /// The parameter's name.
        name: &'static str,
        /// What was given.
        value: u32,
        /// The greatest that the service takes.
        most: u32,
    },
    /// A segment of a path is empty, `.` or `..`: it would name another resource.
    #[error("segment {index} of the path is empty, '.' or '..'")]
    PathSegment {
        /// Which segment, from 0.
        index: usize,
    },
    /// The port of the signed host is none.
    #[error("the port of the signed host is not a number from 1 to 65535")]
    PortInvalid,
    /// A SPARQL update was given as a query. Neptune takes updates by POST only, as the parameter `update`.
    #[error("the SPARQL query is an update: it is sent by POST, with sparql_update")]
    QueryIsUpdate,
    /// A SPARQL query was given as an update.
    #[error("the SPARQL update is a query: it is sent with sparql or sparql_by_get")]
    UpdateIsQuery,
    /// The URI is longer than one can be. A query by GET is part of it: POST takes longer ones.
    #[error("the URI has {length} bytes, at most 65534 are possible: send the query by POST")]
    UriTooLong {
        /// The length in bytes.
        length: usize,
    },
}
