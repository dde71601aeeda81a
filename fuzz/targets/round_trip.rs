#![no_main]

use countersign_fuzz::round_trip::Input;

libfuzzer_sys::fuzz_target!(|input: Input| input.check());
