//! The contender of this binary: the same four calls, each the way that its documentation shows.

#[cfg(feature = "bare")]
mod bare;
#[cfg(not(any(
    feature = "bare",
    feature = "ours",
    feature = "postgrest",
    feature = "supabase-rp"
)))]
mod none;
#[cfg(feature = "ours")]
mod ours;
#[cfg(feature = "postgrest")]
mod postgrest;
#[cfg(feature = "supabase-rp")]
mod supabase_rp;

#[cfg(feature = "bare")]
pub(crate) use self::bare::Contender;
#[cfg(not(any(
    feature = "bare",
    feature = "ours",
    feature = "postgrest",
    feature = "supabase-rp"
)))]
pub(crate) use self::none::Contender;
#[cfg(feature = "ours")]
pub(crate) use self::ours::Contender;
#[cfg(feature = "postgrest")]
pub(crate) use self::postgrest::Contender;
#[cfg(feature = "supabase-rp")]
pub(crate) use self::supabase_rp::Contender;
