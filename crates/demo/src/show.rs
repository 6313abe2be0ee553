//! How the tour prints.

use std::time::Duration;

use serde::Serialize;

/// A part of the tour.
pub(crate) fn part(title: &str) {
    println!(
        "── {title} {}",
        "─".repeat(76_usize.saturating_sub(title.chars().count()))
    );
}

/// One step: the code, and what came of it.
pub(crate) fn step(code: &str, result: impl Serialize) {
    println!("\n  {code}");
    match serde_json::to_value(result) {
        Ok(serde_json::Value::Array(rows)) if rows.is_empty() => println!("    (no rows)"),
        Ok(serde_json::Value::Array(rows)) => rows.iter().for_each(|row| println!("    {row}")),
        Ok(serde_json::Value::Null) => println!("    done"),
        Ok(serde_json::Value::String(text)) => text.lines().for_each(|line| println!("    {line}")),
        Ok(value) => println!("    {value}"),
        Err(error) => println!("    {error}"),
    }
}

/// Something that came in a stream, and when.
pub(crate) fn arrived(after: Duration, id: &str, text: &str) {
    println!("    {:>5} ms  id {id}  {text}", after.as_millis());
}

/// The end of a part.
pub(crate) fn end() {
    println!();
}
