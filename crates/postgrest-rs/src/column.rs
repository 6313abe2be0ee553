//! Columns: a path that is parsed and rendered again, so that no text in it can become syntax.

use std::fmt;

use crate::quote::{is_ident_char, json_key_end, push_json_key, push_name};

/// A column, a path into a JSON column, or a column of an embedded relation.
///
/// Every method that takes a column takes `impl Into<Column>`; any string converts. A string is a **path**:
///
/// | text | meaning |
/// |---|---|
/// | `age` | a column |
/// | `data->address->>city`, `tags->0` | a value inside a JSON (or array, or composite) column |
/// | `orders.total` | a column of the embedded relation `orders` |
/// | `"odd.name"` | a quoted name, `\` before `"` and `\` |
///
/// The path is parsed strictly and written again with quotes where they are needed, so user input given as
/// a column can name another column but never add a condition. Names with a `.`, `,`, `:`, `(`, `)` or
/// other special characters need [`Column::exact`]. A column named like a key of the query string
/// (`select`, `order`, `limit`, …) just works.
///
/// What cannot be parsed is kept as an error, which the query yields before anything is sent.
///
/// ```
/// use postgrest_rs::{Column, col};
///
/// let adult = col("age").gte(18);
/// let city = Column::from("data->address->>city");
/// let odd = Column::exact("odd.name");
/// assert_eq!(odd.to_string(), "\"odd.name\"");
/// # let _ = (adult, city);
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Column {
    /// The rendered path, or the message of the error.
    text: String,
    /// Where the field begins: after the embed path and its dot.
    field: usize,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Kind {
    Name,
    JsonPath,
    /// `rel(col)`, for the order of parents.
    Related,
    Invalid,
}

/// Names a column to build a filter or an order on; the same as `Column::from` for a string.
///
/// ```
/// use postgrest_rs::{all, any, col};
/// let minor = any([col("age").lt(18), all([col("age").is_null(), col("guardian").is_not_null()])]);
/// # let _ = minor;
/// ```
pub fn col(column: impl Into<Column>) -> Column {
    column.into()
}

impl Column {
    /// A column of exactly this name, whatever characters it holds.
    ///
    /// ```
    /// use postgrest_rs::Column;
    /// assert_eq!(Column::exact("a,b").to_string(), "\"a,b\"");
    /// assert_eq!(Column::exact("plain").to_string(), "plain");
    /// ```
    #[must_use]
    pub fn exact(name: impl AsRef<str>) -> Self {
        let name = name.as_ref();
        match check_name(name) {
            Some(problem) => Self::invalid(problem),
            None => {
                let mut text = String::with_capacity(name.len() + 2);
                push_name(&mut text, name);
                Self {
                    text,
                    field: 0,
                    kind: Kind::Name,
                }
            }
        }
    }

    /// The same column inside the embedded relation at `path` (`"orders"`, `"orders.items"`).
    ///
    /// ```
    /// use postgrest_rs::{Column, col};
    /// assert_eq!(col("total").on("orders").to_string(), "orders.total");
    /// ```
    #[must_use]
    pub fn on(self, path: impl AsRef<str>) -> Self {
        let path = match EmbedPath::parse(path.as_ref()) {
            Ok(path) => path,
            Err(problem) => return Self::invalid(problem),
        };
        if self.kind == Kind::Invalid {
            return self;
        }
        let mut text = path.0;
        text.push('.');
        let prefix = text.len();
        text.push_str(&self.text);
        Self {
            text,
            field: prefix + self.field,
            kind: self.kind,
        }
    }

    /// The value of `key` inside this JSON column, as JSON (`->`). The key is taken exactly.
    ///
    /// ```
    /// use postgrest_rs::col;
    /// assert_eq!(col("data").json("a.b").json_text("1").to_string(), r#"data->"a.b"->>"1""#);
    /// ```
    #[must_use]
    pub fn json(self, key: impl AsRef<str>) -> Self {
        self.arrow("->", |text| push_json_key(text, key.as_ref()))
    }

    /// The value of `key` inside this JSON column, as text (`->>`). The key is taken exactly.
    ///
    /// ```
    /// use postgrest_rs::col;
    /// assert_eq!(col("data").json_text("city").to_string(), "data->>city");
    /// ```
    #[must_use]
    pub fn json_text(self, key: impl AsRef<str>) -> Self {
        self.arrow("->>", |text| push_json_key(text, key.as_ref()))
    }

    /// The element at `index` of this JSON or array column, as JSON; negative counts from the end.
    ///
    /// ```
    /// use postgrest_rs::col;
    /// assert_eq!(col("tags").json_index(-1).to_string(), "tags->-1");
    /// ```
    #[must_use]
    pub fn json_index(self, index: i64) -> Self {
        self.arrow("->", |text| text.push_str(&index.to_string()))
    }

    fn arrow(mut self, arrow: &str, push_key: impl FnOnce(&mut String)) -> Self {
        match self.kind {
            Kind::Invalid => {}
            Kind::Related => {
                return Self::invalid("`relation(column)` takes no JSON path here".to_owned());
            }
            Kind::Name | Kind::JsonPath => {
                self.text.push_str(arrow);
                push_key(&mut self.text);
                self.kind = Kind::JsonPath;
            }
        }
        self
    }

    fn invalid(problem: String) -> Self {
        Self {
            text: problem,
            field: 0,
            kind: Kind::Invalid,
        }
    }

    fn parse(text: &str) -> Self {
        // The usual case first: one plain name, which needs one copy and no parser.
        if text.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
        {
            let mut name = String::with_capacity(text.len() + 2);
            push_name(&mut name, text);
            return Self {
                text: name,
                field: 0,
                kind: Kind::Name,
            };
        }
        parse_path(text).unwrap_or_else(|why| {
            Self::invalid(format!(
                "{text:?} is not a column: {why}; `Column::exact` takes any name"
            ))
        })
    }

    /// The whole path as it stands in a filter's key, or the problem.
    pub(crate) fn path(&self) -> Result<&str, String> {
        match self.kind {
            Kind::Invalid => Err(self.text.clone()),
            Kind::Related => Err(format!(
                "`{}` can only be ordered by; filter by `relation.column`",
                self.text
            )),
            Kind::Name | Kind::JsonPath => Ok(&self.text),
        }
    }

    /// Whether it belongs to an embedded relation, so that it cannot limit which rows a write changes.
    pub(crate) fn is_embedded(&self) -> bool {
        self.field > 0
    }

    /// The field alone, which must have no embed path: for conditions inside `any` and `all`.
    pub(crate) fn field_in_tree(&self) -> Result<&str, String> {
        let path = self.path()?;
        if self.field == 0 {
            return Ok(path);
        }
        Err(format!(
            "`{path}` names a column of an embedded relation, which PostgREST does not take inside \
             `any` or `all`; name the columns alone and put `.on(\"…\")` on the whole condition"
        ))
    }

    /// Embed path (without its dot) and term of an order.
    pub(crate) fn order_parts(&self) -> Result<(&str, &str), String> {
        if self.kind == Kind::Invalid {
            return Err(self.text.clone());
        }
        let (path, field) = self
            .text
            .split_at_checked(self.field)
            .unwrap_or(("", &self.text));
        Ok((path.strip_suffix('.').unwrap_or(path), field))
    }

    /// The field alone, for a select.
    pub(crate) fn selected(self) -> Result<String, String> {
        match self.kind {
            Kind::Invalid => Err(self.text),
            Kind::Name | Kind::JsonPath if self.field == 0 => Ok(self.text),
            _ => Err(format!(
                "`{}` names a column of another relation, which is selected inside of it: `Embed::new(..)`, or \
                 `relation(column)` in a text",
                self.text
            )),
        }
    }

    /// The bare name, for lists of columns (`on_conflict`).
    pub(crate) fn name(&self) -> Result<&str, String> {
        match self.kind {
            Kind::Name if self.field == 0 => Ok(&self.text),
            Kind::Invalid => Err(self.text.clone()),
            _ => Err(format!(
                "`{}` is a path where the name of a column is expected",
                self.text
            )),
        }
    }
}

/// Displays the path as it is sent, before percent-encoding.
impl fmt::Display for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Column {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Column({})", self.text)
    }
}

impl<S: AsRef<str>> From<S> for Column {
    fn from(path: S) -> Self {
        Self::parse(path.as_ref())
    }
}

/// A checked and rendered path of embedded relations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct EmbedPath(pub(crate) String);

impl EmbedPath {
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let fail = |why: String| format!("{text:?} does not name an embedded relation: {why}");
        let mut parser = Parser { rest: text };
        let mut out = String::with_capacity(text.len());
        loop {
            let name = parser.name().map_err(fail)?;
            push_name(&mut out, &name);
            if parser.rest.is_empty() {
                return Ok(Self(out));
            }
            if !parser.eat(".") {
                return Err(fail(parser.unexpected()));
            }
            out.push('.');
        }
    }
}

fn check_name(name: &str) -> Option<String> {
    if name.is_empty() {
        Some("the name of a column is empty".to_owned())
    } else if name.contains('\0') {
        Some("the name of a column holds a NUL character".to_owned())
    } else {
        None
    }
}

fn parse_path(text: &str) -> Result<Column, String> {
    let mut parser = Parser { rest: text };
    let mut out = String::with_capacity(text.len() + 4);
    let mut field = 0;
    loop {
        let name = parser.name()?;
        push_name(&mut out, &name);
        if parser.eat("(") {
            let inner = parser.name()?;
            out.push('(');
            push_name(&mut out, &inner);
            parser.json_path(&mut out)?;
            out.push(')');
            if !parser.eat(")") || !parser.rest.is_empty() {
                return Err(parser.unexpected());
            }
            return Ok(Column {
                text: out,
                field,
                kind: Kind::Related,
            });
        }
        if !parser.eat(".") {
            break;
        }
        out.push('.');
        field = out.len();
    }
    let has_path = parser.json_path(&mut out)?;
    if parser.rest.starts_with("::") {
        return Err("a cast has no effect here".to_owned());
    }
    if !parser.rest.is_empty() {
        return Err(parser.unexpected());
    }
    Ok(Column {
        text: out,
        field,
        kind: if has_path { Kind::JsonPath } else { Kind::Name },
    })
}

struct Parser<'a> {
    rest: &'a str,
}

impl Parser<'_> {
    fn eat(&mut self, token: &str) -> bool {
        match self.rest.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn unexpected(&self) -> String {
        match self.rest.chars().next() {
            Some(c) => format!("unexpected {c:?}"),
            None => "it ends too early".to_owned(),
        }
    }

    fn quoted(&mut self) -> Result<String, String> {
        let mut out = String::new();
        let mut chars = self.rest.chars();
        chars.next();
        loop {
            match chars.next() {
                None => return Err("a quote is not closed".to_owned()),
                Some('"') => break,
                Some('\\') => out.extend(chars.next()),
                Some(c) => out.push(c),
            }
        }
        self.rest = chars.as_str();
        check_name(&out).map_or(Ok(out), Err)
    }

    fn name(&mut self) -> Result<String, String> {
        if self.rest.starts_with('"') {
            return self.quoted();
        }
        let mut end = self.rest.len();
        for (at, c) in self.rest.char_indices() {
            let arrow = c == '-'
                && self
                    .rest
                    .get(at..)
                    .is_some_and(|rest| rest.starts_with("->"));
            // Letters of every script may be written bare; they are quoted when sent.
            if arrow || !(is_ident_char(c) || c == '-' || c.is_alphanumeric()) {
                end = at;
                break;
            }
        }
        let (name, rest) = self.rest.split_at(end);
        if name.is_empty() {
            return Err(if rest.is_empty() {
                "a name is empty".to_owned()
            } else {
                self.unexpected()
            });
        }
        if name.trim() != name {
            return Err("a name has blanks around it".to_owned());
        }
        self.rest = rest;
        Ok(name.to_owned())
    }

    fn json_path(&mut self, out: &mut String) -> Result<bool, String> {
        let mut any = false;
        loop {
            let arrow = if self.eat("->>") {
                "->>"
            } else if self.eat("->") {
                "->"
            } else {
                return Ok(any);
            };
            any = true;
            out.push_str(arrow);
            if self.rest.starts_with('"') {
                let key = self.quoted_key()?;
                push_json_key(out, &key);
                continue;
            }
            let end = json_key_end(self.rest);
            let word = self.rest.get(..end).unwrap_or_default();
            let digits = word.strip_prefix('-').unwrap_or(word);
            if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) {
                out.push_str(word);
                self.rest = self.rest.get(end..).unwrap_or_default();
                continue;
            }
            let (key, rest) = self.rest.split_at(end);
            if key.is_empty() {
                return Err(format!("{} in a JSON path", self.unexpected()));
            }
            if key.trim() != key || key.contains(char::is_control) {
                return Err(
                    "a JSON key has blanks or line ends around or in it: quote it".to_owned(),
                );
            }
            push_json_key(out, key);
            self.rest = rest;
        }
    }

    /// As [`Parser::quoted`], but a JSON key may be empty.
    fn quoted_key(&mut self) -> Result<String, String> {
        if self.eat("\"\"") {
            return Ok(String::new());
        }
        self.quoted()
    }
}

#[cfg(test)]
mod tests;
