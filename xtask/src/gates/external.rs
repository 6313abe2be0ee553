//! Whose types are in our signatures: those of the declared public dependencies, and nobody else's.
//!
//! Read from rustdoc's JSON, which stable rustdoc writes with the bootstrap switch. A tool for this
//! exists, cargo-check-external-types, but each of its versions needs one certain nightly compiler.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use anyhow::{Context as _, Result, bail};
use serde::Deserialize;
use serde_json::Value;

use crate::workspace::{Package, Workspace, read};
use crate::{docs, process};

/// The standard library.
const STD: &[&str] = &["std", "core", "alloc"];

pub(crate) fn run(root: &Path) -> Result<()> {
    let workspace = Workspace::load(root)?;
    let mut problems = Vec::new();
    for package in workspace.members().filter(|package| package.is_published()) {
        let mut command = process::cargo(root);
        command
            .args([
                "rustdoc",
                "--locked",
                "--lib",
                "--all-features",
                "--package",
                &package.name,
            ])
            .args([
                "--",
                "-Z",
                "unstable-options",
                "--output-format",
                "json",
                "--cap-lints",
                "allow",
            ]);
        println!("$ RUSTC_BOOTSTRAP=1 {}", process::display(&command));
        docs::with_bootstrap(&mut command)?;
        process::run_silently(&mut command)?;
        let file = workspace
            .target_directory
            .join("doc")
            .join(format!("{}.json", library(&package.name)));
        let found = shown_crates(&read(&file)?)?;
        let declared = declared(package);
        let names: Vec<&str> = found.keys().map(String::as_str).collect();
        println!("{}: {}", package.name, names.join(", "));
        for (name, example) in &found {
            if !declared.contains(name) {
                problems.push(format!(
                    "{}: shows `{example}`, and `{name}` is not declared",
                    package.name
                ));
            }
        }
        for name in &declared {
            if !found.contains_key(name) {
                problems.push(format!(
                    "{}: declares `{name}` and shows nothing of it",
                    package.name
                ));
            }
        }
    }
    match problems.as_slice() {
        [] => Ok(()),
        problems => bail!(
            "public-dependencies are not what is public:\n  {}",
            problems.join("\n  ")
        ),
    }
}

/// `public-dependencies` as the names of libraries.
fn declared(package: &Package) -> BTreeSet<String> {
    package
        .metadata
        .get("supabase")
        .and_then(|ours| ours.get("public-dependencies")?.as_array())
        .into_iter()
        .flatten()
        .filter_map(|name| Some(library(name.as_str()?)))
        .collect()
}

fn library(name: &str) -> String {
    name.replace('-', "_")
}

/// What is read of rustdoc's JSON; ids are numbers or text, as the version has it.
#[derive(Debug, Deserialize)]
struct Docs {
    index: BTreeMap<String, Value>,
    paths: BTreeMap<String, Summary>,
    external_crates: BTreeMap<String, External>,
}

#[derive(Debug, Deserialize)]
struct Summary {
    crate_id: u32,
    path: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct External {
    name: String,
}

/// The crates of the types and traits in our signatures, each with one of them.
fn shown_crates(json: &str) -> Result<BTreeMap<String, String>> {
    let docs: Docs = serde_json::from_str(json).context("cannot read rustdoc's JSON")?;
    let mut ids = BTreeSet::new();
    for item in docs.index.values() {
        let ours = item.get("crate_id").and_then(Value::as_u64) == Some(0);
        let inner = item.get("inner");
        if ours && !inner.is_some_and(is_of_the_compiler) {
            if let Some(inner) = inner {
                collect(inner, &mut ids);
            }
        }
    }
    let mut found = BTreeMap::new();
    for id in ids {
        let Some(summary) = docs.paths.get(&id) else {
            continue;
        };
        let external = docs.external_crates.get(&summary.crate_id.to_string());
        let Some(name) = external.map(|external| external.name.clone()) else {
            continue;
        };
        if !STD.contains(&name.as_str()) {
            let name = match name.as_str() {
                // `serde` re-exports all of it.
                "serde_core" => "serde".to_owned(),
                _ => name,
            };
            found.entry(name).or_insert_with(|| summary.path.join("::"));
        }
    }
    Ok(found)
}

/// Implementations that nobody wrote: `Send` and its like, and those for every type.
fn is_of_the_compiler(inner: &Value) -> bool {
    let Some(implementation) = inner.get("impl") else {
        return false;
    };
    let blanket = implementation
        .get("blanket_impl")
        .is_some_and(|of| !of.is_null());
    let synthetic = implementation.get("is_synthetic").and_then(Value::as_bool) == Some(true);
    blanket || synthetic
}

/// Every `{ "path": .., "id": .. }`: how a type or a trait is named in a signature.
fn collect(value: &Value, ids: &mut BTreeSet<String>) {
    match value {
        Value::Object(fields) => {
            if fields.contains_key("path") || fields.contains_key("source") {
                match fields.get("id") {
                    Some(Value::String(id)) => drop(ids.insert(id.clone())),
                    Some(Value::Number(id)) => drop(ids.insert(id.to_string())),
                    _ => {}
                }
            }
            fields.values().for_each(|value| collect(value, ids));
        }
        Value::Array(values) => values.iter().for_each(|value| collect(value, ids)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    //! The parts of a real file that matter.

    use super::*;

    #[test]
    fn the_crates_in_our_signatures_are_found_and_those_elsewhere_are_not() {
        let json = r#"{
            "index": {
                "1": {"crate_id": 0, "inner": {"function": {"sig": {"output": {"resolved_path":
                      {"path": "Uri", "id": 7, "args": {"angle_bracketed": {"args": [{"type": {"resolved_path":
                      {"path": "String", "id": 8}}}]}}}}}}}},
                "2": {"crate_id": 0, "inner": {"impl": {"trait": {"path": "Any", "id": 9}, "blanket_impl": {"generic": "T"}}}},
                "3": {"crate_id": 0, "inner": {"impl": {"trait": {"path": "Auto", "id": 9}, "blanket_impl": null,
                      "is_synthetic": true}}},
                "4": {"crate_id": 3, "inner": {"impl": {"trait": {"path": "Any", "id": 9}}}},
                "5": {"crate_id": 0, "inner": {"struct": {"impls": [10], "path": []}}}
            },
            "paths": {
                "7": {"crate_id": 2, "path": ["http", "uri", "Uri"]},
                "8": {"crate_id": 1, "path": ["alloc", "string", "String"]},
                "9": {"crate_id": 4, "path": ["hyper", "Any"]},
                "10": {"crate_id": 0, "path": ["ours", "Any"]}
            },
            "external_crates": {"1": {"name": "alloc"}, "2": {"name": "http"}, "3": {"name": "x"}, "4": {"name": "hyper"}}
        }"#;
        let found = shown_crates(json).unwrap();
        assert_eq!(
            found,
            [("http".to_owned(), "http::uri::Uri".to_owned())].into()
        );
        // The same implementation, written by us: then it is a promise.
        let written = json.replace(r#"{"generic": "T"}"#, "null");
        assert!(shown_crates(&written).unwrap().contains_key("hyper"));
    }
}
