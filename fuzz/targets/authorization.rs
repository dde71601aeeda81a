#![no_main]

use countersign_fuzz::authorization::Input;

libfuzzer_sys::fuzz_target!(|input: Input<'_>| input.check());
