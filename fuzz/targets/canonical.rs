#![no_main]

use countersign_fuzz::canonical::Input;

libfuzzer_sys::fuzz_target!(|input: Input| input.check());
