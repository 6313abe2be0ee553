//! What the second parser gives, and the two smaller grammars: form encoding and array literals.

/// One pair of a query.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Pair {
    Select(Vec<Item>),
    /// A select that cannot be read: the server answers every column.
    Everything,
    Names(Vec<String>),
    Order(Vec<String>, Vec<Term>),
    Number(Vec<String>, Option<i64>),
    Logic(Vec<String>, Group),
    Filter(Vec<String>, Field, Test),
    Argument(String, String),
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Item {
    pub(crate) alias: Option<String>,
    pub(crate) spread: bool,
    pub(crate) field: Field,
    pub(crate) hints: Vec<String>,
    pub(crate) embedded: Option<Vec<Item>>,
    pub(crate) aggregate: Option<String>,
    /// Before and after the aggregate.
    pub(crate) casts: [Option<String>; 2],
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Field {
    pub(crate) name: String,
    pub(crate) path: Vec<Step>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Step {
    pub(crate) text: bool,
    pub(crate) key: String,
    pub(crate) index: bool,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Term {
    pub(crate) related: Option<String>,
    pub(crate) field: Field,
    pub(crate) direction: Option<&'static str>,
    pub(crate) nulls: Option<&'static str>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Group {
    pub(crate) negated: bool,
    pub(crate) any: bool,
    pub(crate) nodes: Vec<Node>,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Node {
    Test(Field, Test),
    Group(Group),
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Test {
    pub(crate) negated: bool,
    pub(crate) operator: String,
    pub(crate) value: Value,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Value {
    Text(String),
    List(Vec<String>),
    Word(String),
}

/// What was parsed, and whether something after it was dropped.
#[derive(Debug)]
pub(crate) struct Parsed {
    pub(crate) pair: Pair,
    pub(crate) rest: String,
}

/// Decodes a form-encoded query into its pairs.
pub(crate) fn pairs(query: &str) -> Vec<(String, String)> {
    let decode = |text: &str| {
        let mut out = Vec::new();
        let bytes = text.as_bytes();
        let mut at = 0;
        while at < bytes.len() {
            let hex = text
                .get(at + 1..at + 3)
                .and_then(|hex| u8::from_str_radix(hex, 16).ok());
            match (bytes[at], hex) {
                (b'%', Some(byte)) => {
                    out.push(byte);
                    at += 3;
                    continue;
                }
                (b'+', _) => out.push(b' '),
                (byte, _) => out.push(byte),
            }
            at += 1;
        }
        String::from_utf8(out).expect("UTF-8")
    };
    query
        .split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(key, value)| (decode(key), decode(value)))
        .collect()
}

/// Parses a Postgres array literal of one dimension or more, flattened; `None` elements are null.
pub(crate) fn array(text: &str) -> Option<Vec<Option<String>>> {
    let mut out = Vec::new();
    let mut chars = text
        .strip_prefix('{')?
        .strip_suffix('}')?
        .chars()
        .peekable();
    if chars.peek().is_none() {
        return Some(out);
    }
    loop {
        let mut element = String::new();
        let quoted = chars.next_if_eq(&'"').is_some();
        loop {
            match chars.next() {
                Some('"') if quoted => break,
                Some('\\') => element.push(chars.next()?),
                Some('{' | '}' | '"') if !quoted => return None,
                Some(c) => element.push(c),
                None => return None,
            }
            if !quoted && matches!(chars.peek(), None | Some(',')) {
                break;
            }
        }
        out.push(if quoted {
            Some(element)
        } else if element.eq_ignore_ascii_case("null") {
            None
        } else {
            Some(
                element
                    .trim_matches([' ', '\t', '\n', '\r', '\u{b}', '\u{c}'])
                    .to_owned(),
            )
        });
        match chars.next() {
            None => return Some(out),
            Some(',') => {}
            Some(_) => return None,
        }
    }
}
