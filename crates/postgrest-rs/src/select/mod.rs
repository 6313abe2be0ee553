//! What is selected: text that is read before it is sent, or parts that are put together.

mod columns;
mod embed;
mod field;
mod item;
mod text;

pub use columns::Columns;
pub use embed::Embed;
pub use item::SelectItem;

pub(crate) use field::{field_of, unquoted};
