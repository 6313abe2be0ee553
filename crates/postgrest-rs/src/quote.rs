//! Quoting by position: what keeps a name or a value from ending early.
//!
//! PostgREST drops whatever follows a complete parse, so a missing escape widens a filter without any
//! error. In lists, logic trees and array literals everything is therefore quoted unless it is made of
//! characters that are known to be harmless there.

/// Appends `text` in double quotes, with `\` before `"` and `\`.
pub(crate) fn push_quoted(out: &mut String, text: &str) {
    out.push('"');
    let mut rest = text;
    while let Some(at) = rest.find(['"', '\\']) {
        let (plain, special) = rest.split_at(at);
        out.push_str(plain);
        out.push('\\');
        let mut chars = special.chars();
        out.extend(chars.next());
        rest = chars.as_str();
    }
    out.push_str(rest);
    out.push('"');
}

/// Appends an element of `in.( )` or an operand inside a logic tree.
pub(crate) fn push_element(out: &mut String, text: &str) {
    if is_plain(text, |c| matches!(c, ',' | '(' | ')' | '{' | '}')) {
        out.push_str(text);
    } else {
        push_quoted(out, text);
    }
}

/// Appends an element of an array literal, `{ }`.
pub(crate) fn push_array_element(out: &mut String, text: &str) {
    if is_plain(text, |c| matches!(c, ',' | '{' | '}')) && !text.eq_ignore_ascii_case("null") {
        out.push_str(text);
    } else {
        push_quoted(out, text);
    }
}

/// Appends a bound of a range literal.
pub(crate) fn push_range_bound(out: &mut String, text: &str) {
    if is_plain(text, |c| matches!(c, ',' | '(' | ')' | '[' | ']')) {
        out.push_str(text);
    } else {
        push_quoted(out, text);
    }
}

/// Whether `text` may stand without quotes where `special` characters have a meaning.
fn is_plain(text: &str, special: impl Fn(char) -> bool) -> bool {
    !text.is_empty()
        && !text.starts_with(char::is_whitespace)
        && !text.ends_with(char::is_whitespace)
        && !text.contains(|c| matches!(c, '"' | '\\') || is_odd_space(c) || special(c))
}

/// Blanks other than the ordinary one, and control characters.
fn is_odd_space(c: char) -> bool {
    c != ' ' && (c.is_whitespace() || c.is_control())
}

/// Names that mean something else as a key of the query string or in front of a condition.
///
/// `apikey` is one for the gateway, which would take the column's filter for a key.
const RESERVED: [&str; 10] = [
    "select",
    "columns",
    "on_conflict",
    "order",
    "limit",
    "offset",
    "and",
    "or",
    "not",
    "apikey",
];

/// Appends the name of a column, a relation or an alias.
pub(crate) fn push_name(out: &mut String, name: &str) {
    if is_bare_name(name) && !RESERVED.contains(&name) {
        out.push_str(name);
    } else {
        push_quoted(out, name);
    }
}

/// Appends a key of a JSON path; a number must be quoted or it is an index.
pub(crate) fn push_json_key(out: &mut String, key: &str) {
    let plain = |c: char| c.is_ascii_alphabetic() || c == '_';
    if key.starts_with(plain) && key.chars().all(|c| plain(c) || c.is_ascii_digit()) {
        out.push_str(key);
    } else {
        push_quoted(out, key);
    }
}

/// Where a JSON key without quotes ends; a `-` belongs to it unless it begins the next arrow.
pub(crate) fn json_key_end(text: &str) -> usize {
    text.char_indices()
        .find(|&(at, c)| {
            matches!(c, ':' | '.' | ',' | '>' | '(' | ')' | '"')
                || (c == '-' && text.get(at..).is_some_and(|rest| rest.starts_with("->")))
        })
        .map_or(text.len(), |(at, _)| at)
}

/// Whether `name` needs no quotes: `ident *( "-" ident )`, without outer blanks.
pub(crate) fn is_bare_name(name: &str) -> bool {
    name.split('-')
        .all(|part| !part.is_empty() && part.chars().all(is_ident_char))
        && !name.starts_with(' ')
        && !name.ends_with(' ')
}

/// Whether a name has letters, digits and underscores of ASCII only, and at least one: it means itself everywhere.
pub(crate) fn is_word(name: &[u8]) -> bool {
    !name.is_empty()
        && name
            .iter()
            .all(|byte| byte.is_ascii_alphanumeric() || *byte == b'_')
}

/// A character of an identifier. Beyond the Latin letters quotes are always used, since what counts
/// as a letter there differs between Unicode tables.
pub(crate) fn is_ident_char(c: char) -> bool {
    c.is_ascii_alphanumeric()
        || matches!(c, '_' | '$' | ' ')
        || (('\u{80}'..'\u{250}').contains(&c) && c.is_alphabetic())
}

/// Escapes `text` so that `like` and `ilike` find it literally: `\` before `\`, `%` and `_`.
///
/// A `*` cannot be matched literally by `like`, since PostgREST reads it as `%`; use
/// [`escape_regex`] with `regex` for texts that may hold one.
///
/// ```
/// assert_eq!(postgrest_rs::escape_like("100%"), r"100\%");
/// ```
#[must_use]
pub fn escape_like(text: &str) -> String {
    escape_with(text, |c| matches!(c, '\\' | '%' | '_'))
}

/// Escapes `text` so that `regex` and `regex_icase` find it literally.
///
/// ```
/// assert_eq!(postgrest_rs::escape_regex("a.b*"), r"a\.b\*");
/// ```
#[must_use]
pub fn escape_regex(text: &str) -> String {
    escape_with(text, |c| r"\.^$*+?()[]{}|".contains(c))
}

fn escape_with(text: &str, special: impl Fn(char) -> bool) -> String {
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if special(c) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn element(text: &str) -> String {
        let mut out = String::new();
        push_element(&mut out, text);
        out
    }

    fn name(text: &str) -> String {
        let mut out = String::new();
        push_name(&mut out, text);
        out
    }

    #[test]
    fn elements_are_quoted_when_they_could_end_early() {
        assert_eq!(element("a b"), "a b");
        assert_eq!(element("a,b"), r#""a,b""#);
        assert_eq!(element(r#"a"b\"#), r#""a\"b\\""#);
        assert_eq!(element(""), r#""""#);
        assert_eq!(element(" a"), r#"" a""#);
        assert_eq!(element("{a}"), r#""{a}""#);
    }

    #[test]
    fn array_elements_named_null_are_texts() {
        let mut out = String::new();
        push_array_element(&mut out, "NULL");
        assert_eq!(out, r#""NULL""#);
    }

    #[test]
    fn names_are_quoted_when_reserved_or_odd() {
        assert_eq!(name("naïve"), "naïve");
        assert_eq!(name("a-b c$1"), "a-b c$1");
        assert_eq!(name("a--b"), r#""a--b""#);
        assert_eq!(name("order"), r#""order""#);
        assert_eq!(name("apikey"), r#""apikey""#);
        assert_eq!(name("a.b"), r#""a.b""#);
        assert_eq!(name("東京"), r#""東京""#);
        assert_eq!(name(" a"), r#"" a""#);
    }

    #[test]
    fn patterns_find_texts_literally() {
        assert_eq!(escape_like(r"50%_a\b*"), r"50\%\_a\\b*");
        let special = r"\.^$*+?()[]{}|";
        let escaped: String = special.chars().flat_map(|c| ['\\', c]).collect();
        assert_eq!(
            escape_regex(&format!("a-b{special}")),
            format!("a-b{escaped}")
        );
    }

    #[test]
    fn json_keys_that_are_numbers_are_quoted() {
        let mut out = String::new();
        push_json_key(&mut out, "1");
        push_json_key(&mut out, "a1");
        assert_eq!(out, r#""1"a1"#);
    }
}
