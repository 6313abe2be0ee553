//! A query plan as data.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{Deserialize, Deserializer, Error as _};
use serde::ser::{Serialize, Serializer};
use serde_json::{Map, Value};

/// The plan of a query, as JSON taken apart; what [`Explain::json`](crate::Explain::json) gives.
///
/// It is `EXPLAIN`'s own JSON. What is often asked for has a field; everything else stays in [`PlanNode::other`], and the
/// whole as the server sent it in [`json`](Plan::json). It serialises to exactly that.
///
/// ```no_run
/// # async fn demo(db: &postgrest_rs::PostgrestClient) -> Result<(), postgrest_rs::Error> {
/// use postgrest_rs::Explain;
///
/// let query = db.from("planets").select::<()>("*").eq("name", "Earth");
/// let plan = query.explain(Explain::new().analyze().json()).await?;
/// println!("{:?} ms, cost {:?}", plan.execution_time, plan.root.total_cost);
/// let scans_all = plan.nodes().any(|node| node.node_type == "Seq Scan" && node.relation.as_deref() == Some("planets"));
/// assert!(!scans_all, "an index on the name is missing");
/// # Ok(()) }
/// ```
#[derive(Clone, PartialEq)]
#[non_exhaustive]
pub struct Plan {
    /// The outermost step. PostgREST's own, which makes JSON of the rows, comes first.
    pub root: PlanNode,
    /// Milliseconds that the planner took.
    pub planning_time: Option<f64>,
    /// Milliseconds that the query took; only after [`analyze`](crate::Explain::analyze).
    pub execution_time: Option<f64>,
    /// Settings of the planner that are not the default; only with [`settings`](crate::Explain::settings).
    pub settings: BTreeMap<String, String>,
    /// The whole plan, as the server sent it.
    pub json: Value,
}

/// One step of a [`Plan`].
#[derive(Clone, PartialEq, Default)]
#[non_exhaustive]
pub struct PlanNode {
    /// What it does: `Seq Scan`, `Index Scan`, `Hash Join`, `ModifyTable`.
    pub node_type: String,
    /// The table that is read or written.
    pub relation: Option<String>,
    /// Its schema; only with [`verbose`](crate::Explain::verbose).
    pub schema: Option<String>,
    /// The name of the table inside the query.
    pub alias: Option<String>,
    /// The index that is used.
    pub index: Option<String>,
    /// `Insert`, `Update` or `Delete`.
    pub operation: Option<String>,
    /// The condition on the index.
    pub index_condition: Option<String>,
    /// The condition on the rows that were read.
    pub filter: Option<String>,
    /// The expressions that it yields; only with [`verbose`](crate::Explain::verbose).
    pub output: Vec<String>,
    /// The estimated cost up to the first row, in the planner's unit.
    pub startup_cost: Option<f64>,
    /// The estimated cost of all, in the planner's unit.
    pub total_cost: Option<f64>,
    /// The estimated number of rows.
    pub rows: Option<f64>,
    /// The estimated size of a row, in bytes.
    pub width: Option<u64>,
    /// What really happened; only after [`analyze`](crate::Explain::analyze).
    pub actual: Option<PlanActual>,
    /// The steps below it.
    pub plans: Vec<PlanNode>,
    /// Everything else, by the server's names (`Shared Hit Blocks`, `WAL Bytes`, `Rows Removed by Filter`).
    pub other: Map<String, Value>,
}

/// What a step of a plan really did.
#[derive(Debug, Clone, Copy, PartialEq)]
#[non_exhaustive]
pub struct PlanActual {
    /// Milliseconds to the first row, per loop.
    pub startup_time: Option<f64>,
    /// Milliseconds to the last row, per loop.
    pub total_time: Option<f64>,
    /// Rows per loop; servers from 18 on count fractions.
    pub rows: f64,
    /// How often it ran.
    pub loops: f64,
}

impl Plan {
    /// All steps, each before those below it.
    pub fn nodes(&self) -> impl Iterator<Item = &PlanNode> {
        self.root.nodes()
    }

    fn from_json(json: Value) -> Result<Self, String> {
        let outer = match &json {
            Value::Array(plans) => plans.first(),
            one => Some(one),
        };
        let mut outer = match outer {
            Some(Value::Object(outer)) => outer.clone(),
            _ => return Err("it is no plan: a list with one object is expected".to_owned()),
        };
        let settings = match outer.remove("Settings") {
            Some(Value::Object(settings)) => settings
                .into_iter()
                .map(|(name, value)| (name, text_of(value)))
                .collect(),
            _ => BTreeMap::new(),
        };
        Ok(Self {
            root: PlanNode::from_json(outer.remove("Plan"), 0)?,
            planning_time: outer.get("Planning Time").and_then(Value::as_f64),
            execution_time: outer.get("Execution Time").and_then(Value::as_f64),
            settings,
            json,
        })
    }
}

fn text_of(value: Value) -> String {
    match value {
        Value::String(text) => text,
        other => other.to_string(),
    }
}

/// Plans deeper than this are refused, as JSON is.
const MAX_DEPTH: usize = 128;

impl PlanNode {
    /// This step and all below it, each before those below it.
    ///
    /// ```
    /// # fn main() -> Result<(), serde_json::Error> {
    /// use postgrest_rs::Plan;
    /// let json = r#"[{"Plan":{"Node Type":"Limit","Plans":[{"Node Type":"Seq Scan"}]}}]"#;
    /// let plan: Plan = serde_json::from_str(json)?;
    /// assert_eq!(plan.root.nodes().map(|node| node.node_type.as_str()).collect::<Vec<_>>(), ["Limit", "Seq Scan"]);
    /// # Ok(()) }
    /// ```
    pub fn nodes(&self) -> impl Iterator<Item = &PlanNode> {
        let mut next = vec![self];
        std::iter::from_fn(move || {
            let node = next.pop()?;
            next.extend(node.plans.iter().rev());
            Some(node)
        })
    }

    fn from_json(json: Option<Value>, depth: usize) -> Result<Self, String> {
        let Some(Value::Object(mut fields)) = json.filter(|_| depth < MAX_DEPTH) else {
            return Err("it is no plan: a step is missing or no object".to_owned());
        };
        let Some(node_type) = take_text(&mut fields, "Node Type") else {
            return Err("it is no plan: a step has no `Node Type`".to_owned());
        };
        let plans = match fields.remove("Plans") {
            Some(Value::Array(plans)) => plans,
            _ => Vec::new(),
        };
        let output = match fields.remove("Output") {
            Some(Value::Array(output)) => output.into_iter().map(text_of).collect(),
            _ => Vec::new(),
        };
        let actual = take_number(&mut fields, "Actual Rows").map(|rows| PlanActual {
            startup_time: take_number(&mut fields, "Actual Startup Time"),
            total_time: take_number(&mut fields, "Actual Total Time"),
            rows,
            loops: take_number(&mut fields, "Actual Loops").unwrap_or(1.0),
        });
        Ok(Self {
            node_type,
            relation: take_text(&mut fields, "Relation Name"),
            schema: take_text(&mut fields, "Schema"),
            alias: take_text(&mut fields, "Alias"),
            index: take_text(&mut fields, "Index Name"),
            operation: take_text(&mut fields, "Operation"),
            index_condition: take_text(&mut fields, "Index Cond"),
            filter: take_text(&mut fields, "Filter"),
            output,
            startup_cost: take_number(&mut fields, "Startup Cost"),
            total_cost: take_number(&mut fields, "Total Cost"),
            rows: take_number(&mut fields, "Plan Rows"),
            width: fields.remove("Plan Width").and_then(|width| width.as_u64()),
            actual,
            plans: plans
                .into_iter()
                .map(|plan| Self::from_json(Some(plan), depth + 1))
                .collect::<Result<_, _>>()?,
            other: fields,
        })
    }
}

/// Takes a text out; anything else stays with the other fields.
fn take_text(fields: &mut Map<String, Value>, name: &str) -> Option<String> {
    fields.get(name)?.as_str()?;
    fields.remove(name).map(text_of)
}

/// Takes a number out; anything else stays with the other fields.
fn take_number(fields: &mut Map<String, Value>, name: &str) -> Option<f64> {
    let number = fields.get(name)?.as_f64()?;
    fields.remove(name);
    Some(number)
}

/// Without conditions, which hold the values of filters.
impl fmt::Debug for Plan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Plan")
            .field("root", &self.root)
            .field("planning_time", &self.planning_time)
            .field("execution_time", &self.execution_time)
            .finish_non_exhaustive()
    }
}

/// Without conditions, which hold the values of filters.
impl fmt::Debug for PlanNode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PlanNode")
            .field("node_type", &self.node_type)
            .field("relation", &self.relation)
            .field("index", &self.index)
            .field("total_cost", &self.total_cost)
            .field("rows", &self.rows)
            .field("actual", &self.actual)
            .field("plans", &self.plans)
            .finish_non_exhaustive()
    }
}

/// From `EXPLAIN`'s JSON: a list with one plan, or the plan alone.
impl<'de> Deserialize<'de> for Plan {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_json(Value::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

/// As the server sent it.
impl Serialize for Plan {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.json.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn steps_are_taken_apart_and_nothing_is_lost() {
        let json = json!([{
            "Plan": {
                "Node Type": "ModifyTable", "Operation": "Insert", "Relation Name": "items", "Alias": "items",
                "Startup Cost": 0.0, "Total Cost": 0.02, "Plan Rows": 1, "Plan Width": 108, "WAL Bytes": 300,
                "Actual Startup Time": 0.5, "Actual Total Time": 0.75, "Actual Rows": 1.25, "Actual Loops": 2,
                "Plans": [
                    { "Node Type": "Index Scan", "Index Name": "pk", "Index Cond": "(id = 1)", "Filter": "(a > 1)",
                      "Output": ["id", "a"], "Schema": "public", "Plan Width": "wide" },
                    { "Node Type": "Limit", "Plans": [{ "Node Type": "Result" }] },
                ],
            },
            "Settings": { "jit": "off", "work_mem": 5 }, "Planning Time": 0.1, "Execution Time": 1.5, "Triggers": [],
        }]);
        let plan: Plan = serde_json::from_value(json.clone()).unwrap();
        let steps: Vec<_> = plan.nodes().map(|node| node.node_type.as_str()).collect();
        assert_eq!(steps, ["ModifyTable", "Index Scan", "Limit", "Result"]);
        let root = &plan.root;
        assert_eq!(
            (
                root.operation.as_deref(),
                root.relation.as_deref(),
                root.total_cost,
                root.rows,
                root.width
            ),
            (
                Some("Insert"),
                Some("items"),
                Some(0.02),
                Some(1.0),
                Some(108)
            )
        );
        let actual = root.actual.unwrap();
        assert_eq!(
            (
                actual.startup_time,
                actual.total_time,
                actual.rows,
                actual.loops
            ),
            (Some(0.5), Some(0.75), 1.25, 2.0)
        );
        assert_eq!(root.other.keys().collect::<Vec<_>>(), ["WAL Bytes"]);
        let scan = &root.plans[0];
        assert_eq!(
            (
                scan.index.as_deref(),
                scan.index_condition.as_deref(),
                scan.filter.as_deref(),
                scan.schema.as_deref()
            ),
            (
                Some("pk"),
                Some("(id = 1)"),
                Some("(a > 1)"),
                Some("public")
            )
        );
        assert_eq!((scan.output.len(), scan.actual), (2, None));
        assert_eq!(
            (plan.planning_time, plan.execution_time),
            (Some(0.1), Some(1.5))
        );
        assert_eq!(plan.settings["work_mem"], "5");
        assert_eq!(serde_json::to_value(&plan).unwrap(), json);
    }

    #[test]
    fn what_is_no_plan_is_an_error() {
        for text in [
            "null",
            "[]",
            "[1]",
            "{}",
            r#"[{"Plan":{}}]"#,
            r#"[{"Plan":{"Node Type":"x","Plans":[1]}}]"#,
        ] {
            let error = serde_json::from_str::<Plan>(text).unwrap_err().to_string();
            assert!(error.contains("no plan"), "{text}: {error}");
        }
    }
}
