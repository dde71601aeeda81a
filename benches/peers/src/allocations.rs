//! How often a thread allocates, and how many bytes it holds.

#![allow(unsafe_code, reason = "an allocator that counts can only be written with it")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

thread_local! {
    static COUNT: Cell<usize> = const { Cell::new(0) };
    /// Negative on a thread that frees what another allocated.
    static HELD: Cell<isize> = const { Cell::new(0) };
}

struct Counting;

// SAFETY: everything is handed on to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note(1, layout.size() as isize);
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        note(0, -(layout.size() as isize));
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        note(1, size as isize - layout.size() as isize);
        unsafe { System.realloc(pointer, layout, size) }
    }
}

fn note(count: usize, bytes: isize) {
    COUNT.set(COUNT.get() + count);
    HELD.set(HELD.get() + bytes);
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// How often `work` allocates on this thread.
pub(crate) fn count<T>(work: impl FnOnce() -> T) -> usize {
    let before = COUNT.get();
    let result = work();
    let count = COUNT.get() - before;
    drop(result);
    count
}

/// How many bytes of the heap this thread holds more after `work`, with its result still there.
pub(crate) fn held<T>(work: impl FnOnce() -> T) -> isize {
    let before = HELD.get();
    let result = work();
    let held = HELD.get() - before;
    drop(result);
    held
}
