//! Where a session is kept: the trait, its erased form, and memory.

use std::any::Any;
use std::fmt;
use std::future::Future;
use std::sync::{Arc, Mutex, PoisonError};

use supabase_http::{BoxError, BoxFuture};

/// Where a client keeps its session: one text, written whole. Implement it for the keychain of a system or a table of
/// your own; write the methods as `async fn`.
///
/// The text **holds tokens**: whoever reads it can act as the user. Its format is the one of [`SessionManager`], and it
/// has a version; treat it as opaque. A store belongs to one project and one user at a time.
///
/// ```
/// use gotrue_rs::{SessionStorage, StorageLock};
/// use supabase_http::BoxError;
///
/// struct Keychain;
///
/// impl SessionStorage for Keychain {
///     async fn load(&self) -> Result<Option<String>, BoxError> {
///         Ok(None) // ask the system
///     }
///     async fn save(&self, text: String) -> Result<(), BoxError> {
///         drop(text); // give it to the system
///         Ok(())
///     }
///     // Both of these may be left out.
///     async fn lock(&self) -> Result<StorageLock, BoxError> {
///         Ok(StorageLock::none())
///     }
///     async fn set_aside(&self) -> Result<Option<String>, BoxError> {
///         Ok(None)
///     }
/// }
///
/// # async fn demo(kept: Keychain) -> Result<(), BoxError> {
/// let lock = kept.lock().await?;
/// let moved_to = kept.set_aside().await?;
/// # drop((lock, moved_to)); Ok(()) }
/// ```
///
/// [`SessionManager`]: crate::SessionManager
pub trait SessionStorage: Send + Sync {
    /// What was saved last; `None` if nothing ever was.
    fn load(&self) -> impl Future<Output = Result<Option<String>, BoxError>> + Send;

    /// Replaces what is kept. After a failure the old text should still be there.
    fn save(&self, text: String) -> impl Future<Output = Result<(), BoxError>> + Send;

    /// Keeps others that share the store from changing it until the lock is dropped. Without sharing there is nothing to
    /// do, as by default.
    ///
    /// Wait for a few seconds at most: without the lock everything goes on too, for servers forgive what it is there to
    /// prevent.
    fn lock(&self) -> impl Future<Output = Result<StorageLock, BoxError>> + Send {
        async { Ok(StorageLock::none()) }
    }

    /// What is kept cannot be read. Moves it out of the way, so that it is not lost when the next text is saved, and says
    /// where it is. By default it stays where it is until then.
    fn set_aside(&self) -> impl Future<Output = Result<Option<String>, BoxError>> + Send {
        async { Ok(None) }
    }
}

/// Holds a store for its owner alone until it is dropped.
pub struct StorageLock(
    #[allow(dead_code, reason = "held for its `Drop`")] Option<Box<dyn Any + Send + Sync>>,
);

/// ```no_run
/// # fn demo() -> Result<(), gotrue_rs::Error> {
/// use gotrue_rs::StorageLock;
///
/// let held = StorageLock::new(std::fs::File::open("session.lock").unwrap());
/// let none = StorageLock::none();
/// # Ok(()) }
/// ```
impl StorageLock {
    /// A lock that is released when `guard` is dropped.
    #[must_use]
    pub fn new(guard: impl Any + Send + Sync) -> Self {
        Self(Some(Box::new(guard)))
    }

    /// No lock: the store is not shared.
    #[must_use]
    pub fn none() -> Self {
        Self(None)
    }
}

impl fmt::Debug for StorageLock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("StorageLock(..)")
    }
}

/// Any store, chosen at run time. Cheap to clone.
///
/// ```
/// use gotrue_rs::{MemoryStorage, SharedStorage};
///
/// let storage = SharedStorage::new(MemoryStorage::new());
/// ```
#[derive(Clone)]
pub struct SharedStorage(Arc<dyn Erased>);

trait Erased: Send + Sync {
    fn load(&self) -> BoxFuture<'_, Result<Option<String>, BoxError>>;
    fn save(&self, text: String) -> BoxFuture<'_, Result<(), BoxError>>;
    fn lock(&self) -> BoxFuture<'_, Result<StorageLock, BoxError>>;
    fn set_aside(&self) -> BoxFuture<'_, Result<Option<String>, BoxError>>;
}

impl<S: SessionStorage> Erased for S {
    fn load(&self) -> BoxFuture<'_, Result<Option<String>, BoxError>> {
        Box::pin(SessionStorage::load(self))
    }
    fn save(&self, text: String) -> BoxFuture<'_, Result<(), BoxError>> {
        Box::pin(SessionStorage::save(self, text))
    }
    fn lock(&self) -> BoxFuture<'_, Result<StorageLock, BoxError>> {
        Box::pin(SessionStorage::lock(self))
    }
    fn set_aside(&self) -> BoxFuture<'_, Result<Option<String>, BoxError>> {
        Box::pin(SessionStorage::set_aside(self))
    }
}

impl SharedStorage {
    /// Erases the type of a store.
    #[must_use]
    pub fn new(storage: impl SessionStorage + 'static) -> Self {
        Self(Arc::new(storage))
    }
}

impl SessionStorage for SharedStorage {
    async fn load(&self) -> Result<Option<String>, BoxError> {
        self.0.load().await
    }
    async fn save(&self, text: String) -> Result<(), BoxError> {
        self.0.save(text).await
    }
    async fn lock(&self) -> Result<StorageLock, BoxError> {
        self.0.lock().await
    }
    async fn set_aside(&self) -> Result<Option<String>, BoxError> {
        self.0.set_aside().await
    }
}

impl fmt::Debug for SharedStorage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SharedStorage(..)")
    }
}

/// Keeps a session in memory: it ends with the process. Clones share it.
#[derive(Clone, Default)]
pub struct MemoryStorage(Arc<Mutex<Option<String>>>);

/// ```
/// # fn main() -> Result<(), gotrue_rs::Error> {
/// use gotrue_rs::MemoryStorage;
///
/// let empty = MemoryStorage::new();
/// let kept = MemoryStorage::with_text("{}");
/// # Ok(()) }
/// ```
impl MemoryStorage {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// A store with what another one held: text that [`SessionStorage::load`] gave.
    #[must_use]
    pub fn with_text(text: impl Into<String>) -> Self {
        Self(Arc::new(Mutex::new(Some(text.into()))))
    }
}

impl SessionStorage for MemoryStorage {
    async fn load(&self) -> Result<Option<String>, BoxError> {
        Ok(self
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone())
    }
    async fn save(&self, text: String) -> Result<(), BoxError> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(text);
        Ok(())
    }
}

impl fmt::Debug for MemoryStorage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MemoryStorage(..)")
    }
}
