//! The key by which rows are paged: what comes after a row, as a condition.

use std::collections::HashMap;

use serde_json::value::RawValue;

use crate::literal::Repr;
use crate::select::{field_of, unquoted};
use crate::{Column, Filter, Literal, OrderBy, all, any};

/// The columns of a key in their order.
#[derive(Clone, Default)]
pub(crate) struct Key(Vec<Term>);

#[derive(Clone)]
struct Term {
    column: Column,
    /// The field of the rows that holds the column's value.
    field: String,
    descends: bool,
    nulls_first: bool,
}

impl Key {
    pub(crate) fn push(&mut self, order: &OrderBy) -> Result<(), String> {
        let (column, descends, nulls_first) = order.key_parts()?;
        self.0.push(Term {
            column: column.clone(),
            field: String::new(),
            descends,
            nulls_first,
        });
        Ok(())
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Finds the fields by what is selected.
    pub(crate) fn look_up(&mut self, select: &str) -> Result<(), String> {
        for term in &mut self.0 {
            term.field = field_of(select, &unquoted(term.column.name()?))?;
        }
        Ok(())
    }

    /// The values of the key in a row, as JSON texts.
    pub(crate) fn values(
        &self,
        row: &[u8],
        nulls_are_left_out: bool,
    ) -> Result<Vec<String>, String> {
        let fields: HashMap<String, &RawValue> = serde_json::from_slice(row)
            .map_err(|_| "it is no object, so it has no key".to_owned())?;
        let value = |term: &Term| match fields.get(&term.field) {
            Some(value) => Ok(value.get().to_owned()),
            None if nulls_are_left_out => Ok("null".to_owned()),
            None => Err(format!("it lacks the field `{}` of the key", term.field)),
        };
        self.0.iter().map(value).collect()
    }

    /// The conditions on the rows that come after one with these values; `None`: no row can.
    pub(crate) fn after(&self, values: &[String]) -> Result<Option<Filter>, String> {
        let literals = values.iter().map(|value| literal(value));
        let literals = literals.collect::<Result<Vec<_>, String>>()?;
        if literals.len() != self.0.len() {
            return Err("it has another number of values than the key has columns".to_owned());
        }
        let mut branches = Vec::new();
        let mut equal: Vec<Filter> = Vec::new();
        let mut bound = None;
        for (at, (term, value)) in self.0.iter().zip(literals).enumerate() {
            let is_last = at + 1 == self.0.len();
            let column = || term.column.clone();
            let is_null = value.0 == Repr::Null;
            if is_null && is_last {
                return Err(format!(
                    "the last column of the key, `{}`, is null there; it must never be",
                    term.field
                ));
            }
            let mut branch = |next: Filter| {
                branches.push(all(equal.iter().cloned().chain([next])));
            };
            match (is_null, term.nulls_first) {
                (true, true) => branch(column().is_not_null()),
                (true, false) => {}
                (false, nulls_first) => {
                    branch(if term.descends {
                        column().lt(value.clone())
                    } else {
                        column().gt(value.clone())
                    });
                    if !nulls_first && !is_last {
                        branch(column().is_null());
                    } else if at == 0 && !is_last {
                        // Follows from the branches, but an index can only be used by a condition of its own.
                        bound = Some(if term.descends {
                            column().lte(value.clone())
                        } else {
                            column().gte(value.clone())
                        });
                    }
                }
            }
            equal.push(if is_null {
                column().is_null()
            } else {
                column().eq(value)
            });
        }
        if branches.is_empty() {
            return Ok(None);
        }
        Ok(Some(all(bound.into_iter().chain([any(branches)]))))
    }
}

fn literal(json: &str) -> Result<Literal, String> {
    match json.as_bytes().first() {
        Some(b'"') => serde_json::from_str(json)
            .map(|text: String| Literal::text(text))
            .map_err(|_| "a value of the key is no JSON".to_owned()),
        Some(b'n') => Ok(Literal(Repr::Null)),
        Some(b't') => Ok(Literal(Repr::Bool(true))),
        Some(b'f') => Ok(Literal(Repr::Bool(false))),
        Some(b'{' | b'[') | None => {
            Err("a value of the key is an object or a list, which has no order here".to_owned())
        }
        Some(_) => Ok(Literal(Repr::Bare(json.to_owned()))),
    }
}
