//! The query: one builder for every verb, and its two ends.

mod filters;
mod modifiers;
pub mod shape;
#[cfg(test)]
mod tests;
pub mod verb;

use std::fmt;
use std::marker::PhantomData;

use bytes::Bytes;
use http::Request;
use http::response::Parts;
use supabase_http::{Body, Error, Execute, Result};

use crate::prefer::was_limited;
use crate::request::Draft;
use shape::{Rows, Shape};
use verb::{Ready, SelectRows};

/// A query under construction: `V` is what it does, `R` what it answers. **Awaiting it sends it.**
///
/// Made by [`Table`](crate::Table)'s verbs and [`PostgrestClient::rpc`](crate::PostgrestClient::rpc). It owns everything, so it can be
/// stored, cloned, sent to another task and built up in loops and branches:
///
/// ```no_run
/// # async fn demo(db: &postgrest_rs::PostgrestClient, name: Option<&str>) -> Result<(), postgrest_rs::Error> {
/// use postgrest_rs::SelectQuery;
///
/// #[derive(serde::Deserialize)]
/// struct Planet { name: String }
///
/// let mut query: SelectQuery<Planet> = db.from("planets").select("name").order("name");
/// if let Some(name) = name {
///     query = query.eq("name", name);
/// }
/// let planets = query.await?;
/// # Ok(()) }
/// ```
///
/// Bad input anywhere in the chain is kept and comes out at its end, before anything is sent. `tokio::spawn` and
/// `join_all` want futures: give them `query.into_future()`.
///
/// Dropping the future aborts the request. A read has then changed nothing; a write may or may not have been carried
/// out by the server.
///
/// # Errors
/// [`Error`] tells them apart by [`kind`](crate::Error::kind): `Request` before anything is sent, `Transport`
/// on the way, `Api` for the server's own, `Decode` for an answer that is not what was asked for.
#[must_use = "nothing is sent until the query is awaited"]
pub struct Query<V, R> {
    pub(crate) draft: Box<Draft>,
    marker: PhantomData<fn() -> (V, R)>,
}

/// A query that reads rows of type `T`; for the signatures of helper functions.
///
/// ```
/// use postgrest_rs::SelectQuery;
/// fn visible<T>(query: SelectQuery<T>) -> SelectQuery<T> {
///     query.eq("hidden", false)
/// }
/// ```
pub type SelectQuery<T> = Query<SelectRows, Rows<T>>;

impl<V, R> Query<V, R> {
    pub(crate) fn new(draft: Draft) -> Self {
        Self {
            draft: Box::new(draft),
            marker: PhantomData,
        }
    }

    /// The same draft under other markers.
    fn retyped<V2, R2>(self) -> Query<V2, R2> {
        Query {
            draft: self.draft,
            marker: PhantomData,
        }
    }
}

impl<V: Ready, R> Query<V, R> {
    /// Renders the request without sending it, and without credentials: those are added when it is sent.
    ///
    /// ```
    /// # let db = postgrest_rs::PostgrestClient::new("http://127.0.0.1:54321", "key")?;
    /// let request = db.from("planets").select::<serde_json::Value>("*").eq("id", 1).into_request()?;
    /// assert_eq!(request.uri().query(), Some("select=%2A&id=eq.1"));
    /// # Ok::<(), postgrest_rs::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Request`](crate::ErrorKind::Request) for the first bad input of the chain.
    pub fn into_request(self) -> Result<Request<Body>> {
        self.draft.into_request()
    }
}

impl<V, R: Shape> Query<V, R> {
    /// Reads an answer as awaiting this query would: the other pure half of a call.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let db = postgrest_rs::PostgrestClient::new("http://127.0.0.1:54321", "key")?;
    /// #[derive(serde::Deserialize)]
    /// struct Planet { name: String }
    ///
    /// let query = db.from("planets").select::<Planet>("name").single();
    /// let (parts, ()) = http::Response::builder().status(200).body(())?.into_parts();
    /// let planet = query.decode(&parts, r#"{"name":"Earth"}"#.into())?;
    /// assert_eq!(planet.name, "Earth");
    ///
    /// let (parts, ()) = http::Response::builder().status(406).body(())?.into_parts();
    /// let none = r#"{"code":"PGRST116","details":"The result contains 0 rows","message":"…"}"#;
    /// assert!(query.decode(&parts, none.into()).is_err_and(|error| error.is_no_rows()));
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Api`](crate::ErrorKind::Api) if the status says so, [`Decode`](crate::ErrorKind::Decode) if the body is not
    /// what this query asks for.
    pub fn decode(&self, parts: &Parts, body: Bytes) -> Result<R::Output> {
        self.decoder()(parts, body)
    }

    fn decoder(&self) -> fn(&Parts, Bytes) -> Result<R::Output> {
        match self.draft.prefer.max_affected {
            None => R::decode,
            Some(_) => limited::<R>,
        }
    }
}

/// Reads an answer to a request that limits how many rows are changed.
fn limited<R: Shape>(parts: &Parts, body: Bytes) -> Result<R::Output> {
    // Servers before version 12 know neither the limit nor strict handling, and say so only by not saying it.
    if parts.status.is_success() && !was_limited(&parts.headers) {
        return Err(Error::decode(
            parts,
            body,
            "the server did not confirm `max_affected`, so more rows may have been changed; it needs PostgREST 12.2 (13.0.3 for functions)",
        ));
    }
    R::decode(parts, body)
}

impl<V: Ready, R: Shape> IntoFuture for Query<V, R> {
    type Output = Result<R::Output>;
    type IntoFuture = Execute<R::Output>;

    fn into_future(self) -> Execute<R::Output> {
        let decode = self.decoder();
        let mut draft = self.draft;
        let options = std::mem::take(&mut draft.options);
        let service = draft.client.service.clone();
        let probe = draft.probe(&options);
        let request = draft.into_request();
        // Bad input is not worth a probe.
        let probe = probe.filter(|_| request.is_ok());
        let call = service.execute(request, options, decode);
        match probe {
            Some(probe) => call.after(probe),
            None => call,
        }
    }
}

impl<V, R> Clone for Query<V, R> {
    fn clone(&self) -> Self {
        Self {
            draft: self.draft.clone(),
            marker: PhantomData,
        }
    }
}

/// Without values, which may be personal.
impl<V, R> fmt::Debug for Query<V, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Query({} {})", self.draft.method, self.draft.name)
    }
}
