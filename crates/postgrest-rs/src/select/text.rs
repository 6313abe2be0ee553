//! The text of a select: cleaned as the official clients do, and read once before it is sent.
//!
//! PostgREST drops what follows a complete parse and answers a select that it cannot read at all with every
//! column, so mistakes here would go unnoticed. What is wrong is said with its place in the text.

use crate::quote::{is_ident_char, is_word, json_key_end};

/// Removes blanks outside quotes and checks the rest.
pub(crate) fn clean(text: &str) -> Result<String, String> {
    // The most frequent selects need no close look: everything, or plain names.
    if text == "*" || text.as_bytes().split(|byte| *byte == b',').all(is_word) {
        return Ok(text.to_owned());
    }
    let cleaned: String = kept(text).map(|(_, c)| c).collect();
    match check(&cleaned) {
        Ok(()) => Ok(cleaned),
        Err(wrong) => Err(format!(
            "the columns {text:?} cannot be selected: {}{}",
            wrong.why,
            place(text, &cleaned, wrong.at)
        )),
    }
}

/// The characters that stay, with where they stand.
fn kept(text: &str) -> impl Iterator<Item = (usize, char)> {
    let mut quoted = false;
    let mut escaped = false;
    text.char_indices().filter(move |&(_, c)| {
        if quoted {
            quoted = escaped || c != '"';
            escaped = !escaped && c == '\\';
            return true;
        }
        quoted = c == '"';
        !c.is_whitespace()
    })
}

/// Where in the text as it was given the byte `at` of the cleaned one stands, in words.
fn place(text: &str, cleaned: &str, at: usize) -> String {
    if cleaned.is_empty() {
        return String::new();
    }
    let before = cleaned.get(..at).map_or(0, |before| before.chars().count());
    let Some((at, _)) = kept(text).nth(before) else {
        return ", at its end".to_owned();
    };
    let (before, after) = text.split_at_checked(at).unwrap_or((text, ""));
    let line = before.rsplit('\n').next().unwrap_or(before);
    let character = line.chars().count() + 1;
    let place = match before.matches('\n').count() {
        0 => format!("character {character}"),
        lines => format!("line {}, character {character}", lines + 1),
    };
    let next: String = after.chars().take_while(|c| *c != '\n').take(20).collect();
    format!(", at {place}: {next:?}")
}

fn check(text: &str) -> Result<(), Wrong> {
    let mut reader = Reader { text, rest: text };
    if text.is_empty() {
        return reader.wrong("nothing is named; `*` selects every column");
    }
    reader.list(0)?;
    match reader.peek() {
        None => Ok(()),
        Some(')') => reader.wrong("a parenthesis is closed that was not opened"),
        Some(_) => Err(reader.unexpected()),
    }
}

/// Embeds deeper than this are refused, so that no input can exhaust the stack.
const MAX_DEPTH: usize = 64;

const AGGREGATES: [&str; 5] = ["sum", "avg", "count", "max", "min"];

/// What is wrong, and from which byte on.
struct Wrong {
    at: usize,
    why: String,
}

struct Reader<'a> {
    text: &'a str,
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn at(&self) -> usize {
        self.text.len() - self.rest.len()
    }

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

    fn wrong<T>(&self, why: impl Into<String>) -> Result<T, Wrong> {
        Err(wrong_at(self.at(), why))
    }

    fn unexpected(&self) -> Wrong {
        let why = match self.peek() {
            Some(',' | ')') | None => "a column is empty".to_owned(),
            Some(c) => format!("unexpected {c:?}"),
        };
        wrong_at(self.at(), why)
    }

    fn list(&mut self, depth: usize) -> Result<(), Wrong> {
        if depth > MAX_DEPTH {
            return self.wrong(format!("relations are embedded more than {MAX_DEPTH} deep"));
        }
        loop {
            self.item(depth)?;
            if !self.eat(",") {
                return Ok(());
            }
        }
    }

    fn item(&mut self, depth: usize) -> Result<(), Wrong> {
        if self.eat("*") {
            return Ok(());
        }
        let begin = self.at();
        let spread = self.eat("...");
        let mut name = self.name()?;
        let mut aliased = false;
        if self.rest.starts_with(':') && !self.rest.starts_with("::") {
            if spread {
                return self.wrong("a spread relation takes no alias");
            }
            aliased = self.eat(":");
            name = self.name()?;
        }
        let column = self.json_path()?;
        if !spread && !column && name == "count" && self.eat("()") {
            return self.cast();
        }
        let parameters = self.parameters()?;
        if column || !self.rest.starts_with('(') {
            if spread || parameters {
                return Err(wrong_at(
                    begin,
                    "a relation needs its columns in parentheses",
                ));
            }
            self.cast()?;
            return self.aggregate();
        }
        if name == "count" && !aliased {
            return Err(wrong_at(
                begin,
                "a relation named `count` would be taken for the number of rows; give it an alias",
            ));
        }
        self.embedded(depth)
    }

    /// What stands in the parentheses of a relation; nothing may follow them.
    fn embedded(&mut self, depth: usize) -> Result<(), Wrong> {
        let open = self.at();
        self.eat("(");
        if self.peek() != Some(')') {
            self.list(depth + 1)?;
        }
        if !self.eat(")") {
            return match self.peek() {
                None => Err(wrong_at(open, "a parenthesis is not closed")),
                Some(_) => Err(self.unexpected()),
            };
        }
        match self.peek() {
            Some('.' | ':') => self.wrong("a relation takes neither a cast nor an aggregate"),
            _ => Ok(()),
        }
    }

    /// `!hint`, `!inner`, `!left`: at most one hint and one kind of join.
    fn parameters(&mut self) -> Result<bool, Wrong> {
        let (mut hints, mut joins) = (0, 0);
        loop {
            let begin = self.at();
            if !self.eat("!") {
                return Ok(hints + joins > 0);
            }
            let name = self.name()?;
            match name {
                "inner" | "left" => joins += 1,
                // The kind of join is matched as a prefix.
                name if name.starts_with("inner") || name.starts_with("left") => {
                    return Err(wrong_at(
                        begin,
                        format!("{name:?} would be taken for the kind of a join: put it in quotes"),
                    ));
                }
                _ => hints += 1,
            }
            if hints > 1 || joins > 1 {
                return Err(wrong_at(
                    begin,
                    "a relation takes one hint and one of `!inner` and `!left`",
                ));
            }
        }
    }

    fn aggregate(&mut self) -> Result<(), Wrong> {
        let begin = self.at();
        if !self.eat(".") {
            return Ok(());
        }
        let name = self.name()?;
        if !AGGREGATES.contains(&name) {
            return Err(wrong_at(
                begin,
                format!(
                    "there is no aggregate {name:?}; there are {}",
                    AGGREGATES.join(", ")
                ),
            ));
        }
        if !self.eat("()") {
            return Err(wrong_at(
                begin,
                format!("an aggregate is written `{name}()`"),
            ));
        }
        self.cast()
    }

    fn cast(&mut self) -> Result<(), Wrong> {
        if !self.eat("::") {
            return Ok(());
        }
        self.name()?;
        match self.peek() {
            Some('(' | '[') => self.wrong(
                "a cast takes a plain name: a type with a length or of an array needs a domain, or `_int4` for `int4[]`",
            ),
            _ => Ok(()),
        }
    }

    /// A name as it is written, quotes included.
    fn name(&mut self) -> Result<&'a str, Wrong> {
        let whole = self.rest;
        if whole.starts_with('"') {
            self.quoted()?;
            return Ok(whole
                .get(..whole.len() - self.rest.len())
                .unwrap_or_default());
        }
        let arrow = |at| whole.get(at..).is_some_and(|rest| rest.starts_with("->"));
        let in_name =
            |at, c: char| is_ident_char(c) || c.is_alphabetic() || (c == '-' && !arrow(at));
        let end = whole.char_indices().find(|&(at, c)| !in_name(at, c));
        let (name, rest) = whole.split_at(end.map_or(whole.len(), |(at, _)| at));
        if name.is_empty() {
            return Err(self.unexpected());
        }
        if name.split('-').any(str::is_empty) {
            return self.wrong(format!("{name:?} needs quotes"));
        }
        self.rest = rest;
        Ok(name)
    }

    fn quoted(&mut self) -> Result<(), Wrong> {
        let mut escaped = false;
        for (at, c) in self.rest.char_indices().skip(1) {
            if !escaped && c == '"' {
                self.rest = self.rest.get(at + 1..).unwrap_or_default();
                return Ok(());
            }
            escaped = !escaped && c == '\\';
        }
        self.wrong("a quote is not closed")
    }

    fn json_path(&mut self) -> Result<bool, Wrong> {
        let mut any = false;
        while self.eat("->>") || self.eat("->") {
            any = true;
            if self.rest.starts_with('"') {
                self.quoted()?;
                continue;
            }
            let end = json_key_end(self.rest);
            if end == 0 {
                return self.wrong("a JSON key is empty");
            }
            let word = self.rest.get(..end).unwrap_or_default();
            let place = word.strip_prefix('-').unwrap_or(word);
            let is_place = !place.is_empty() && place.bytes().all(|byte| byte.is_ascii_digit());
            if !is_place && word.split('-').any(str::is_empty) {
                return self
                    .wrong("a JSON key with a dash at an end, or two together, needs quotes");
            }
            self.rest = self.rest.get(end..).unwrap_or_default();
        }
        Ok(any)
    }
}

fn wrong_at(at: usize, why: impl Into<String>) -> Wrong {
    Wrong {
        at,
        why: why.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::clean;

    #[test]
    fn mistakes_are_shown_where_they_are() {
        for (text, why) in [
            ("id,,name", "a column is empty, at character 4: \",name\""),
            (
                "id, orders(total",
                "a parenthesis is not closed, at character 11: \"(total\"",
            ),
            (
                "id, orders(total,)",
                "a column is empty, at character 18: \")\"",
            ),
            ("id, name,", "a column is empty, at its end"),
            (
                "I->-->3--",
                "a JSON key with a dash at an end, or two together, needs quotes, at character 4: \"-->3--\"",
            ),
            (
                "id)zz",
                "a parenthesis is closed that was not opened, at character 3: \")zz\"",
            ),
            (
                "id,\n  o(a,\n    b:(c))",
                "unexpected '(', at line 3, character 7: \"(c))\"",
            ),
            (
                "é, \"a b\" , \"open",
                "a quote is not closed, at character 12: \"\\\"open\"",
            ),
            (
                "a.total()",
                "there is no aggregate \"total\"; there are sum, avg, count, max, min, at character 2: \".total()\"",
            ),
            (
                "a.sum",
                "an aggregate is written `sum()`, at character 2: \".sum\"",
            ),
            (
                "o!fk!inner!left(x)",
                "one hint and one of `!inner` and `!left`, at character 11: \"!left(x)\"",
            ),
            (
                "o!a!b(x)",
                "one hint and one of `!inner` and `!left`, at character 4: \"!b(x)\"",
            ),
            (
                "o!leftover_fk(x)",
                "put it in quotes, at character 2: \"!leftover_fk(x)\"",
            ),
            (
                "id, o!inner",
                "a relation needs its columns in parentheses, at character 5: \"o!inner\"",
            ),
            (
                "...p:q(x)",
                "a spread relation takes no alias, at character 5: \":q(x)\"",
            ),
            (
                "o(x)::int",
                "neither a cast nor an aggregate, at character 5: \"::int\"",
            ),
            (
                "o(x).sum()",
                "neither a cast nor an aggregate, at character 5: \".sum()\"",
            ),
            ("a::int[]", "`_int4` for `int4[]`, at character 7: \"[]\""),
            (
                "a::varchar(3)",
                "`_int4` for `int4[]`, at character 11: \"(3)\"",
            ),
            ("count(x)", "give it an alias, at character 1: \"count(x)\""),
        ] {
            let said = clean(text).unwrap_err();
            assert!(said.ends_with(why), "{text}: {said}");
        }
        assert!(clean("").unwrap_err().ends_with("every column"));
    }

    #[test]
    fn what_looks_alike_is_taken() {
        for text in [
            "c:count(x)",
            "o!\"leftover_fk\"!inner(x)",
            "o!inner!fk(x)",
            "count()::text",
            "n:count()",
            "a::numeric.sum()::text",
            "\"count\"(x)",
            "left,inner,count",
        ] {
            assert_eq!(clean(text).as_deref(), Ok(text));
        }
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
            assert_eq!(clean(given).as_deref(), Ok(sent), "{given}");
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
            assert!(clean(bad).is_err(), "{bad:?} was taken");
        }
        assert!(clean(&"a(".repeat(100_000)).is_err());
    }
}
