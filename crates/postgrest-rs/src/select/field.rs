//! Which field of the rows holds a column, by a select that was read before.

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
    use super::field_of;

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
}
