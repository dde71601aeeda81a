#![no_main]

use countersign_fuzz::http::Input;

libfuzzer_sys::fuzz_target!(|input: Input| input.check());
