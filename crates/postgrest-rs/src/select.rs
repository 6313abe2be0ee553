//! The text of a select: cleaned as the official clients do, and read once before it is sent.
//!
//! PostgREST drops what follows a complete parse and answers a select that it cannot read at all with every
//! column, so mistakes here would go unnoticed.

use crate::quote::{is_ident_char, is_word, json_key_end};

/// Removes blanks outside quotes and checks the rest.
pub(crate) fn clean(text: String) -> Result<String, String> {
    // The most frequent selects need no close look: everything, or plain names.
    if text == "*" || text.as_bytes().split(|byte| *byte == b',').all(is_word) {
        return Ok(text);
    }
    let cleaned = if text.contains(char::is_whitespace) {
        without_blanks(&text)
    } else {
        text
    };
    match check(&cleaned) {
        Ok(()) => Ok(cleaned),
        Err(why) => Err(format!("the columns {cleaned:?} cannot be selected: {why}")),
    }
}

fn without_blanks(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut quoted = false;
    let mut escaped = false;
    for c in text.chars() {
        if quoted {
            quoted = escaped || c != '"';
            escaped = !escaped && c == '\\';
        } else if c.is_whitespace() {
            continue;
        } else {
            quoted = c == '"';
        }
        out.push(c);
    }
    out
}

fn check(text: &str) -> Result<(), String> {
    if text.is_empty() {
        return Err("nothing is named; `*` selects every column".to_owned());
    }
    let mut reader = Reader { rest: text };
    reader.list(0)?;
    match reader.peek() {
        None => Ok(()),
        Some(')') => Err("a parenthesis is closed that was not opened".to_owned()),
        Some(_) => Err(reader.unexpected()),
    }
}

/// Embeds deeper than this are refused, so that no input can exhaust the stack.
const MAX_DEPTH: usize = 64;

struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

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
        match self.peek() {
            Some(',') | None => "a column is empty".to_owned(),
            Some(c) => format!("unexpected {c:?}"),
        }
    }

    fn list(&mut self, depth: usize) -> Result<(), String> {
        if depth > MAX_DEPTH {
            return Err(format!("relations are embedded more than {MAX_DEPTH} deep"));
        }
        loop {
            self.item(depth)?;
            if !self.eat(",") {
                return Ok(());
            }
        }
    }

    fn item(&mut self, depth: usize) -> Result<(), String> {
        if self.eat("*") {
            return Ok(());
        }
        let spread = self.eat("...");
        self.name()?;
        if self.rest.starts_with(':') && !self.rest.starts_with("::") {
            if spread {
                return Err("a spread relation takes no alias".to_owned());
            }
            self.eat(":");
            self.name()?;
        }
        let column = self.json_path()?;
        let mut parameters = 0;
        while self.eat("!") {
            self.name()?;
            parameters += 1;
        }
        if !column && self.eat("(") {
            if self.peek() != Some(')') {
                self.list(depth + 1)?;
            }
            if !self.eat(")") {
                return Err(match self.peek() {
                    None => "a parenthesis is not closed".to_owned(),
                    Some(_) => self.unexpected(),
                });
            }
        } else if spread || parameters > 0 {
            return Err("a relation needs its columns in parentheses".to_owned());
        }
        self.cast()?;
        if self.eat(".") {
            self.name()?;
            if !self.eat("()") {
                return Err(self.unexpected());
            }
            self.cast()?;
        }
        Ok(())
    }

    fn cast(&mut self) -> Result<(), String> {
        if self.eat("::") { self.name() } else { Ok(()) }
    }

    fn name(&mut self) -> Result<(), String> {
        if self.rest.starts_with('"') {
            return self.quoted();
        }
        let arrow = |at| {
            self.rest
                .get(at..)
                .is_some_and(|rest| rest.starts_with("->"))
        };
        let in_name =
            |at, c: char| is_ident_char(c) || c.is_alphabetic() || (c == '-' && !arrow(at));
        let end = self.rest.char_indices().find(|&(at, c)| !in_name(at, c));
        let (name, rest) = self
            .rest
            .split_at(end.map_or(self.rest.len(), |(at, _)| at));
        if name.is_empty() {
            return Err(self.unexpected());
        }
        if name.split('-').any(str::is_empty) {
            return Err(format!("{name:?} needs quotes"));
        }
        self.rest = rest;
        Ok(())
    }

    fn quoted(&mut self) -> Result<(), String> {
        let mut escaped = false;
        for (at, c) in self.rest.char_indices().skip(1) {
            if !escaped && c == '"' {
                self.rest = self.rest.get(at + 1..).unwrap_or_default();
                return Ok(());
            }
            escaped = !escaped && c == '\\';
        }
        Err("a quote is not closed".to_owned())
    }

    fn json_path(&mut self) -> Result<bool, String> {
        let mut any = false;
        while self.eat("->>") || self.eat("->") {
            any = true;
            if self.rest.starts_with('"') {
                self.quoted()?;
                continue;
            }
            let end = json_key_end(self.rest);
            if end == 0 {
                return Err("a JSON key is empty".to_owned());
            }
            self.rest = self.rest.get(end..).unwrap_or_default();
        }
        Ok(any)
    }
}

/// The field of the rows that holds the column `name` as it is, by a select that was cleaned; the message if there is none.
pub(crate) fn field_of(select: &str, name: &str) -> Result<String, String> {
    let mut star = false;
    let mut cast = None;
    for item in items(select) {
        if item == "*" {
            star = true;
            continue;
        }
        let Some((first, rest)) = split_name(item) else {
            continue;
        };
        let (field, column, rest) = match rest.strip_prefix(':') {
            Some(aliased) if !aliased.starts_with(':') => match split_name(aliased) {
                Some((column, rest)) => (first, column, rest),
                None => continue,
            },
            _ => (first.clone(), first, rest),
        };
        if column != name {
            continue;
        }
        match rest {
            // As text it keeps every digit.
            "" | "::text" => return Ok(field),
            other if other.starts_with("::") => cast = Some(other),
            _ => {}
        }
    }
    match cast {
        _ if star => Ok(name.to_owned()),
        Some(cast) => Err(format!(
            "the column `{name}` of the key is selected as `{cast}`, which may change it; select it as it is, or as `::text`"
        )),
        None => Err(format!(
            "the column `{name}` of the key is not selected: add it to the select"
        )),
    }
}

/// The items of the outermost list.
fn items(select: &str) -> impl Iterator<Item = &str> {
    let (mut depth, mut quoted, mut escaped) = (0_usize, false, false);
    select.split(move |c: char| {
        if quoted {
            quoted = escaped || c != '"';
            escaped = !escaped && c == '\\';
            return false;
        }
        match c {
            '"' => quoted = true,
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        c == ',' && depth == 0
    })
}

/// The name at the beginning without its quotes, and what follows it.
fn split_name(item: &str) -> Option<(String, &str)> {
    if !item.starts_with('"') {
        let end = item.find([':', '(', '!', '.']);
        let end = end.into_iter().chain(item.find("->")).min();
        let (name, rest) = item.split_at_checked(end.unwrap_or(item.len()))?;
        return Some((name.to_owned(), rest));
    }
    let mut name = String::new();
    let mut chars = item.chars();
    chars.next();
    loop {
        match chars.next()? {
            '"' => return Some((name, chars.as_str())),
            '\\' => name.extend(chars.next()),
            c => name.push(c),
        }
    }
}

/// A name of a column as it was rendered, without its quotes.
pub(crate) fn unquoted(name: &str) -> String {
    split_name(name).map_or_else(|| name.to_owned(), |(name, _)| name)
}

#[cfg(test)]
mod tests {
    use super::{clean, field_of};

    #[test]
    fn the_field_of_a_column() {
        for (select, field) in [
            ("*", "id"),
            ("id", "id"),
            ("name,id", "id"),
            ("key:id,name", "key"),
            ("id::text", "id"),
            ("\"k\":id::text", "k"),
            ("*,n:id::int", "id"),
            ("\"id\"", "id"),
            ("a,b(id,x),id", "id"),
            ("\"a,id,b\",k:\"id\"", "k"),
        ] {
            assert_eq!(field_of(select, "id").as_deref(), Ok(field), "{select}");
        }
        for select in [
            "name",
            "id:name",
            "b(id)",
            "b(*)",
            "id->x",
            "id->>x",
            "n:id.max()",
            "id.count()",
            "\"a,id,b\"",
            "...b(id)",
            "id(x)",
        ] {
            assert!(
                field_of(select, "id").unwrap_err().contains("not selected"),
                "{select}"
            );
        }
        assert!(field_of("id::date", "id").unwrap_err().contains("::date"));
        assert_eq!(field_of(r#"k:"a\"b,""#, "a\"b,").as_deref(), Ok("k"));
    }

    #[test]
    fn text_is_kept_but_for_blanks() {
        for (given, sent) in [
            ("*", "*"),
            ("id, name,  created_at", "id,name,created_at"),
            ("id,\n  orders (\n total )", "id,orders(total)"),
            ("id, \"full name\", x", "id,\"full name\",x"),
            (r#""a\" b", c"#, r#""a\" b",c"#),
            ("\"Full Name\":name , id", "\"Full Name\":name,id"),
            (
                "total:amount.sum()::int,avg:amount.avg(),amount.min()",
                "total:amount.sum()::int,avg:amount.avg(),amount.min()",
            ),
            ("data->>price::numeric.sum()", "data->>price::numeric.sum()"),
            (
                "data->phones->0->>number,data->-1",
                "data->phones->0->>number,data->-1",
            ),
            ("name,orders(count)", "name,orders(count)"),
            (
                "name,b:addresses!b_fk!inner(name),...profiles(about:bio)",
                "name,b:addresses!b_fk!inner(name),...profiles(about:bio)",
            ),
            ("name,orders()", "name,orders()"),
            ("count()::text", "count()::text"),
            ("*,o:orders(*,items(*))", "*,o:orders(*,items(*))"),
        ] {
            assert_eq!(clean(given.to_owned()).as_deref(), Ok(sent), "{given}");
        }
    }

    #[test]
    fn mistakes_are_found() {
        for bad in [
            "",
            " ",
            ",",
            "id,",
            "id,,name",
            "orders(",
            "orders(id",
            "id)",
            "id)zz",
            "\"open",
            "(x",
            "*.count()",
            "a(b)c",
            "a(b,)",
            "orders!inner",
            "...profiles",
            "...p:profiles(x)",
            "id;drop",
            "a:",
            "a::",
            "a.sum",
            "data->",
            "data->>",
            "id&or=(a)",
            "x!(y)",
            "-",
            "a-",
            "a--b",
            "-a",
            "a-,b",
        ] {
            assert!(clean(bad.to_owned()).is_err(), "{bad:?} was taken");
        }
        assert!(clean("a(".repeat(100_000)).is_err());
    }
}
