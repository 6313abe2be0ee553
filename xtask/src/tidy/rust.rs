//! Just enough of Rust's grammar to look at a file without a compiler.

use std::ops::Range;

/// Replaces comments and the contents of literals by spaces, byte for byte, so that offsets and
/// line numbers stay what they were and whatever is left is code.
pub(crate) fn code_only(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = bytes.to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let end = match bytes[at] {
            b'/' if bytes.get(at + 1) == Some(&b'/') => line_end(bytes, at),
            b'/' if bytes.get(at + 1) == Some(&b'*') => comment_end(bytes, at),
            b'"' => string_end(bytes, at),
            b'r' if !in_word(bytes, at) => match raw_string_end(bytes, at) {
                Some(end) => end,
                None => at,
            },
            b'\'' => char_end(bytes, at),
            _ => at,
        };
        if end == at {
            at += 1;
            continue;
        }
        for byte in &mut out[at..end] {
            if *byte != b'\n' {
                *byte = b' ';
            }
        }
        at = end;
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Whether the byte at `at` continues a word. The prefixes of byte and C strings do not count.
fn in_word(bytes: &[u8], at: usize) -> bool {
    let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    match at.checked_sub(1).map(|before| bytes[before]) {
        Some(b'b' | b'c') => at >= 2 && word(bytes[at - 2]),
        Some(before) => word(before),
        None => false,
    }
}

fn line_end(bytes: &[u8], at: usize) -> usize {
    bytes[at..]
        .iter()
        .position(|&byte| byte == b'\n')
        .map_or(bytes.len(), |length| at + length)
}

fn comment_end(bytes: &[u8], mut at: usize) -> usize {
    let mut depth = 0_usize;
    while at < bytes.len() {
        match (bytes[at], bytes.get(at + 1)) {
            (b'/', Some(b'*')) => (depth, at) = (depth + 1, at + 2),
            (b'*', Some(b'/')) => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            break;
        }
    }
    at.min(bytes.len())
}

fn string_end(bytes: &[u8], start: usize) -> usize {
    let mut at = start + 1;
    while at < bytes.len() {
        match bytes[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    bytes.len()
}

fn raw_string_end(bytes: &[u8], start: usize) -> Option<usize> {
    let hashes = bytes[start + 1..]
        .iter()
        .take_while(|&&byte| byte == b'#')
        .count();
    let quote = start + 1 + hashes;
    if bytes.get(quote) != Some(&b'"') {
        return None;
    }
    let closing = [&b"\""[..], &b"#".repeat(hashes)].concat();
    let body = &bytes[quote + 1..];
    let length = body
        .windows(closing.len())
        .position(|window| window == closing);
    Some(length.map_or(bytes.len(), |length| quote + 1 + length + closing.len()))
}

/// The end of a character literal, or `at` for a lifetime.
fn char_end(bytes: &[u8], at: usize) -> usize {
    match bytes.get(at + 1) {
        Some(b'\\') => {
            let close = bytes[(at + 3).min(bytes.len())..]
                .iter()
                .position(|&byte| byte == b'\'');
            close.map_or(at, |length| at + 3 + length + 1)
        }
        Some(&first) => {
            let width = match first {
                0xf0.. => 4,
                0xe0.. => 3,
                0xc0.. => 2,
                _ => 1,
            };
            if bytes.get(at + 1 + width) == Some(&b'\'') {
                at + width + 2
            } else {
                at
            }
        }
        None => at,
    }
}

/// The line of an offset, counted from one.
pub(crate) fn line_of(text: &str, offset: usize) -> usize {
    text.as_bytes()[..offset.min(text.len())]
        .iter()
        .filter(|&&byte| byte == b'\n')
        .count()
        + 1
}

/// One item at the top of a file or a module.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Item<'a> {
    /// Where its first attribute begins.
    pub(crate) span: Range<usize>,
    /// Its outer attributes, without `#[` and `]`.
    pub(crate) attributes: Vec<&'a str>,
    /// From its first word up to the body or the semicolon.
    pub(crate) head: &'a str,
    /// What stands between its braces, with the offset of the first byte.
    pub(crate) body: Option<(usize, &'a str)>,
}

/// Splits text that holds no comments and no literals into its items. Inner attributes are left out.
pub(crate) fn items(code: &str, offset: usize) -> Vec<Item<'_>> {
    let bytes = code.as_bytes();
    let mut items = Vec::new();
    let mut at = skip_space(bytes, 0);
    while at < bytes.len() {
        let start = at;
        let mut attributes = Vec::new();
        while bytes[at..].starts_with(b"#[") || bytes[at..].starts_with(b"#![") {
            let inner = bytes[at + 1] == b'!';
            let open = at + 1 + usize::from(inner);
            let close = closing(bytes, open);
            if !inner {
                attributes.push(&code[open + 1..close.saturating_sub(1).max(open + 1)]);
            }
            at = skip_space(bytes, close);
            if at >= bytes.len() {
                return items;
            }
        }
        let first = at;
        // `use` trees hold braces that are no body, a signature's parentheses may hold anything.
        let is_use = code[first..].split(';').next().is_some_and(is_use);
        let mut body = None;
        let mut head_end = bytes.len();
        while at < bytes.len() {
            match bytes[at] {
                b';' => {
                    head_end = at;
                    at += 1;
                    break;
                }
                b'{' if !is_use => {
                    head_end = at;
                    let close = closing(bytes, at);
                    let inner = at + 1..close.saturating_sub(1).max(at + 1);
                    body = Some((offset + inner.start, &code[inner]));
                    at = close;
                    break;
                }
                b'{' | b'(' | b'[' => at = closing(bytes, at),
                _ => at += 1,
            }
        }
        let head = code[first..head_end.max(first)].trim();
        items.push(Item {
            span: offset + start..offset + at,
            attributes,
            head,
            body,
        });
        at = skip_space(bytes, at);
    }
    items
}

/// Whether the head of an item is an import or a re-export.
pub(crate) fn is_use(head: &str) -> bool {
    without_visibility(head).split_whitespace().next() == Some("use")
}

/// The head of an item without `pub` and `pub(..)`.
pub(crate) fn without_visibility(head: &str) -> &str {
    let Some(rest) = head.trim_start().strip_prefix("pub") else {
        return head.trim_start();
    };
    let rest = rest.trim_start();
    match rest
        .strip_prefix('(')
        .and_then(|inner| inner.split_once(')'))
    {
        Some((_, rest)) => rest.trim_start(),
        None => rest,
    }
}

/// The offset after the bracket that closes the one at `open`.
fn closing(bytes: &[u8], open: usize) -> usize {
    let mut depth = 0_usize;
    for (at, byte) in bytes.iter().enumerate().skip(open) {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
    }
    bytes.len()
}

fn skip_space(bytes: &[u8], at: usize) -> usize {
    bytes[at..]
        .iter()
        .position(|b| !b.is_ascii_whitespace())
        .map_or(bytes.len(), |n| at + n)
}

/// Replaces everything that is compiled for tests alone by spaces.
pub(crate) fn without_tests(code: &str) -> String {
    let mut out = code.as_bytes().to_vec();
    blank_tests(code, 0, &mut out);
    String::from_utf8_lossy(&out).into_owned()
}

fn blank_tests(code: &str, offset: usize, out: &mut [u8]) {
    for item in items(code, offset) {
        let for_tests = |attribute: &&str| {
            let words: String = attribute.split_whitespace().collect();
            words == "cfg(test)" || words.starts_with("cfg(all(test,") || words == "test"
        };
        if item.attributes.iter().any(for_tests) {
            out[item.span]
                .iter_mut()
                .filter(|byte| **byte != b'\n')
                .for_each(|byte| *byte = b' ');
        } else if let Some((start, body)) = item.body {
            let word = without_visibility(item.head).split_whitespace().next();
            if matches!(word, Some("mod" | "impl")) {
                blank_tests(body, start, out);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    //! What is code and what is not.

    use super::*;

    #[test]
    fn comments_and_literals_go_and_code_stays() {
        let text = "a /* b /* c */ d */ e // f\n\"g\\\"h\" 'i' '\\'' '\\u{1F600}' 'é' &'life x r#\"j\"k\"# br\"l\" bar\"m\" n";
        let code = code_only(text);
        assert_eq!(code.len(), text.len());
        let words: Vec<&str> = code.split_whitespace().collect();
        assert_eq!(words, ["a", "e", "&'life", "x", "b", "bar", "n"]);
        assert_eq!(line_of(text, text.find("life").unwrap()), 2);
    }

    #[test]
    fn items_are_told_apart() {
        let code = "#![allow(x)]\n#[cfg(a)] pub(crate) mod a;\npub use b::{c, d};\nfn e(f: [u8; 2]) { g; }\nmod h { use i; }";
        let items = items(code, 0);
        let heads: Vec<&str> = items.iter().map(|item| item.head).collect();
        assert_eq!(
            heads,
            [
                "pub(crate) mod a",
                "pub use b::{c, d}",
                "fn e(f: [u8; 2])",
                "mod h"
            ]
        );
        assert_eq!(items[0].attributes, ["cfg(a)"]);
        assert_eq!(without_visibility(items[0].head), "mod a");
        assert_eq!(items[3].body.unwrap().1.trim(), "use i;");
        assert_eq!(&code[items[3].body.unwrap().0..][..7], " use i;");
    }

    #[test]
    fn test_modules_are_left_out_wherever_they_stand() {
        let code = "fn a() { b.unwrap() }\n#[cfg(test)]\nmod tests { c.unwrap() }\nmod d { #[cfg(test)] use e; fn f() {} }\nimpl G { #[cfg(test)] fn h() {} fn i() {} }";
        let left = without_tests(code);
        assert_eq!(left.len(), code.len());
        assert!(left.contains("b.unwrap()") && left.contains("fn f()") && left.contains("fn i()"));
        assert!(!left.contains("c.unwrap()") && !left.contains("use e") && !left.contains("fn h"));
    }
}
