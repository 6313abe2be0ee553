//! Full-text search: which parser reads the query, and with which configuration.

use std::borrow::Cow;
use std::fmt;

use crate::Literal;

/// A full-text query for `text_search`.
///
/// A string converts to [`TextSearch::tsquery`].
///
/// ```
/// use postgrest_rs::{TextSearch, col};
///
/// let raw = col("content").text_search(TextSearch::tsquery("'eggs' & ('ham' | 'bacon')"));
/// let both_words = col("content").text_search(TextSearch::plain("eggs ham"));
/// let in_this_order = col("content").text_search(TextSearch::phrase("green eggs"));
/// let web = col("content").text_search(TextSearch::websearch("\"fat rat\" or cat -dog").config("english"));
/// # let _ = (raw, both_words, in_this_order, web);
/// ```
#[derive(Clone, PartialEq, Eq)]
#[must_use]
pub struct TextSearch {
    operator: &'static str,
    query: String,
    config: Option<String>,
}

impl TextSearch {
    /// Postgres' own notation, `to_tsquery`: `'fat' & ('rat' | 'cat')`.
    pub fn tsquery(query: impl Into<String>) -> Self {
        Self {
            operator: "fts",
            query: query.into(),
            config: None,
        }
    }

    /// Plain words, all of which must occur: `plainto_tsquery`.
    pub fn plain(query: impl Into<String>) -> Self {
        Self {
            operator: "plfts",
            query: query.into(),
            config: None,
        }
    }

    /// Words in this order, next to each other: `phraseto_tsquery`.
    pub fn phrase(query: impl Into<String>) -> Self {
        Self {
            operator: "phfts",
            query: query.into(),
            config: None,
        }
    }

    /// The notation of web search engines, which is never an error: `websearch_to_tsquery`.
    pub fn websearch(query: impl Into<String>) -> Self {
        Self {
            operator: "wfts",
            query: query.into(),
            config: None,
        }
    }

    /// The text search configuration, for example `english`. Only letters, digits and `_` are allowed.
    pub fn config(mut self, config: impl Into<String>) -> Self {
        self.config = Some(config.into());
        self
    }

    pub(crate) fn into_parts(self) -> Result<(Cow<'static, str>, Literal), String> {
        let operator = match self.config {
            None => Cow::Borrowed(self.operator),
            Some(config) => {
                let allowed = |c: char| c.is_alphanumeric() || c == '_';
                if config.is_empty() || !config.chars().all(allowed) {
                    return Err(format!(
                        "{config:?} is not the name of a text search configuration"
                    ));
                }
                Cow::Owned(format!("{}({config})", self.operator))
            }
        };
        Ok((operator, Literal::text(self.query)))
    }
}

impl<S: Into<String>> From<S> for TextSearch {
    fn from(query: S) -> Self {
        Self::tsquery(query)
    }
}

/// Without the query, which may be personal.
impl fmt::Debug for TextSearch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TextSearch")
            .field("operator", &self.operator)
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}
