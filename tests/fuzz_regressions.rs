//! What a fuzzer once found, replayed without one: `fuzz/regressions/TARGET/*`.

#[path = "../fuzz/src/lib.rs"]
mod targets;

use std::fs;
use std::path::Path;

use arbitrary::{Arbitrary, Unstructured};

use self::targets::*;

/// A test for each target, under its name.
macro_rules! replay {
    ($($target:ident),*) => {$(
        #[test]
        fn $target() {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz/regressions").join(stringify!($target));
            // One of which nothing was found has no folder.
            for file in fs::read_dir(folder).into_iter().flatten() {
                let path = file.unwrap().path();
                println!("{}", path.display());
                let bytes = fs::read(path).unwrap();
                $target::Input::arbitrary_take_rest(Unstructured::new(&bytes)).unwrap().check();
            }
        }
    )*};
}

replay!(authorization, canonical, explain, headers, http, keyspaces, path, query, round_trip);
