//! Every public function of a published crate is called by an example: in its own docs, or in those of its type.
//! What macros write is not looked at.

use std::collections::BTreeMap;
use std::ops::Range;

use super::Finding;
use super::rust::{code_only, items, line_of, without_tests, without_visibility};

/// What was seen of one crate.
#[derive(Debug, Default)]
pub(crate) struct Crate {
    /// The examples in the docs of each type, trait and `impl` block, by the name of the type.
    examples: BTreeMap<String, String>,
    functions: Vec<Function>,
}

#[derive(Debug)]
struct Function {
    path: String,
    line: usize,
    /// The type that it is of; empty for a free function.
    of: String,
    name: String,
    has_example: bool,
}

struct File<'a> {
    path: &'a str,
    text: &'a str,
    code: &'a str,
}

impl Crate {
    /// Looks at one file of the crate's `src`.
    pub(crate) fn add(&mut self, path: &str, text: &str) {
        let code = without_tests(&code_only(text));
        let file = File {
            path,
            text,
            code: &code,
        };
        self.add_items(&file, 0..code.len(), "", false);
    }

    /// Looks at the items of a file, a module, a trait or an `impl` block.
    fn add_items(&mut self, file: &File<'_>, inside: Range<usize>, of: &str, all_public: bool) {
        let mut docs_from = inside.start;
        for item in items(&file.code[inside.clone()], inside.start) {
            let first = item.span.start + file.code[item.span.clone()].find(item.head).unwrap_or(0);
            let examples = examples(&file.text[docs_from..first]);
            docs_from = item.span.end;
            if item.attributes.contains(&"doc(hidden)") {
                continue;
            }
            let is_public = all_public || item.head.starts_with("pub ");
            let body = item.body.map(|(start, body)| start..start + body.len());
            let words: Vec<&str> = without_visibility(item.head)
                .split(|c: char| !(c.is_alphanumeric() || c == '_'))
                .filter(|word| !word.is_empty())
                .collect();
            match (words.as_slice(), body) {
                (["struct" | "enum", name, ..], _) => self.add_examples(name, &examples),
                (["trait", name, ..], Some(body)) => {
                    self.add_examples(name, &examples);
                    if is_public {
                        self.add_items(file, body, name, true);
                    }
                }
                (["impl", ..], Some(body)) => {
                    if let Some(name) = own_type(item.head) {
                        self.add_examples(name, &examples);
                        self.add_items(file, body, name, false);
                    }
                }
                (["mod", ..], Some(body)) => self.add_items(file, body, "", false),
                (["const" | "async", "fn", name, ..] | ["fn", name, ..], _) if is_public => {
                    self.functions.push(Function {
                        path: file.path.to_owned(),
                        line: line_of(file.code, first),
                        of: of.to_owned(),
                        name: (*name).to_owned(),
                        has_example: !examples.is_empty(),
                    });
                }
                _ => {}
            }
        }
    }

    fn add_examples(&mut self, of: &str, examples: &str) {
        self.examples
            .entry(of.to_owned())
            .or_default()
            .push_str(examples);
    }

    /// How many public functions there are.
    pub(crate) fn len(&self) -> usize {
        self.functions.len()
    }

    /// The functions that no example calls.
    pub(crate) fn findings(&self) -> Vec<Finding> {
        let of_type = |function: &Function| self.examples.get(&function.of);
        self.functions
            .iter()
            .filter(|function| {
                !function.has_example
                    && !of_type(function).is_some_and(|text| calls(text, &function.name))
            })
            .map(|function| {
                let name = match function.of.as_str() {
                    "" => function.name.clone(),
                    of => format!("{of}::{}", function.name),
                };
                let message =
                    format!("no example calls `{name}`, in its own docs or in those of its type");
                Finding::at(&function.path, function.line, message)
            })
            .collect()
    }
}

/// The type of an `impl` block that implements no trait.
fn own_type(head: &str) -> Option<&str> {
    let rest = head.trim_start().strip_prefix("impl")?;
    let mut depth = 0_usize;
    let mut start = 0;
    for (at, c) in rest.char_indices() {
        match c {
            '<' => depth += 1,
            '>' if !rest[..at].ends_with('-') => {
                depth = depth.saturating_sub(1);
                // The end of the block's own parameters.
                if depth == 0 && rest[..start].trim().is_empty() && rest.starts_with('<') {
                    start = at + 1;
                }
            }
            _ if depth == 0 && rest[at..].starts_with(" for ") => return None,
            _ => {}
        }
    }
    let path = rest.get(start..)?.trim_start();
    let end = path.find(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':'));
    path[..end.unwrap_or(path.len())].rsplit("::").next()
}

/// The visible code of the examples in outer docs, as far as they are meant to compile.
fn examples(text: &str) -> String {
    let mut code = String::new();
    // `None` outside of a block; whether the block counts inside of one.
    let mut block: Option<bool> = None;
    for line in text.lines() {
        let Some(line) = line.trim_start().strip_prefix("///") else {
            continue;
        };
        let line = line.trim_start();
        match (line.strip_prefix("```"), block) {
            (Some(info), None) => block = Some(matches!(info, "" | "no_run" | "should_panic")),
            (Some(_), Some(_)) => block = None,
            (None, Some(true)) if line != "#" && !line.starts_with("# ") => {
                code.push_str(line);
                code.push('\n');
            }
            (None, _) => {}
        }
    }
    code
}

/// Whether code calls (or, for a trait, defines) a function of this name.
fn calls(code: &str, name: &str) -> bool {
    code.match_indices(name).any(|(at, _)| {
        let before = &code[..at];
        let after = &code[at + name.len()..];
        (before.ends_with('.') || before.ends_with("::") || before.ends_with("fn "))
            && (after.starts_with('(') || after.starts_with("::<") || after.starts_with('<'))
    })
}

#[cfg(test)]
mod tests {
    //! What counts as an example, and for whom.

    use super::*;

    fn missing(files: &[&str]) -> Vec<String> {
        let mut seen = Crate::default();
        for file in files {
            seen.add("src/a.rs", file);
        }
        seen.findings()
            .iter()
            .map(|finding| finding.message.split('`').nth(1).unwrap().to_owned())
            .collect()
    }

    #[test]
    fn an_example_stands_in_the_own_docs() {
        let text = "/// A.\n///\n/// ```\n/// a();\n/// ```\n#[must_use]\npub fn a() {}\n\
                    pub fn b() {}\npub(crate) fn c() {}\nfn d() {}\n\
                    /// ```text\n/// e();\n/// ```\npub async fn e() {}\n\
                    #[doc(hidden)]\npub fn f() {}\n#[cfg(test)]\nmod tests { pub fn g() {} }\n\
                    /// ```no_run\n/// h();\n/// ```\npub const fn h() {}\n\
                    /// ```\n/// # i();\n/// ```\npub fn i() {}\n";
        assert_eq!(missing(&[text]), ["b", "e", "i"]);
    }

    #[test]
    fn an_example_of_the_type_counts_for_what_it_calls() {
        let of_type = "/// ```\n/// A::new().b::<u8>(1).c;\n/// # a.d();\n/// ```\n#[derive(Debug)]\npub struct A;\n";
        let methods = "impl<T: Fn() -> u8> a::A<T> {\n pub fn new() {}\n pub fn b() {}\n pub fn c() {}\n pub fn d() {}\n}\n\
                       impl Clone for A { fn clone() {} }\n\
                       /// ```\n/// a.e();\n/// ```\nimpl A { pub fn e() {} pub fn ee() {} }";
        assert_eq!(missing(&[methods, of_type]), ["A::c", "A::d", "A::ee"]);
    }

    #[test]
    fn the_methods_of_a_public_trait_are_public() {
        let text = "/// ```\n/// impl T for A { fn a(&self) {} }\n/// ```\npub trait T { fn a(&self); fn b(&self) {} }\n\
                    trait P { fn c(&self); }";
        assert_eq!(missing(&[text]), ["T::b"]);
    }

    #[test]
    fn types_are_found_in_heads() {
        assert_eq!(own_type("impl A"), Some("A"));
        assert_eq!(own_type("impl<V: B<C>, R> Query<V, R>"), Some("Query"));
        assert_eq!(own_type("impl<F> B for A<F>"), None);
        assert_eq!(own_type("impl<F: for<'a> Fn(&'a u8)> A<F>"), Some("A"));
    }
}
