//! Rules for Rust files and for the code in Markdown files.

use super::Finding;
use super::rust::{code_only, is_use, items, line_of, without_tests, without_visibility};

/// Lines that a file may have, its tests included.
pub(crate) const MAX_LINES: usize = 600;

/// Lints that keep library code from panicking; nobody may switch them off there.
const PANIC_LINTS: &[&str] = &[
    "unwrap_used",
    "expect_used",
    "panic",
    "todo",
    "unimplemented",
    "dbg_macro",
    "indexing_slicing",
];

/// Macros that have no place in library code, and what clippy does not report on its own.
const BANNED_MACROS: &[&str] = &["todo!", "unimplemented!", "dbg!", "compile_error!"];

/// What kind of file it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `src` of a published crate.
    Library,
    /// `src/lib.rs` of a published crate.
    LibraryRoot,
    /// `src/lib.rs` of an unpublished one.
    Root,
    /// Anything else: tests, examples, tools.
    Other,
}

/// Files that a program wrote, or that are data, may be as long as they like.
pub(crate) fn is_generated(path: &str) -> bool {
    path.split('/')
        .any(|folder| folder == "generated" || folder == "data")
}

/// All rules for one Rust file.
pub(crate) fn check(path: &str, text: &str, kind: Kind) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut found = |line, message: String| findings.push(Finding::at(path, line, message));
    if !is_generated(path) {
        if !text.starts_with("//!") {
            found(
                1,
                "does not start with a `//!` line that says what the file is".to_owned(),
            );
        }
        let lines = text.lines().count();
        if lines > MAX_LINES {
            found(
                MAX_LINES,
                format!("has {lines} lines; the limit is {MAX_LINES}"),
            );
        }
    }
    for line in ignored_doctests(text.lines().map(doc_text)) {
        found(
            line,
            "an ignored doctest; use `no_run`, `compile_fail` or `text`".to_owned(),
        );
    }
    let code = code_only(text);
    if matches!(kind, Kind::LibraryRoot | Kind::Root) {
        for (offset, head) in bodies(&code, 0) {
            let head = head.lines().next().unwrap_or(&head);
            found(
                line_of(&code, offset),
                format!("`{head}`: lib.rs holds docs, modules and re-exports only"),
            );
        }
    }
    if kind == Kind::LibraryRoot && !code.contains("#![cfg_attr(docsrs, feature(doc_cfg))]") {
        found(
            1,
            "lacks `#![cfg_attr(docsrs, feature(doc_cfg))]`".to_owned(),
        );
    }
    if matches!(kind, Kind::Library | Kind::LibraryRoot) && !is_test_file(path) {
        for (offset, message) in panics(&without_tests(&code)) {
            found(line_of(&code, offset), message);
        }
    }
    findings
}

/// Modules that hold tests alone, and the test support that a feature switches on: its assertions
/// have to fail the user's test.
fn is_test_file(path: &str) -> bool {
    path.ends_with("/tests.rs") || path.contains("/tests/") || path.contains("/src/testing/")
}

/// The text of a line of documentation, or nothing.
fn doc_text(line: &str) -> &str {
    let line = line.trim_start();
    line.strip_prefix("///")
        .or_else(|| line.strip_prefix("//!"))
        .unwrap_or("")
        .trim_start()
}

/// The lines, counted from one, that open a code block that is not even compiled.
pub(crate) fn ignored_doctests<'a>(lines: impl Iterator<Item = &'a str>) -> Vec<usize> {
    let mut inside = false;
    let mut found = Vec::new();
    for (index, line) in lines.enumerate() {
        let Some(info) = line.trim_start().strip_prefix("```") else {
            continue;
        };
        inside = !inside;
        if inside
            && info
                .split([',', ' '])
                .any(|word| word.trim().starts_with("ignore"))
        {
            found.push(index + 1);
        }
    }
    found
}

/// Items of a lib.rs that hold something: offset and head.
fn bodies(code: &str, offset: usize) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for item in items(code, offset) {
        let only_in = |what: &str| {
            item.attributes.iter().any(|attribute| {
                attribute.split_whitespace().collect::<String>() == format!("cfg({what})")
            })
        };
        let head = without_visibility(item.head);
        if is_use(item.head) || head.starts_with("extern crate ") || only_in("doctest") {
            continue;
        }
        match (head.split_whitespace().next(), item.body) {
            (Some("mod"), None) => {}
            (Some("mod"), Some((start, body))) => found.extend(bodies(body, start)),
            _ => found.push((item.span.start, item.head.to_owned())),
        }
    }
    found
}

/// Ways to panic, or to be allowed to, in code without tests.
fn panics(code: &str) -> Vec<(usize, String)> {
    let mut found = Vec::new();
    for name in BANNED_MACROS {
        for (offset, _) in code.match_indices(name) {
            let before = code[..offset].chars().next_back();
            if !before.is_some_and(|c| c.is_alphanumeric() || c == '_') {
                found.push((offset, format!("`{name}` in library code")));
            }
        }
    }
    for (offset, attribute) in attributes(code) {
        let words: String = attribute.split_whitespace().collect();
        let allows = words.contains("allow(") || words.contains("expect(");
        if !allows || words.starts_with("cfg_attr(test,") {
            continue;
        }
        for lint in PANIC_LINTS {
            if words.contains(&format!("clippy::{lint}")) {
                found.push((
                    offset,
                    format!("switches `clippy::{lint}` off in library code"),
                ));
            }
        }
    }
    found
}

/// Every attribute with its offset, inner ones too.
fn attributes(code: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    for (offset, _) in code.match_indices('#') {
        let rest = &code[offset + 1..];
        let rest = rest.strip_prefix('!').unwrap_or(rest);
        let Some(inner) = rest.strip_prefix('[') else {
            continue;
        };
        let mut depth = 1_usize;
        let end = inner.char_indices().find_map(|(at, c)| {
            match c {
                '[' => depth += 1,
                ']' => depth -= 1,
                _ => {}
            }
            (depth == 0).then_some(at)
        });
        found.push((offset, &inner[..end.unwrap_or(inner.len())]));
    }
    found
}

#[cfg(test)]
mod tests {
    //! Each rule on a file that keeps it and on one that breaks it.

    use super::*;

    const ROOT: &str = "//! Docs.\n#![cfg_attr(docsrs, feature(doc_cfg))]\n";

    fn messages(path: &str, text: &str, kind: Kind) -> Vec<String> {
        check(path, text, kind)
            .iter()
            .map(ToString::to_string)
            .collect()
    }

    fn only(path: &str, text: &str, kind: Kind) -> String {
        let messages = messages(path, text, kind);
        assert_eq!(messages.len(), 1, "{messages:?}");
        messages.into_iter().next().unwrap()
    }

    #[test]
    fn a_good_file_has_no_finding() {
        let text = format!(
            "{ROOT}pub mod a;\nmod b;\npub use b::{{C, D}};\n#[doc(inline)]\npub mod e {{ pub use f::*; }}\n\
             extern crate self as g;\n#[cfg(doctest)]\n#[doc = \"x\"]\nstruct Readme;\n#[cfg(test)]\nmod tests;\n"
        );
        assert_eq!(
            messages("crates/x/src/lib.rs", &text, Kind::LibraryRoot),
            [""; 0]
        );
        let code = "//! A.\nfn a() -> Option<u8> { b().unwrap_or(\"todo!()\".len()) }\n\
                    #[cfg(test)]\n#[allow(clippy::unwrap_used)]\nmod tests { fn c() { todo!() } }\n";
        assert_eq!(messages("crates/x/src/a.rs", code, Kind::Library), [""; 0]);
    }

    #[test]
    fn a_file_says_what_it_is_and_is_not_too_long() {
        assert!(only("a.rs", "use b;\n", Kind::Other).contains("does not start with"));
        let long = format!("//! Long.\n{}", "// x\n".repeat(MAX_LINES));
        assert!(only("a.rs", &long, Kind::Other).contains("has 601 lines; the limit is 600"));
        assert_eq!(
            messages("crates/x/data/a.rs", &long[10..], Kind::Other),
            [""; 0]
        );
        assert_eq!(
            messages("crates/x/src/generated/a.rs", &long, Kind::Other),
            [""; 0]
        );
    }

    #[test]
    fn lib_rs_holds_nothing() {
        for bad in [
            "pub fn a() {}",
            "pub struct B;",
            "const C: u8 = 1;",
            "mod d { fn e() {} }",
            "impl F {}",
        ] {
            let text = format!("{ROOT}mod a;\n{bad}\n");
            let message = only("crates/x/src/lib.rs", &text, Kind::LibraryRoot);
            assert!(message.starts_with("crates/x/src/lib.rs:4: ") && message.contains("only"));
        }
        assert!(only("docs/src/lib.rs", "//! A.\nfn a() {}\n", Kind::Root).contains("lib.rs:2"));
        assert!(only("x/src/lib.rs", "//! A.\n", Kind::LibraryRoot).contains("doc_cfg"));
    }

    #[test]
    fn library_code_cannot_allow_itself_to_panic() {
        for (bad, says) in [
            ("fn a() { todo!() }", "`todo!` in library code"),
            ("fn a() { std::unimplemented!() }", "`unimplemented!`"),
            ("fn a() { dbg!(1); }", "`dbg!`"),
            ("compile_error!(\"x\");", "`compile_error!`"),
            (
                "#[allow(clippy::unwrap_used)]\nfn a() {}",
                "`clippy::unwrap_used` off",
            ),
            (
                "#![allow(missing_docs, clippy::panic)]",
                "`clippy::panic` off",
            ),
            (
                "#[expect(\n clippy::expect_used,\n reason = \"\")]\nfn a() {}",
                "`clippy::expect_used`",
            ),
            (
                "#[cfg_attr(unix, allow(clippy::todo))]\nfn a() {}",
                "`clippy::todo`",
            ),
        ] {
            let text = format!("//! A.\n{bad}\n");
            let message = only("crates/x/src/a.rs", &text, Kind::Library);
            assert!(message.contains(says), "{message}");
            assert_eq!(messages("crates/x/tests/a.rs", &text, Kind::Other), [""; 0]);
        }
        let fine =
            "//! A.\n#![cfg_attr(test, allow(clippy::unwrap_used))]\n#[allow(clippy::panicking)]\n";
        let fine = fine.replace("clippy::panicking", "clippy::large_futures");
        assert_eq!(messages("crates/x/src/a.rs", &fine, Kind::Library), [""; 0]);
    }

    #[test]
    fn every_doctest_is_compiled() {
        let bad = "//! A.\n//! ```ignore\n//! x\n//! ```\n/// ```rust,ignore-windows\n/// ```\nfn a() {}\n";
        let messages = messages("crates/x/tests/a.rs", bad, Kind::Other);
        assert_eq!(messages.len(), 2, "{messages:?}");
        assert!(messages[0].contains("a.rs:2") && messages[1].contains("a.rs:5"));
        let fine = "//! A.\n//! ```no_run\n//! x\n//! ```\n// ```ignore\nfn a() {}\n";
        assert_eq!(check("a.rs", fine, Kind::Other), []);
        assert_eq!(
            ignored_doctests("a\n```rust ignore\n```\n```\nignore\n```".lines()),
            [2]
        );
    }
}
