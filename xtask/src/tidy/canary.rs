//! No public type is left out of the search for secrets.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::Result;

use super::Finding;
use super::rust::{code_only, line_of, without_tests};
use crate::workspace::{Package, files, read, shown};

/// The functions of `crates/canary` that judge a type named after them.
const SEARCHES: &[&str] = &["quiet::<", "quiet_error::<", "holds_nothing::<"];

/// Compares the public types of a published crate with those that its tests `canary*` name. Returns how many there are.
pub(crate) fn check(root: &Path, package: &Package, findings: &mut Vec<Finding>) -> Result<usize> {
    let mut judged = BTreeSet::new();
    let tests = package.folder().join("tests");
    if tests.is_dir() {
        for file in files(&tests)? {
            let name = file.file_name().unwrap_or_default().to_string_lossy();
            if name.starts_with("canary") {
                judged.extend(named(&code_only(&read(&file)?)));
            }
        }
    }
    let mut count = 0;
    for file in files(&package.folder().join("src"))? {
        if file.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        let code = without_tests(&code_only(&read(&file)?));
        for (line, name) in public_types(&code) {
            count += 1;
            if !judged.contains(name) {
                let message = format!(
                    "no test looks for secrets in `{name}`: add `quiet::<{name}>(&value)` to tests/canary.rs of {}",
                    package.name
                );
                findings.push(Finding::at(&shown(root, &file), line, message));
            }
        }
    }
    Ok(count)
}

/// Lines and names of the types that code without comments and tests makes public. What is `pub` is reachable: the
/// lint `unreachable_pub` sees to that.
fn public_types(code: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    for keyword in ["pub struct ", "pub enum ", "pub union "] {
        for (at, _) in code.match_indices(keyword) {
            let name = word(&code[at + keyword.len()..]);
            // A macro that writes types names them where it is called.
            if !name.is_empty() {
                found.push((line_of(code, at), name));
            }
        }
    }
    found.sort_unstable();
    found
}

/// The types that are judged, without the path in front of a name.
fn named(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    for search in SEARCHES {
        for (at, _) in code.match_indices(search) {
            let path = &code[at + search.len()..];
            let end = path.find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | ':')));
            let path = &path[..end.unwrap_or(path.len())];
            let path = path.strip_suffix("::").unwrap_or(path);
            found.push(path.rsplit("::").next().unwrap_or(path).to_owned());
        }
    }
    found
}

fn word(text: &str) -> &str {
    let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_'));
    &text[..end.unwrap_or(text.len())]
}

#[cfg(test)]
mod tests {
    //! A type that is named, and one that is not.

    use super::*;
    use crate::workspace::{Workspace, root};

    #[test]
    fn public_types_are_read_from_code() {
        let text = "pub struct A<T>(T);\npub(crate) struct B;\n// pub struct C\n  pub enum D {}\nmacro_rules! m { () => { pub enum E {} } }\n#[cfg(test)]\nmod tests { pub struct F; }";
        let code = without_tests(&code_only(text));
        assert_eq!(public_types(&code), [(1, "A"), (4, "D"), (5, "E")]);
    }

    #[test]
    fn judged_types_are_read_from_tests() {
        let text = "quiet::<A>(&a); quiet::<b::C<D>>(&c); quiet_error::<E>(&e); holds_nothing::<F<()>>(); // quiet::<G>";
        assert_eq!(named(&code_only(text)), ["A", "C", "E", "F"]);
    }

    #[test]
    fn a_crate_without_such_a_test_is_found() {
        let root = root().unwrap();
        let workspace = Workspace::load(&root).unwrap();
        // Not published, so it needs none; it has public types to look at.
        let package = workspace.member("conformance").unwrap();
        let mut findings = Vec::new();
        let count = check(&root, package, &mut findings).unwrap();
        assert!(count > 0 && findings.len() == count, "{findings:?}");
    }
}
