//! Prints the public API that rustdoc's JSON tells, an item a line. Of what is derived, and of `Send` and `Sync`, it says that they
//! are there.

use std::collections::HashSet;
use std::env::args_os;
use std::error::Error;

use public_api::Builder;

fn main() -> Result<(), Box<dyn Error>> {
    let file = args_os().nth(1).ok_or("which file of rustdoc's JSON?")?;
    let all = Builder::from_rustdoc_json(&file).omit_blanket_impls(true).build()?;
    let by_hand = Builder::from_rustdoc_json(&file)
        .omit_auto_derived_impls(true)
        .omit_auto_trait_impls(true)
        .omit_blanket_impls(true)
        .build()?;
    let by_hand: HashSet<String> = by_hand.items().map(ToString::to_string).collect();
    for item in all.items().map(ToString::to_string) {
        if by_hand.contains(&item)
            || (item.starts_with("impl") && !NOISE.iter().any(|noise| item.contains(noise)))
        {
            println!("{item}");
        }
    }
    Ok(())
}

/// What follows from fields that nobody sees, or from `PartialEq`.
const NOISE: [&str; 5] = [
    "Freeze for ",
    "StructuralPartialEq for ",
    "Unpin for ",
    "UnsafeUnpin for ",
    "UnwindSafe for ",
];
