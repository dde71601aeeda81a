//! Signs without `std`. It has a panic handler of its own, so it builds only if nothing that it uses brings `std` in.

#![no_std]

extern crate alloc;

use alloc::boxed::Box;
use core::alloc::{GlobalAlloc, Layout};
use core::panic::PanicInfo;
use core::ptr::null_mut;

use countersign::SignError;
use countersign::protocol::{
    CanonicalRequest, PayloadHash, RawRequest, Rules, Scope, Signature, SigningKey, StringToSign,
    Timestamp,
};

struct Nothing;

// SAFETY: null says that there is no memory.
unsafe impl GlobalAlloc for Nothing {
    unsafe fn alloc(&self, _: Layout) -> *mut u8 {
        null_mut()
    }

    unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
}

#[global_allocator]
static NOTHING: Nothing = Nothing;

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    loop {}
}

/// The first byte of a signature, so that the linker keeps all of it.
#[unsafe(no_mangle)]
pub extern "C" fn sign(seconds: i64) -> u8 {
    signature(seconds).map_or(0, |signature| signature.as_str().as_bytes()[0])
}

fn signature(seconds: i64) -> Result<Signature, SignError> {
    let timestamp = Timestamp::from_unix_timestamp(seconds)?;
    let scope = Scope::new(timestamp.date(), "us-east-1", "service")?;
    let key = Box::new(SigningKey::derive(b"secret", scope)?);
    let request = RawRequest { method: "GET", target: b"/", headers: &[("host", b"db.example")] };
    let rules = Rules::DEFAULT;
    let canonical =
        CanonicalRequest::for_header(&request, PayloadHash::EMPTY, timestamp, None, &rules)?;
    Ok(StringToSign::new(&canonical, timestamp, scope).sign(&key))
}
