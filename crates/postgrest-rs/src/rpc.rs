//! The arguments of a function: a JSON body, or pairs of the query for GET and HEAD.

use std::fmt;

use serde::de::{Deserializer, MapAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use supabase_http::encode_into;

use crate::filter::separate;
use crate::literal::Repr;
use crate::quote::push_name;
use crate::{FilterValue, Literal};

/// The arguments of a database function: `()` for none, or a reference to anything that serialises to an object
/// with one field per argument.
///
/// ```
/// # fn demo(db: &postgrest_rs::PostgrestClient) {
/// use serde_json::json;
/// let hello = db.rpc::<String>("hello_world", ());
/// let sum = db.rpc::<i64>("add", &json!({ "a": 1, "b": 2 }));
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the arguments of a function",
    label = "not arguments",
    note = "pass `()` for none, or a reference: `&json!({{ \"name\": value }})` or `&my_struct`"
)]
pub trait RpcArgs: sealed::Sealed {
    /// The arguments as a JSON object.
    #[doc(hidden)]
    fn to_body(&self) -> Result<Vec<u8>, String>;
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for () {}
    impl<T: serde::Serialize + ?Sized> Sealed for &T {}
}

impl RpcArgs for () {
    fn to_body(&self) -> Result<Vec<u8>, String> {
        Ok(b"{}".to_vec())
    }
}

impl<T: Serialize + ?Sized> RpcArgs for &T {
    fn to_body(&self) -> Result<Vec<u8>, String> {
        // One object, or an array of them for a function with a single unnamed parameter.
        crate::rows::to_rows(*self)
            .map(|rows| rows.body)
            .map_err(|why| {
                format!(
                    "the arguments of a function must be an object, one field per argument: {why}"
                )
            })
    }
}

/// Appends the arguments in `body` as pairs.
pub(crate) fn push_pairs(query: &mut String, body: &[u8]) -> Result<(), String> {
    let arguments: Arguments<'_> = serde_json::from_slice(body)
        .map_err(|_| "GET and HEAD take the arguments of a function as one object".to_owned())?;
    for (name, value) in arguments.0 {
        let problem =
            |why: String| format!("the argument {name:?} cannot be sent by GET or HEAD: {why}");
        if name.is_empty() || name.contains('\0') {
            return Err(problem(
                "its name is empty or holds a NUL character".to_owned(),
            ));
        }
        let literal = literal(value.get()).map_err(problem)?;
        let mut key = String::with_capacity(name.len() + 2);
        push_name(&mut key, &name);
        separate(query);
        encode_into(query, &key);
        query.push('=');
        literal.push_encoded(query).map_err(problem)?;
    }
    Ok(())
}

fn literal(json: &str) -> Result<Literal, String> {
    match json.as_bytes().first() {
        Some(b'"') => {
            let text: String = serde_json::from_str(json).map_err(|why| why.to_string())?;
            if reads_as_filter(&text) {
                return Err(
                    "PostgREST would take its text for a filter; call the function by POST"
                        .to_owned(),
                );
            }
            Ok(Literal::text(text))
        }
        Some(b'[') => array(json),
        Some(b'{') => Ok(Literal(Repr::Json(json.to_owned()))),
        Some(b'n') => {
            Err("null has no form there; leave it out or call the function by POST".to_owned())
        }
        _ => Ok(Literal(Repr::Bare(json.to_owned()))),
    }
}

fn array(json: &str) -> Result<Literal, String> {
    let elements: Vec<&RawValue> = serde_json::from_str(json).map_err(|why| why.to_string())?;
    let mut literals = Vec::with_capacity(elements.len());
    for element in elements {
        let json = element.get();
        literals.push(match json.as_bytes().first() {
            Some(b'"') => {
                Literal::text(serde_json::from_str::<String>(json).map_err(|why| why.to_string())?)
            }
            Some(b'[') => array(json)?,
            Some(b'{') => Literal(Repr::Json(json.to_owned())),
            Some(b'n') => Literal::null(),
            _ => Literal(Repr::Bare(json.to_owned())),
        });
    }
    match Literal::array(literals.iter().map(FilterValue::to_literal)) {
        Literal(Repr::Invalid(why)) => Err(why),
        array => Ok(array),
    }
}

/// Whether the server would read `text` as an operator with its operand.
fn reads_as_filter(text: &str) -> bool {
    const OPERATORS: [&str; 26] = [
        "not",
        "in",
        "is",
        "isdistinct",
        "eq",
        "neq",
        "gt",
        "gte",
        "lt",
        "lte",
        "like",
        "ilike",
        "match",
        "imatch",
        "fts",
        "plfts",
        "phfts",
        "wfts",
        "cs",
        "cd",
        "ov",
        "sl",
        "sr",
        "nxr",
        "nxl",
        "adj",
    ];
    let Some(end) = text.find(['.', '(']) else {
        return false;
    };
    let (word, rest) = text.split_at(end);
    if !OPERATORS.contains(&word.trim()) {
        return false;
    }
    // `op.` or `op(any).`, `op(all).`, `op(config).`
    rest.starts_with('.')
        || rest
            .split_once(')')
            .is_some_and(|(_, after)| after.starts_with('.'))
}

/// The fields of an object in their order, each as JSON text, so that no digit of a number is lost.
struct Arguments<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Arguments<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = Arguments<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Arguments<'de>, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Arguments(fields))
            }
        }
        deserializer.deserialize_map(Fields)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn pairs(args: &serde_json::Value) -> Result<String, String> {
        let mut query = String::new();
        push_pairs(&mut query, args.to_string().as_bytes())?;
        Ok(crate::request::percent_decoded(&query))
    }

    #[test]
    fn arguments_become_pairs() {
        assert_eq!(
            pairs(&json!({"a": 1, "b": "x y", "c": true})).unwrap(),
            "a=1&b=x y&c=true"
        );
        assert_eq!(
            pairs(&json!({"a": ["x", "b,c", "d \"q\"", "", null]})).unwrap(),
            r#"a={x,"b,c","d \"q\"","",NULL}"#
        );
        assert_eq!(
            pairs(&json!({"m": [[1, 2], [3]], "e": []})).unwrap(),
            "e={}&m={{1,2},{3}}"
        );
        assert_eq!(pairs(&json!({"o": {"a": 1}})).unwrap(), r#"o={"a":1}"#);
        assert_eq!(
            pairs(&json!({"order": 1, "a.b": 2})).unwrap(),
            "\"a.b\"=2&\"order\"=1"
        );
        let mut query = String::new();
        push_pairs(&mut query, br#"{"n":12345678901234567890123.50}"#).unwrap();
        assert_eq!(query, "n=12345678901234567890123.50");
    }

    #[test]
    fn what_get_cannot_say_is_refused() {
        for bad in [
            json!({"a": null}),
            json!({"": 1}),
            json!([{"a": 1}]),
            json!({"a": "x\u{0}"}),
        ] {
            assert!(pairs(&bad).is_err(), "{bad}");
        }
        for text in [
            "eq.5",
            "not.in.(1)",
            "in.",
            "is.x",
            "like(any).{a}",
            "fts(english).x",
            "isdistinct.a",
        ] {
            assert!(pairs(&json!({"a": text})).is_err(), "{text}");
        }
        for text in [
            "eq", "equal.5", "a.eq.1", "5.eq", "hello.", "eq(x)", "e.q", "",
        ] {
            assert!(pairs(&json!({"a": text})).is_ok(), "{text}");
        }
    }

    #[test]
    fn bodies_are_objects() {
        assert_eq!(().to_body().unwrap(), b"{}");
        assert!((&1).to_body().is_err());
        assert!((&json!([{"a": 1}])).to_body().is_ok());
        assert!(
            (&json!({"a": f64::NAN})).to_body().is_ok(),
            "json! has made it null already"
        );
    }
}
