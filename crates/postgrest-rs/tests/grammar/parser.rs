//! A second, small parser of PostgREST's query grammar, which shares nothing with the crate.
//!
//! Like the server it drops what follows a complete parse; `rest` tells whether something was dropped.

use crate::syntax::{Field, Group, Item, Node, Pair, Parsed, Step, Term, Test, Value};

/// Parses one decoded pair. `arguments`: whether it may be the argument of a function called by GET.
pub(crate) fn pair(key: &str, value: &str, arguments: bool) -> Option<Parsed> {
    let done = |pair, rest: &str| {
        Some(Parsed {
            pair,
            rest: rest.to_owned(),
        })
    };
    match key {
        "select" => {
            let mut parser = Parser::new(value);
            return match parser.items() {
                Some(items) => done(Pair::Select(items), parser.rest),
                None if parser.committed => None,
                None => done(Pair::Everything, value),
            };
        }
        "columns" | "on_conflict" => {
            let mut parser = Parser::new(value);
            let names = parser.separated(Parser::name)?;
            return done(Pair::Names(names), parser.rest);
        }
        _ => {}
    }
    let (path, last) = match key.rsplit_once('.') {
        Some((path, last)) => (path, last),
        None => ("", key),
    };
    let embed = |text: &str| {
        let mut parser = Parser::new(text);
        if text.is_empty() {
            Some(Vec::new())
        } else {
            parser.dotted()
        }
    };
    match last {
        "order" => {
            let mut parser = Parser::new(value);
            let terms = parser.separated(Parser::term)?;
            // The one place where the end is checked.
            return if parser.rest.is_empty() {
                done(Pair::Order(embed(path)?, terms), "")
            } else {
                None
            };
        }
        "limit" | "offset" => return done(Pair::Number(embed(path)?, value.parse().ok()), ""),
        "and" | "or" => {
            let (path, negated) = match path.strip_suffix("not") {
                Some("") => ("", true),
                Some(outer) if outer.ends_with('.') => (&outer[..outer.len() - 1], true),
                _ => (path, false),
            };
            let mut parser = Parser::new(value);
            let nodes = parser.nodes()?;
            let group = Group {
                negated,
                any: last == "or",
                nodes,
            };
            return done(Pair::Logic(embed(path)?, group), parser.rest);
        }
        _ => {}
    }
    let mut parser = Parser::new(value);
    let Some(test) = parser.test(false) else {
        let name = Parser::new(key).name().unwrap_or_else(|| key.to_owned());
        // These begin a filter that then is not complete.
        let begun = ["in.", "is.", "not."]
            .iter()
            .any(|start| value.starts_with(start));
        return if arguments && !begun {
            done(Pair::Argument(name, value.to_owned()), "")
        } else {
            None
        };
    };
    let mut keys = Parser::new(key);
    let mut names = keys.dotted()?;
    let field = Field {
        name: names.pop()?,
        path: keys.json_path()?,
    };
    let rest = format!("{}{}", keys.rest, parser.rest);
    done(Pair::Filter(names, field, test), &rest)
}

struct Parser<'a> {
    rest: &'a str,
    /// Whether something was read: then a failure is an error, where at the very start it is "no columns named".
    committed: bool,
}

const OPERATORS: [&str; 22] = [
    "isdistinct",
    "imatch",
    "ilike",
    "match",
    "plfts",
    "phfts",
    "like",
    "wfts",
    "gte",
    "neq",
    "lte",
    "fts",
    "nxr",
    "nxl",
    "adj",
    "eq",
    "gt",
    "lt",
    "cs",
    "cd",
    "ov",
    "sl",
];

impl<'a> Parser<'a> {
    fn new(rest: &'a str) -> Self {
        Self {
            rest,
            committed: false,
        }
    }

    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.rest = &self.rest[c.len_utf8()..];
        Some(c)
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

    fn blanks(&mut self) {
        self.rest = self.rest.trim_start_matches([' ', '\t']);
    }

    fn taking<T>(&mut self, parse: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        let before = self.rest;
        let parsed = parse(self);
        if parsed.is_none() {
            self.rest = before;
        }
        parsed
    }

    fn separated<T>(&mut self, mut parse: impl FnMut(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let mut all = Vec::new();
        loop {
            self.blanks();
            all.push(parse(self)?);
            self.blanks();
            if !self.eat(",") {
                return Some(all);
            }
            self.committed = true;
        }
    }

    fn quoted(&mut self) -> Option<String> {
        if !self.eat("\"") {
            return None;
        }
        let mut out = String::new();
        loop {
            match self.next()? {
                '"' => return Some(out),
                '\\' => out.push(self.next()?),
                c => out.push(c),
            }
        }
    }

    fn name(&mut self) -> Option<String> {
        self.blanks();
        if self.peek() == Some('"') {
            return self.quoted();
        }
        let mut out = String::new();
        while let Some(c) = self.peek() {
            let letter =
                |c: char| c.is_alphabetic() || c.is_ascii_digit() || matches!(c, '_' | ' ' | '$');
            let inner = c == '-' && !out.is_empty() && self.rest[1..].starts_with(letter);
            if !(letter(c) || inner) {
                break;
            }
            out.push(c);
            self.next();
        }
        let name = out.trim_matches(' ');
        if name.is_empty() {
            None
        } else {
            Some(name.to_owned())
        }
    }

    fn dotted(&mut self) -> Option<Vec<String>> {
        let mut names = vec![self.name()?];
        while let Some(name) =
            self.taking(|parser| if parser.eat(".") { parser.name() } else { None })
        {
            names.push(name);
        }
        Some(names)
    }

    fn json_path(&mut self) -> Option<Vec<Step>> {
        let mut steps = Vec::new();
        loop {
            let text = self.eat("->>");
            if !text && !self.eat("->") {
                return Some(steps);
            }
            if self.peek() == Some('"') {
                steps.push(Step {
                    text,
                    key: self.quoted()?,
                    index: false,
                });
                continue;
            }
            let index = self.taking(|parser| {
                let sign = if parser.eat("-") { "-" } else { "" };
                let end = parser
                    .rest
                    .find(|c: char| !c.is_ascii_digit())
                    .unwrap_or(parser.rest.len());
                let (digits, rest) = parser.rest.split_at(end);
                let ends = rest.is_empty() || rest.starts_with(['-', ':', '.', ',', '>', ')']);
                parser.rest = rest;
                if digits.is_empty() || !ends {
                    None
                } else {
                    Some(format!("{sign}{digits}"))
                }
            });
            if let Some(key) = index {
                steps.push(Step {
                    text,
                    key,
                    index: true,
                });
                continue;
            }
            let ends = |(at, c)| {
                matches!(c, ':' | '.' | ',' | '>' | '(' | ')') || self.rest[at..].starts_with("->")
            };
            let end = self
                .rest
                .char_indices()
                .find(|&pair| ends(pair))
                .map_or(self.rest.len(), |(at, _)| at);
            let (key, rest) = self.rest.split_at(end);
            if key.is_empty() {
                return None;
            }
            steps.push(Step {
                text,
                key: key.to_owned(),
                index: false,
            });
            self.rest = rest;
        }
    }

    fn field(&mut self) -> Option<Field> {
        Some(Field {
            name: self.name()?,
            path: self.json_path()?,
        })
    }

    fn items(&mut self) -> Option<Vec<Item>> {
        self.separated(Self::item)
    }

    fn cast(&mut self) -> Option<Option<String>> {
        if self.eat("::") {
            self.name().map(Some)
        } else {
            Some(None)
        }
    }

    fn item(&mut self) -> Option<Item> {
        let plain = |field| Item {
            alias: None,
            spread: false,
            field,
            hints: Vec::new(),
            embedded: None,
            aggregate: None,
            casts: [None, None],
        };
        if self.eat("*") {
            return Some(plain(Field {
                name: "*".to_owned(),
                path: Vec::new(),
            }));
        }
        let spread = self.eat("...");
        let alias = self.taking(|parser| {
            let name = parser.name()?;
            if !parser.rest.starts_with("::") && parser.eat(":") {
                Some(name)
            } else {
                None
            }
        });
        let mut item = plain(self.field()?);
        self.committed = true;
        item.alias = alias;
        item.spread = spread;
        // Counting comes before a relation of that name, which then needs an alias.
        if !spread && item.field.name == "count" && item.field.path.is_empty() && self.eat("()") {
            item.aggregate = Some("count".to_owned());
            item.casts[1] = self.cast()?;
            return Some(item);
        }
        while self.eat("!") {
            // The kind of join is matched as a prefix.
            let join = ["inner", "left"].into_iter().find(|join| self.eat(join));
            item.hints.push(match join {
                Some(join) => join.to_owned(),
                None => self.name()?,
            });
        }
        if item.field.path.is_empty() && self.eat("(") {
            self.committed = true;
            self.blanks();
            item.embedded = Some(if self.eat(")") {
                Vec::new()
            } else {
                let items = self.items()?;
                if !self.eat(")") {
                    return None;
                }
                items
            });
        } else if spread || !item.hints.is_empty() {
            return None;
        }
        if item.embedded.is_some() {
            return Some(item);
        }
        item.casts[0] = self.cast()?;
        item.aggregate = self.taking(|parser| {
            let aggregate = if parser.eat(".") {
                parser.name()?
            } else {
                return None;
            };
            let known = ["sum", "avg", "count", "max", "min"].contains(&aggregate.as_str());
            if known && parser.eat("()") {
                Some(aggregate)
            } else {
                None
            }
        });
        item.casts[1] = self.cast()?;
        matches!(self.peek(), None | Some(',' | ')')).then_some(item)
    }

    fn term(&mut self) -> Option<Term> {
        let related = self.taking(|parser| {
            let relation = parser.name()?;
            if !parser.eat("(") {
                return None;
            }
            let field = parser.field()?;
            if parser.eat(")") {
                Some((relation, field))
            } else {
                None
            }
        });
        let (related, field) = match related {
            Some((relation, field)) => (Some(relation), field),
            None => (None, self.field()?),
        };
        let mut one_of = |words: [&'static str; 2]| words.into_iter().find(|word| self.eat(word));
        let direction = one_of([".asc", ".desc"]);
        let nulls = one_of([".nullsfirst", ".nullslast"]);
        Some(Term {
            related,
            field,
            direction,
            nulls,
        })
    }

    fn nodes(&mut self) -> Option<Vec<Node>> {
        if !self.eat("(") {
            return None;
        }
        let nodes = self.separated(Self::node)?;
        if self.eat(")") { Some(nodes) } else { None }
    }

    fn node(&mut self) -> Option<Node> {
        let group = self.taking(|parser| {
            let negated = parser.eat("not.");
            let any = parser.eat("or");
            if !any && !parser.eat("and") {
                return None;
            }
            Some(Group {
                negated,
                any,
                nodes: parser.nodes()?,
            })
        });
        if let Some(group) = group {
            return Some(Node::Group(group));
        }
        let field = self.field()?;
        if !self.eat(".") {
            return None;
        }
        Some(Node::Test(field, self.test(true)?))
    }

    fn test(&mut self, in_tree: bool) -> Option<Test> {
        let negated = self.eat("not.");
        if self.eat("in.") {
            return Some(Test {
                negated,
                operator: "in".to_owned(),
                value: Value::List(self.list()?),
            });
        }
        if self.eat("is.") {
            let words = ["null", "not_null", "true", "false", "unknown"];
            let lower = self.rest.to_ascii_lowercase();
            let word = words.into_iter().find(|word| lower.starts_with(word))?;
            self.rest = &self.rest[word.len()..];
            return Some(Test {
                negated,
                operator: "is".to_owned(),
                value: Value::Word(word.to_owned()),
            });
        }
        let mut operator = OPERATORS
            .into_iter()
            .chain(["sr"])
            .find(|operator| self.eat(operator))?
            .to_owned();
        if self.eat("(") {
            let (inner, rest) = self.rest.split_once(')')?;
            let quantified = matches!(inner, "any" | "all");
            let takes = match operator.as_str() {
                "fts" | "plfts" | "phfts" | "wfts" => true,
                "eq" | "gt" | "gte" | "lt" | "lte" | "like" | "ilike" | "match" | "imatch" => {
                    quantified
                }
                _ => false,
            };
            if !takes {
                return None;
            }
            operator = format!("{operator}({inner})");
            self.rest = rest;
        }
        if !self.eat(".") {
            return None;
        }
        let text = if in_tree {
            self.tree_value()?
        } else {
            let text = self.rest.to_owned();
            self.rest = "";
            text
        };
        Some(Test {
            negated,
            operator,
            value: Value::Text(text),
        })
    }

    fn quoted_element(&mut self) -> Option<String> {
        self.taking(|parser| {
            let text = parser.quoted()?;
            matches!(parser.peek(), Some(',' | ')')).then_some(text)
        })
    }

    fn bare_element(&mut self) -> String {
        let end = self.rest.find([',', ')']).unwrap_or(self.rest.len());
        let (text, rest) = self.rest.split_at(end);
        self.rest = rest;
        text.to_owned()
    }

    fn list(&mut self) -> Option<Vec<String>> {
        if !self.eat("(") {
            return None;
        }
        self.blanks();
        let mut list = Vec::new();
        loop {
            list.push(self.quoted_element().unwrap_or_else(|| self.bare_element()));
            if !self.eat(",") {
                break;
            }
        }
        if !self.eat(")") {
            return None;
        }
        // A list of one empty text is an empty list.
        Some(if list == [""] { Vec::new() } else { list })
    }

    fn tree_value(&mut self) -> Option<String> {
        if let Some(text) = self.quoted_element() {
            return Some(text);
        }
        if self.peek() == Some('{') {
            let braced = self.taking(|parser| {
                let end = parser.rest.find('}')? + 1;
                let (text, rest) = parser.rest.split_at(end);
                parser.rest = rest;
                let flat = !text[1..].contains('{');
                (flat && rest.starts_with([',', ')'])).then(|| text.to_owned())
            });
            if braced.is_some() {
                return braced;
            }
        }
        Some(self.bare_element())
    }
}
