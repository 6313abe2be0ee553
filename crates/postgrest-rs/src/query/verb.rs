//! What a query does: markers that decide which methods it has and whether it can be awaited.

use std::marker::PhantomData;

/// Reads rows.
#[derive(Debug, Clone, Copy)]
pub enum SelectRows {}

/// Inserts rows.
#[derive(Debug, Clone, Copy)]
pub enum InsertRows {}

/// Inserts rows or updates them.
#[derive(Debug, Clone, Copy)]
pub enum UpsertRows {}

/// Updates rows; `F` tells whether it may be awaited yet.
#[derive(Debug, Clone, Copy)]
pub struct UpdateRows<F>(PhantomData<F>);

/// Deletes rows; `F` tells whether it may be awaited yet.
#[derive(Debug, Clone, Copy)]
pub struct DeleteRows<F>(PhantomData<F>);

/// Calls a function.
#[derive(Debug, Clone, Copy)]
pub enum CallFunction {}

/// The state of an update or delete that has no filter yet: it cannot be awaited until it has one, or
/// [`all_rows`](crate::Query::all_rows).
#[derive(Debug, Clone, Copy)]
pub enum NeedsFilterOrAllRows {}

/// The state of an update or delete that may be awaited.
#[derive(Debug, Clone, Copy)]
pub enum HasFilterOrAllRows {}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::SelectRows {}
    impl Sealed for super::InsertRows {}
    impl Sealed for super::UpsertRows {}
    impl<F> Sealed for super::UpdateRows<F> {}
    impl<F> Sealed for super::DeleteRows<F> {}
    impl Sealed for super::CallFunction {}
}
use sealed::Sealed;

/// Queries that may be awaited.
pub trait Ready: Sealed {}
impl Ready for SelectRows {}
impl Ready for InsertRows {}
impl Ready for UpsertRows {}
impl Ready for UpdateRows<HasFilterOrAllRows> {}
impl Ready for DeleteRows<HasFilterOrAllRows> {}
impl Ready for CallFunction {}

/// Queries that take filters.
pub trait Filterable: Sealed {
    /// The same query once it has a filter.
    type Filtered: Filterable<Filtered = Self::Filtered>;
}
impl Filterable for SelectRows {
    type Filtered = Self;
}
impl Filterable for CallFunction {
    type Filtered = Self;
}
impl<F> Filterable for UpdateRows<F> {
    type Filtered = UpdateRows<HasFilterOrAllRows>;
}
impl<F> Filterable for DeleteRows<F> {
    type Filtered = DeleteRows<HasFilterOrAllRows>;
}

/// Queries whose rows can be ordered and paged. Updates and deletes are not among them: PostgREST since version 13 changes
/// every row that matches, whatever the limit; see [`max_affected`](crate::Query::max_affected).
pub trait Pageable: Sealed {}
impl Pageable for SelectRows {}
impl Pageable for CallFunction {}

/// Queries that write and can return the written rows.
pub trait Writes: Sealed {}
impl Writes for InsertRows {}
impl Writes for UpsertRows {}
impl<F> Writes for UpdateRows<F> {}
impl<F> Writes for DeleteRows<F> {}

/// Queries that write fields given by the caller.
pub trait WritesFields: Writes {}
impl WritesFields for InsertRows {}
impl WritesFields for UpsertRows {}
impl<F> WritesFields for UpdateRows<F> {}

/// Updates and deletes.
pub trait Guarded: Filterable {}
impl<F> Guarded for UpdateRows<F> {}
impl<F> Guarded for DeleteRows<F> {}

/// Queries that can be limited in how many rows they change.
pub trait Affects: Sealed {}
impl<F> Affects for UpdateRows<F> {}
impl<F> Affects for DeleteRows<F> {}
impl Affects for CallFunction {}
