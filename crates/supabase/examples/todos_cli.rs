//! Lists and edits rows from the command line.
//!
//! It needs a table: `create table todos (id bigint generated always as identity primary key, title text not null,
//! done boolean not null default false);` and a policy, or no row-level security.
//!
//! `SUPABASE_URL=… SUPABASE_KEY=… cargo run -p supabase --example todos_cli -- add "buy milk"`
#![allow(clippy::print_stdout, reason = "that is what it is for")]

use serde::{Deserialize, Serialize};
use supabase::prelude::*;

#[derive(Deserialize)]
struct Todo {
    id: i64,
    title: String,
    done: bool,
}

#[derive(Serialize)]
struct NewTodo<'a> {
    title: &'a str,
}

#[tokio::main]
async fn main() -> std::result::Result<(), Box<dyn std::error::Error>> {
    let supabase = Client::new(
        std::env::var("SUPABASE_URL")?,
        std::env::var("SUPABASE_KEY")?,
    )?;
    let todos = supabase.from("todos");
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        [] | ["list"] => {
            let page = todos
                .select::<Todo>("id, title, done")
                .order("id")
                .count(Count::Exact)
                .range(0..20)
                .await?;
            for todo in &page.data {
                let mark = if todo.done { 'x' } else { ' ' };
                println!("{:>4} [{mark}] {}", todo.id, todo.title);
            }
            println!("{} of {}", page.data.len(), page.count.unwrap_or_default());
        }
        ["add", title] => {
            let made: Todo = todos
                .insert(&NewTodo { title })
                .select("*")
                .single()
                .await?;
            println!("{} added", made.id);
        }
        ["done", id] => {
            let changed: Option<Todo> = todos
                .update(&serde_json::json!({ "done": true }))
                .eq("id", id)
                .select("*")
                .maybe_single()
                .await?;
            println!(
                "{}",
                changed.map_or_else(|| "no such todo".to_owned(), |todo| todo.title)
            );
        }
        ["remove", ids @ ..] => {
            let gone: Vec<Todo> = todos.delete().in_("id", ids).select("*").await?;
            println!("{} removed", gone.len());
        }
        _ => println!("list | add <title> | done <id> | remove <id>.."),
    }
    Ok(())
}
