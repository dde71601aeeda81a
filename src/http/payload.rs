//! Request bodies that are in memory when the request is signed.

use alloc::borrow::{Cow, ToOwned};
use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;

use bytes::Bytes;

use crate::protocol::Payload;

/// A request body that is available in memory when signing. Requests with any other body are signed by
/// [`Signer::sign_parts`](crate::Signer::sign_parts).
///
/// This example implements the trait for a body of another crate:
///
/// ```
/// use countersign::AsPayload;
/// use countersign::protocol::Payload;
///
/// struct Query(String);
///
/// impl AsPayload for Query {
///     fn as_payload(&self) -> Payload<'_> {
///         Payload::Bytes(self.0.as_bytes())
///     }
/// }
/// ```
pub trait AsPayload {
    /// Returns what is signed of the body.
    fn as_payload(&self) -> Payload<'_>;
}

impl AsPayload for () {
    fn as_payload(&self) -> Payload<'_> {
        Payload::Bytes(&[])
    }
}

impl<T: AsPayload> AsPayload for Option<T> {
    fn as_payload(&self) -> Payload<'_> {
        self.as_ref().map_or(Payload::Bytes(&[]), AsPayload::as_payload)
    }
}

impl<T: AsPayload + ToOwned + ?Sized> AsPayload for Cow<'_, T> {
    fn as_payload(&self) -> Payload<'_> {
        (**self).as_payload()
    }
}

impl<const N: usize> AsPayload for [u8; N] {
    fn as_payload(&self) -> Payload<'_> {
        Payload::Bytes(self)
    }
}

macro_rules! as_ref_bytes {
    ($($body:ty),+) => {$(
        impl AsPayload for $body {
            fn as_payload(&self) -> Payload<'_> {
                Payload::Bytes(self.as_ref())
            }
        }
    )+};
}

as_ref_bytes!(str, String, [u8], Vec<u8>, Bytes);

macro_rules! pointer {
    ($($body:ty),+) => {$(
        impl<T: AsPayload + ?Sized> AsPayload for $body {
            fn as_payload(&self) -> Payload<'_> {
                (**self).as_payload()
            }
        }
    )+};
}

pointer!(&T, Arc<T>, Box<T>);
