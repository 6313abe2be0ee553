//! What a query answers: markers that decide the type of the answer and how it is read.

use std::marker::PhantomData;

use bytes::Bytes;
use http::response::Parts;
use serde::de::DeserializeOwned;
use supabase_http::{Error, Response, Result};

use crate::explain::{Plan, PlanJson, PlanText};
use crate::prefer::was_applied;
use crate::response;

type Of<T> = PhantomData<fn() -> T>;

/// All rows: `Vec<T>`.
#[derive(Debug)]
pub struct Rows<T>(Of<T>);

/// Exactly one row: `T`.
#[derive(Debug)]
pub struct One<T>(Of<T>);

/// One row or none: `Option<T>`.
#[derive(Debug)]
pub struct Maybe<T>(Of<T>);

/// Whatever a function returns: `T`.
#[derive(Debug)]
pub struct Answer<T>(Of<T>);

/// Nothing: `()`.
#[derive(Debug)]
pub enum NoRows {}

/// The number of rows: `u64`.
#[derive(Debug)]
pub enum RowCount {}

/// CSV: `String`.
#[derive(Debug)]
pub enum CsvText {}

/// A GeoJSON feature collection: `serde_json::Value`.
#[derive(Debug)]
pub enum GeoJson {}

/// A query plan: a `String`, or a [`Plan`] for [`PlanJson`].
#[derive(Debug)]
pub struct PlanIn<F>(Of<F>);

/// The answer of `R` with status, headers, range and count around it: [`Response`].
#[derive(Debug)]
pub struct WithResponse<R>(Of<R>);

/// The answer of `R`, once the server has said that nothing was changed.
#[derive(Debug)]
pub struct DryRun<R>(Of<R>);

mod sealed {
    pub trait Sealed {}
    impl<T> Sealed for super::Rows<T> {}
    impl<T> Sealed for super::One<T> {}
    impl<T> Sealed for super::Maybe<T> {}
    impl<T> Sealed for super::Answer<T> {}
    impl Sealed for super::NoRows {}
    impl Sealed for super::RowCount {}
    impl Sealed for super::CsvText {}
    impl Sealed for super::GeoJson {}
    impl<F> Sealed for super::PlanIn<F> {}
    impl<R> Sealed for super::WithResponse<R> {}
    impl<R> Sealed for super::DryRun<R> {}
}
use sealed::Sealed;

/// Shapes that can be read.
pub trait Shape: Layered {
    /// What the query gives.
    type Output;

    /// Reads an answer of any status.
    ///
    /// ```
    /// use postgrest_rs::query::shape::{Rows, Shape};
    ///
    /// let (parts, ()) = http::Response::new(()).into_parts();
    /// let ids = Rows::<i64>::decode(&parts, "[1, 2]".into())?;
    /// assert_eq!(ids, [1, 2]);
    /// # Ok::<(), postgrest_rs::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Api`](crate::ErrorKind::Api) if the status says so, [`Decode`](crate::ErrorKind::Decode) if the body is
    /// not what was asked for.
    fn decode(parts: &Parts, body: Bytes) -> Result<Self::Output>;
}

/// Shapes as a stack: the answer itself, with what was put around it.
pub trait Layered: Sealed {
    /// The same layers around another answer.
    type As<S: Layered>: Layered;
    /// The same answer with a [`Response`] around it.
    type Full: Layered;
}

/// Shapes made of rows, which can be asked for one by one.
pub trait RowShape: Layered {
    /// One row.
    type Row;
}

/// Shapes whose rows can be read one by one. A dry run is none: it is confirmed as a whole.
pub trait StreamShape: RowShape {}

/// Shapes from which null fields can be left out.
pub trait JsonShape: Layered {}

macro_rules! answers {
    ($([$($generic:ident)?] $shape:ty)*) => {$(
        impl<$($generic)?> Layered for $shape {
            type As<S: Layered> = S;
            type Full = WithResponse<Self>;
        }
    )*};
}
answers!([T] Rows<T> [T] One<T> [T] Maybe<T> [T] Answer<T> [] NoRows [] RowCount [] CsvText [] GeoJson [F] PlanIn<F>);

impl<R: Layered> Layered for WithResponse<R> {
    type As<S: Layered> = WithResponse<R::As<S>>;
    type Full = Self;
}

impl<R: Layered> Layered for DryRun<R> {
    type As<S: Layered> = DryRun<R::As<S>>;
    type Full = DryRun<R::Full>;
}

impl<T> RowShape for Rows<T> {
    type Row = T;
}
impl<T> RowShape for Answer<T> {
    type Row = T;
}
impl<R: RowShape> RowShape for WithResponse<R> {
    type Row = R::Row;
}
impl<R: RowShape> RowShape for DryRun<R> {
    type Row = R::Row;
}

impl<T> StreamShape for Rows<T> {}
impl<T> StreamShape for Answer<T> {}
impl<R: StreamShape> StreamShape for WithResponse<R> {}

impl<T> JsonShape for Rows<T> {}
impl<T> JsonShape for One<T> {}
impl<T> JsonShape for Maybe<T> {}
impl<T> JsonShape for Answer<T> {}
impl<R: JsonShape> JsonShape for WithResponse<R> {}
impl<R: JsonShape> JsonShape for DryRun<R> {}

impl<T: DeserializeOwned> Shape for Rows<T> {
    type Output = Vec<T>;

    fn decode(parts: &Parts, body: Bytes) -> Result<Vec<T>> {
        response::json(parts, response::succeeded(parts, body)?)
    }
}

impl<T: DeserializeOwned> Shape for One<T> {
    type Output = T;

    fn decode(parts: &Parts, body: Bytes) -> Result<T> {
        let body = response::succeeded(parts, body)?;
        // A function that returns nothing answers 204 whatever it is asked for.
        let body = if parts.status == http::StatusCode::NO_CONTENT {
            Bytes::from_static(b"null")
        } else {
            body
        };
        response::json(parts, body)
    }
}

impl<T: DeserializeOwned> Shape for Maybe<T> {
    type Output = Option<T>;

    fn decode(parts: &Parts, body: Bytes) -> Result<Option<T>> {
        response::maybe_row(parts, response::succeeded(parts, body)?)
    }
}

impl<T: DeserializeOwned> Shape for Answer<T> {
    type Output = T;

    fn decode(parts: &Parts, body: Bytes) -> Result<T> {
        let body = response::succeeded(parts, body)?;
        // A function that returns nothing answers 204 without a body.
        let body = if body.is_empty() {
            Bytes::from_static(b"null")
        } else {
            body
        };
        response::json(parts, body)
    }
}

impl Shape for NoRows {
    type Output = ();

    fn decode(parts: &Parts, body: Bytes) -> Result<()> {
        response::succeeded(parts, body).map(drop)
    }
}

impl Shape for RowCount {
    type Output = u64;

    fn decode(parts: &Parts, body: Bytes) -> Result<u64> {
        let body = response::succeeded(parts, body)?;
        Response::new(parts, ()).count.ok_or_else(|| {
            Error::unexpected(parts, body, "its `Content-Range` header tells no total")
        })
    }
}

impl Shape for CsvText {
    type Output = String;

    fn decode(parts: &Parts, body: Bytes) -> Result<String> {
        response::text(parts, response::succeeded(parts, body)?)
    }
}

impl Shape for GeoJson {
    type Output = serde_json::Value;

    fn decode(parts: &Parts, body: Bytes) -> Result<serde_json::Value> {
        response::json(parts, response::succeeded(parts, body)?)
    }
}

impl Shape for PlanIn<PlanText> {
    type Output = String;

    fn decode(parts: &Parts, body: Bytes) -> Result<String> {
        response::text(parts, response::succeeded(parts, body)?)
    }
}

impl Shape for PlanIn<PlanJson> {
    type Output = Plan;

    fn decode(parts: &Parts, body: Bytes) -> Result<Plan> {
        response::json(parts, response::succeeded(parts, body)?)
    }
}

impl<R: Shape> Shape for WithResponse<R> {
    type Output = Response<R::Output>;

    fn decode(parts: &Parts, body: Bytes) -> Result<Response<R::Output>> {
        Ok(Response::new(parts, R::decode(parts, body)?))
    }
}

impl<R: Shape> Shape for DryRun<R> {
    type Output = R::Output;

    fn decode(parts: &Parts, body: Bytes) -> Result<R::Output> {
        // A server that does not allow it commits, and says so only by not saying it.
        if parts.status.is_success() && !was_applied(&parts.headers, "tx=rollback") {
            return Err(Error::unexpected(
                parts,
                body,
                "it did not confirm the dry run, so the changes may have been kept; it must be set to \
                 `db-tx-end = commit-allow-override`",
            ));
        }
        R::decode(parts, body)
    }
}
