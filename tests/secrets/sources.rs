//! What there is to look at, from the sources: a new type, or a new variant of an error, has to be looked at as well.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// The paths of all public types, and of all variants of errors and faults.
pub(crate) fn public() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), "countersign", &mut found);
    for (module, is_absent) in super::adapters::ABSENT {
        found.retain(|path| !(*is_absent && path.starts_with(module)));
    }
    found
}

fn collect(folder: &Path, module: &str, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let module = format!("{module}::{}", path.file_stem().unwrap().to_str().unwrap());
        if path.is_dir() {
            collect(&path, &module, found);
        } else {
            read(&fs::read_to_string(&path).unwrap(), &module, found);
        }
    }
}

/// The lint `unreachable_pub` sees to it that what is `pub` is public.
fn read(source: &str, module: &str, found: &mut BTreeSet<String>) {
    let mut variants_of = None;
    for line in source.lines() {
        let declared =
            ["pub struct ", "pub enum "].iter().find_map(|begin| line.strip_prefix(begin));
        if let Some(name) = declared.map(word) {
            let path = format!("{module}::{name}");
            let is_error = line.starts_with("pub enum")
                && (name.ends_with("Error") || name.ends_with("Fault"));
            variants_of = is_error.then(|| path.clone());
            found.insert(path);
        } else if line == "}" {
            variants_of = None;
        } else if let Some(of) = &variants_of
            && let Some(variant) = line.strip_prefix("    ").map(word)
            && variant.starts_with(|c: char| c.is_ascii_uppercase())
        {
            found.insert(format!("{of}::{variant}"));
        }
    }
}

fn word(text: &str) -> &str {
    text.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default()
}
