//! Values that have the shape of a schema of the document, and the check that a value has it.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

/// What is filled in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fill {
    /// Every field.
    Everything,
    /// Those that must be there.
    Required,
    /// Every field, and null where that is allowed.
    Nulls,
}

pub(crate) struct Document(Value);

impl Document {
    pub(crate) fn load() -> Self {
        Self(serde_json::from_str(include_str!("catalog.json")).unwrap())
    }

    pub(crate) fn routes(&self) -> &[Value] {
        self.0["routes"].as_array().unwrap()
    }

    pub(crate) fn route(&self, operation: &str) -> &Value {
        let mut routes = self.routes().iter();
        routes
            .find(|route| route["operation"] == operation)
            .unwrap()
    }

    pub(crate) fn errors(&self) -> &[Value] {
        self.0["errors"].as_array().unwrap()
    }

    pub(crate) fn example(&self, name: &str) -> &Value {
        &self.0["examples"][name]
    }

    fn schema(&self, name: &str) -> &Value {
        let schema = &self.0["schemas"][name];
        assert!(schema.is_object(), "{name}");
        schema
    }

    /// The schemas of which a value has one.
    pub(crate) fn choices(&self, name: &str) -> Vec<String> {
        let schema = self.schema(name);
        let list = schema.get("oneOf").or_else(|| schema.get("anyOf"));
        let each = list.unwrap().as_array().unwrap().iter();
        each.map(|one| one["$ref"].as_str().unwrap().to_owned())
            .collect()
    }

    /// A value of this shape.
    pub(crate) fn value(&self, name: &str, fill: Fill) -> Value {
        self.of(self.schema(name), fill)
    }

    fn of(&self, schema: &Value, fill: Fill) -> Value {
        if let Some(name) = schema["$ref"].as_str() {
            return self.value(name, fill);
        }
        if fill == Fill::Nulls && schema["nullable"] == true {
            return Value::Null;
        }
        if let Some(one) = schema.get("const") {
            return one.clone();
        }
        if let Some(list) = schema["enum"].as_array() {
            return list[0].clone();
        }
        // Of types the second, since the first is younger than many servers.
        if let Some(list) = schema["oneOf"].as_array().or(schema["anyOf"].as_array()) {
            return self.of(list.get(1).unwrap_or(&list[0]), fill);
        }
        match schema["type"].as_str() {
            Some("string") => json!("text"),
            Some("boolean") => json!(true),
            Some("integer") if schema["format"] == "int64" => json!(9_007_199_254_740_993_i64),
            Some("integer") => schema.get("minimum").cloned().unwrap_or(json!(7)),
            Some("number") => json!(1.5),
            Some("array") => json!([self.of(&schema["items"], fill)]),
            Some("object") | None => self.object(schema, fill),
            Some(other) => panic!("{other}"),
        }
    }

    fn object(&self, schema: &Value, fill: Fill) -> Value {
        let (fields, required) = self.parts(schema);
        let mut made = Map::new();
        for (name, schema) in fields {
            let must = required.contains(&name);
            if fill != Fill::Required || must {
                made.insert(name, self.of(&schema, fill));
            }
        }
        if let Some(values) = schema.get("additionalProperties").filter(|v| v.is_object()) {
            if fill != Fill::Required {
                made.insert("key".to_owned(), self.of(values, fill));
            }
        }
        Value::Object(made)
    }

    /// All fields of an object, those of the schemas that it is made of included, and which must be there.
    fn parts(&self, schema: &Value) -> (Vec<(String, Value)>, BTreeSet<String>) {
        if let Some(name) = schema["$ref"].as_str() {
            return self.parts(self.schema(name));
        }
        let mut fields = Vec::new();
        let mut required = BTreeSet::new();
        for part in schema["allOf"].as_array().into_iter().flatten() {
            let (more, must) = self.parts(part);
            fields.extend(more);
            required.extend(must);
        }
        for (name, schema) in schema["properties"].as_object().into_iter().flatten() {
            fields.push((name.clone(), schema.clone()));
        }
        for name in schema["required"].as_array().into_iter().flatten() {
            required.insert(name.as_str().unwrap().to_owned());
        }
        (fields, required)
    }

    /// The names of all fields.
    pub(crate) fn fields(&self, name: &str) -> BTreeSet<String> {
        let (fields, _) = self.parts(self.schema(name));
        fields.into_iter().map(|(name, _)| name).collect()
    }

    /// That a value has this shape: each field known and of its type, none missing.
    pub(crate) fn check(&self, name: &str, value: &Value) {
        self.has(&json!({ "$ref": name }), value, name);
    }

    fn has(&self, schema: &Value, value: &Value, at: &str) {
        if let Some(name) = schema["$ref"].as_str() {
            return self.has(self.schema(name), value, at);
        }
        if let Some(list) = schema["oneOf"].as_array().or(schema["anyOf"].as_array()) {
            let fits = |one: &&Value| {
                let one = one["$ref"].as_str().map_or(*one, |name| self.schema(name));
                let tag = ["action", "type"].into_iter().find_map(|tag| {
                    let known = one["properties"][tag].get("const")?;
                    Some(value.get(tag) == Some(known))
                });
                tag.unwrap_or(value.is_string() && one["type"] == "string")
            };
            let one = list.iter().find(fits);
            return self.has(one.unwrap_or_else(|| panic!("{at}: {value}")), value, at);
        }
        match schema["type"].as_str() {
            Some("string") => assert!(value.is_string(), "{at}: {value}"),
            Some("boolean") => assert!(value.is_boolean(), "{at}: {value}"),
            Some("integer") => assert!(value.is_i64(), "{at}: {value}"),
            Some("array") => {
                for one in value.as_array().unwrap_or_else(|| panic!("{at}: {value}")) {
                    self.has(&schema["items"], one, at);
                }
            }
            _ => {
                let object = value.as_object().unwrap_or_else(|| panic!("{at}: {value}"));
                let (fields, required) = self.parts(schema);
                for name in required {
                    assert!(object.contains_key(&name), "{at}.{name} is missing");
                }
                for (name, value) in object {
                    let at = format!("{at}.{name}");
                    let known = fields.iter().find(|(known, _)| known == name);
                    match (known, schema.get("additionalProperties")) {
                        (Some((_, schema)), _) => self.has(schema, value, &at),
                        (None, Some(values)) if values.is_object() => self.has(values, value, &at),
                        _ => panic!("{at} is not in the document"),
                    }
                }
            }
        }
    }

    /// That `again` says all that `value` says. A null may be left out where it need not be there; a list or map may be
    /// there that was not.
    pub(crate) fn superset(&self, name: &str, again: &Value, value: &Value) {
        let (_, required) = self.parts(self.schema(name));
        covers(again, value, name);
        for name in required {
            assert!(again.get(&name).is_some(), "{name}");
        }
    }
}

fn covers(again: &Value, value: &Value, at: &str) {
    match (again, value) {
        (Value::Object(again), Value::Object(value)) => {
            for (name, value) in value {
                let at = format!("{at}.{name}");
                match again.get(name) {
                    Some(again) => covers(again, value, &at),
                    None => assert!(value.is_null(), "{at} is lost"),
                }
            }
        }
        (Value::Array(again), Value::Array(value)) => {
            assert_eq!(again.len(), value.len(), "{at}");
            for (again, value) in again.iter().zip(value) {
                covers(again, value, at);
            }
        }
        (again, value) => assert_eq!(again, value, "{at}"),
    }
}
