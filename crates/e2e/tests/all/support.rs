//! Stacks for the tests: one that all reading tests share, and a fresh one for each test that writes.

use std::sync::Arc;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use supabase::postgrest::SelectQuery;
use supabase::{Client, Error};
use supabase_local::{ErrorKind, Stack, StackBuilder, claims};
use tokio::sync::{OnceCell, Semaphore, SemaphorePermit};

/// The stack of the tests that only read. It ends with the process.
static SHARED: OnceCell<Option<Arc<Stack>>> = OnceCell::const_new();

/// Each stack takes connections of the one Postgres, so few are up at once however many threads test.
static FRESH: Semaphore = Semaphore::const_new(6);

/// A stack and clients of its own: connections belong to the runtime of one test.
pub(crate) struct World {
    pub(crate) stack: Arc<Stack>,
    pub(crate) anon: Client,
    pub(crate) admin: Client,
    _permit: Option<SemaphorePermit<'static>>,
}

impl World {
    fn new(stack: Arc<Stack>, permit: Option<SemaphorePermit<'static>>) -> Self {
        let anon = Client::new(stack.url(), stack.publishable_key()).unwrap();
        let admin = Client::service(stack.url(), stack.secret_key()).unwrap();
        Self { stack, anon, admin, _permit: permit }
    }

    /// A signed-in user.
    pub(crate) fn user(&self, name: &str) -> Client {
        self.anon.as_user(&self.stack.user_jwt(&claims(name)))
    }
}

/// The shared stack, for reading only; `None`, with a message, where no stack can run.
pub(crate) async fn shared() -> Option<World> {
    let stack = SHARED.get_or_init(|| async { start().await.map(Arc::new) });
    Some(World::new(Arc::clone(stack.await.as_ref()?), None))
}

/// A stack for one test; `None`, with a message, where no stack can run.
pub(crate) async fn fresh() -> Option<World> {
    let permit = FRESH.acquire().await.unwrap();
    let stack = start().await?;
    Some(World::new(Arc::new(stack), Some(permit)))
}

/// A stack for one test with settings of its own.
pub(crate) async fn fresh_with(settings: impl FnOnce(StackBuilder) -> StackBuilder) -> Option<World> {
    let permit = FRESH.acquire().await.unwrap();
    let stack = start_with(settings).await?;
    Some(World::new(Arc::new(stack), Some(permit)))
}

async fn start() -> Option<Stack> {
    start_with(|builder| builder).await
}

async fn start_with(settings: impl FnOnce(StackBuilder) -> StackBuilder) -> Option<Stack> {
    // What is asserted is what the pinned versions answer.
    let builder = settings(Stack::builder().project(env!("CARGO_MANIFEST_DIR")).pinned());
    match builder.start().await {
        Ok(stack) => Some(stack),
        Err(e) if matches!(e.kind(), ErrorKind::UnsupportedPlatform | ErrorKind::UnsupportedSystem) => {
            let test = std::thread::current();
            eprintln!("skipped {}: {e}", test.name().unwrap_or("a test"));
            None
        }
        Err(e) => panic!("the local stack does not start: {e}"),
    }
}

/// `let w = world!(shared);` or `world!(fresh)`; ends the test where no stack can run.
macro_rules! world {
    ($which:ident) => {
        match crate::support::$which().await {
            Some(world) => world,
            None => return,
        }
    };
}
pub(crate) use world;

/// A row of which only the id matters.
#[derive(Debug, Deserialize)]
pub(crate) struct Id {
    pub(crate) id: i64,
}

/// The ids of the rows that a query finds, in the order of the answer.
pub(crate) async fn ids(query: SelectQuery<Id>) -> Vec<i64> {
    let rows = query.await.unwrap_or_else(|e| panic!("{e}"));
    rows.into_iter().map(|row| row.id).collect()
}

/// The ids of the rows that a query finds, sorted.
pub(crate) async fn sorted(query: SelectQuery<Id>) -> Vec<i64> {
    let mut found = ids(query).await;
    found.sort_unstable();
    found
}

/// The rows of a query as JSON, for tests of their form.
pub(crate) async fn rows<T: DeserializeOwned>(query: SelectQuery<T>) -> Vec<T> {
    query.await.unwrap_or_else(|e| panic!("{e}"))
}

/// What an error says: status and code.
pub(crate) fn status_and_code(error: &Error) -> (u16, &str) {
    (error.status().map_or(0, |status| status.as_u16()), error.code().unwrap_or(""))
}
