//! The catalog of a bucket.

use std::fmt;

use http::{Method, StatusCode};
use serde_json::json;
use supabase_http::{Error, ErrorKind, Result, ServiceClient, TransportErrorKind, UriBuilder};

use super::metadata::CatalogConfig;
use super::names::{Namespace, TableIdent};
use super::namespaces::{
    CreateNamespace, ListNamespaces, LoadNamespace, UpdateNamespaceProperties,
};
use super::schema::Schema;
use super::tables::{CommitTable, CreateTable, DropTable, ListTables, LoadTable, RegisterTable};
use crate::call::{Prepared, Setup, bare, operation, with_json};
use crate::path::check_bucket;
use crate::route;

/// The catalog of an analytics bucket: its namespaces and tables.
///
/// ```no_run
/// # async fn demo(storage: storage_rs::StorageClient) -> Result<(), storage_rs::Error> {
/// use storage_rs::analytics::{Field, Schema, TableIdent, Type};
///
/// let catalog = storage.analytics().catalog("warehouse");
/// let config = catalog.config().await?;
/// let catalog = catalog.prefix(config.prefix().unwrap_or("warehouse"));
///
/// catalog.create_namespace("sales").await?;
/// println!("{:?}", catalog.list_namespaces().await?.namespaces);
/// println!("{:?}", catalog.load_namespace("sales").await?.properties);
/// catalog.update_namespace_properties("sales").set("owner", "Ada").await?;
///
/// let schema = Schema::new([Field::required(1, "id", Type::long())]);
/// catalog.create_table(("sales", "events"), schema).await?;
/// let events = TableIdent::new("sales", "events");
/// assert!(catalog.table_exists(&events).await?);
/// println!("{}", catalog.load_table(&events).await?.metadata.table_uuid);
/// catalog.commit_table(&events).set_property("owner", "Ada").await?;
/// catalog.rename_table(&events, ("sales", "old_events")).await?;
/// catalog.register_table(("sales", "events"), "s3://bucket/events/metadata/1.json").await?;
/// println!("{:?}", catalog.list_tables("sales").await?.identifiers);
/// catalog.drop_table(&events).purge().await?;
///
/// catalog.drop_namespace("sales").await?;
/// assert!(!catalog.namespace_exists("sales").await?);
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct IcebergCatalog {
    pub(super) service: ServiceClient,
    bucket: String,
    prefix: Option<String>,
}

impl IcebergCatalog {
    pub(super) fn new(service: ServiceClient, bucket: String) -> Self {
        Self {
            service,
            bucket,
            prefix: None,
        }
    }

    /// The same catalog below another part of the path than the name of the bucket, as its
    /// [configuration](IcebergCatalog::config) may say. It is one segment.
    #[must_use]
    pub fn prefix(&self, prefix: impl Into<String>) -> Self {
        Self {
            prefix: Some(prefix.into()),
            ..self.clone()
        }
    }

    /// How the catalog is to be used. `GET /iceberg/v1/config`.
    ///
    /// # Errors
    /// When awaited: [`is_not_found`](crate::Error::is_not_found) if there is no such bucket.
    pub fn config(&self) -> GetCatalogConfig {
        GetCatalogConfig {
            setup: self.setup("catalog config", "/storage/v1/iceberg/v1/config"),
            bucket: self.bucket.clone(),
        }
    }

    /// The namespaces, in pages. `GET /iceberg/v1/{prefix}/namespaces`.
    ///
    /// # Errors
    /// When awaited: [`is_not_found`](crate::Error::is_not_found) if there is no such parent.
    pub fn list_namespaces(&self) -> ListNamespaces {
        ListNamespaces::new(self)
    }

    /// Makes a namespace. `POST /iceberg/v1/{prefix}/namespaces`.
    ///
    /// # Errors
    /// When awaited: [`is_already_exists`](crate::Error::is_already_exists). Some servers give the one that exists.
    pub fn create_namespace(&self, namespace: impl Into<Namespace>) -> CreateNamespace {
        CreateNamespace::new(self, namespace.into())
    }

    /// The properties of a namespace. `GET /iceberg/v1/{prefix}/namespaces/{namespace}`.
    ///
    /// # Errors
    /// When awaited: [`is_not_found`](crate::Error::is_not_found).
    pub fn load_namespace(&self, namespace: impl Into<Namespace>) -> LoadNamespace {
        LoadNamespace::new(self, namespace.into())
    }

    /// Whether there is a namespace. `HEAD /iceberg/v1/{prefix}/namespaces/{namespace}`.
    ///
    /// # Errors
    /// When awaited: whatever is neither yes nor no.
    pub fn namespace_exists(&self, namespace: impl Into<Namespace>) -> CatalogExists {
        CatalogExists {
            setup: self.setup("namespace exists", NAMESPACE),
            catalog: self.clone(),
            namespace: namespace.into(),
            table: None,
        }
    }

    /// Changes properties of a namespace. `POST /iceberg/v1/{prefix}/namespaces/{namespace}/properties`.
    ///
    /// Not all servers of the storage have this route; their error says so.
    ///
    /// # Errors
    /// When awaited: [`is_not_found`](crate::Error::is_not_found).
    pub fn update_namespace_properties(
        &self,
        namespace: impl Into<Namespace>,
    ) -> UpdateNamespaceProperties {
        UpdateNamespaceProperties::new(self, namespace.into())
    }

    /// Drops a namespace, in which there must be no tables. `DELETE /iceberg/v1/{prefix}/namespaces/{namespace}`.
    ///
    /// # Errors
    /// When awaited: [`is_not_found`](crate::Error::is_not_found); 409 if it is not empty.
    pub fn drop_namespace(&self, namespace: impl Into<Namespace>) -> CatalogCall {
        CatalogCall {
            setup: self.setup("drop namespace", NAMESPACE),
            catalog: self.clone(),
            what: Change::DropNamespace(namespace.into()),
        }
    }

    /// The tables of a namespace, in pages. `GET /iceberg/v1/{prefix}/namespaces/{namespace}/tables`.
    ///
    /// # Errors
    /// When awaited: [`is_not_found`](crate::Error::is_not_found) if there is no such namespace.
    pub fn list_tables(&self, namespace: impl Into<Namespace>) -> ListTables {
        ListTables::new(self, namespace.into())
    }

    /// Makes a table. `POST /iceberg/v1/{prefix}/namespaces/{namespace}/tables`.
    ///
    /// # Errors
    /// When awaited: [`is_already_exists`](crate::Error::is_already_exists),
    /// [`is_not_found`](crate::Error::is_not_found) if there is no such namespace.
    pub fn create_table(&self, table: impl Into<TableIdent>, schema: Schema) -> CreateTable {
        CreateTable::new(self, table.into(), schema)
    }

    /// What is known of a table. `GET /iceberg/v1/{prefix}/namespaces/{namespace}/tables/{table}`.
    ///
    /// # Errors
    /// When awaited: [`is_not_found`](crate::Error::is_not_found).
    pub fn load_table(&self, table: impl Into<TableIdent>) -> LoadTable {
        LoadTable::new(self, table.into())
    }

    /// Whether there is a table. `HEAD /iceberg/v1/{prefix}/namespaces/{namespace}/tables/{table}`.
    ///
    /// # Errors
    /// When awaited: whatever is neither yes nor no.
    pub fn table_exists(&self, table: impl Into<TableIdent>) -> CatalogExists {
        let mut setup = self.setup("table exists", TABLE);
        let table = table.into();
        setup.keep(table.check());
        CatalogExists {
            setup,
            catalog: self.clone(),
            namespace: table.namespace,
            table: Some(table.name),
        }
    }

    /// Changes a table, if it still is as the changes expect it: all of them, or none.
    /// `POST /iceberg/v1/{prefix}/namespaces/{namespace}/tables/{table}`.
    ///
    /// # Errors
    /// When awaited: [`is_not_found`](crate::Error::is_not_found); [`is_commit_failed`] if the table has changed;
    /// [`is_commit_state_unknown`] if nobody can tell whether it was done.
    pub fn commit_table(&self, table: impl Into<TableIdent>) -> CommitTable {
        CommitTable::new(self, table.into())
    }

    /// Gives a table another name, in the same namespace or another. `POST /iceberg/v1/{prefix}/tables/rename`.
    ///
    /// Not all servers of the storage have this route; their error says so.
    ///
    /// # Errors
    /// When awaited: [`is_not_found`](crate::Error::is_not_found),
    /// [`is_already_exists`](crate::Error::is_already_exists).
    pub fn rename_table(
        &self,
        from: impl Into<TableIdent>,
        to: impl Into<TableIdent>,
    ) -> CatalogCall {
        CatalogCall {
            setup: self.setup(
                "rename table",
                "/storage/v1/iceberg/v1/{prefix}/tables/rename",
            ),
            catalog: self.clone(),
            what: Change::RenameTable(from.into(), to.into()),
        }
    }

    /// Takes in a table whose metadata file is at this URL. `POST /iceberg/v1/{prefix}/namespaces/{namespace}/register`.
    ///
    /// Not all servers of the storage have this route; their error says so.
    ///
    /// # Errors
    /// When awaited: [`is_not_found`](crate::Error::is_not_found) if there is no such namespace,
    /// [`is_already_exists`](crate::Error::is_already_exists).
    pub fn register_table(
        &self,
        table: impl Into<TableIdent>,
        metadata_location: impl Into<String>,
    ) -> RegisterTable {
        RegisterTable::new(self, table.into(), metadata_location.into())
    }

    /// Drops a table; its files stay unless [`purge`](DropTable::purge) is said.
    /// `DELETE /iceberg/v1/{prefix}/namespaces/{namespace}/tables/{table}`.
    ///
    /// # Errors
    /// When awaited: [`is_not_found`](crate::Error::is_not_found).
    pub fn drop_table(&self, table: impl Into<TableIdent>) -> DropTable {
        DropTable::new(self, table.into())
    }

    pub(super) fn setup(&self, operation: &'static str, template: &'static str) -> Setup {
        let mut setup = Setup::new(&self.service, operation, template);
        setup.keep(check_bucket(&self.bucket));
        setup
    }

    /// The URL of the catalog.
    pub(super) fn uri(&self) -> UriBuilder<'_> {
        let prefix = self.prefix.as_deref().unwrap_or(&self.bucket);
        let uri = self.service.endpoint().uri().path("iceberg/v1");
        uri.segment(prefix)
    }

    /// The URL of a namespace.
    pub(super) fn namespace_uri(&self, namespace: &Namespace) -> Result<UriBuilder<'_>> {
        let joined = namespace.joined()?;
        Ok(self.uri().segment("namespaces").segment(&joined))
    }

    /// The URL of a table.
    pub(super) fn table_uri(&self, table: &TableIdent) -> Result<UriBuilder<'_>> {
        table.check()?;
        let uri = self.namespace_uri(&table.namespace)?;
        Ok(uri.segment("tables").segment(&table.name))
    }
}

pub(super) const NAMESPACE: &str = "/storage/v1/iceberg/v1/{prefix}/namespaces/{namespace}";
pub(super) const TABLE: &str =
    "/storage/v1/iceberg/v1/{prefix}/namespaces/{namespace}/tables/{table}";

impl fmt::Debug for IcebergCatalog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IcebergCatalog")
            .field("service", &self.service)
            .finish_non_exhaustive()
    }
}

/// Whether a commit was refused since the table is not as the commit expects it: load the table, and try anew.
///
/// ```no_run
/// # async fn demo(catalog: storage_rs::analytics::IcebergCatalog) -> Result<(), storage_rs::Error> {
/// use storage_rs::analytics::is_commit_failed;
///
/// match catalog.commit_table(("sales", "events")).set_property("owner", "Ada").await {
///     Err(error) if is_commit_failed(&error) => println!("somebody was faster"),
///     other => println!("{:?}", other?.metadata_location),
/// }
/// # Ok(()) }
/// ```
#[must_use]
pub fn is_commit_failed(error: &Error) -> bool {
    error.code() == Some("CommitFailedException")
}

/// Whether nobody can tell if a commit was done: its answer was lost, or the server lost track. Load the table before
/// anything else, and do not delete the files that the commit wanted to add.
///
/// ```no_run
/// # async fn demo(catalog: storage_rs::analytics::IcebergCatalog) -> Result<(), storage_rs::Error> {
/// use storage_rs::analytics::is_commit_state_unknown;
///
/// match catalog.commit_table(("sales", "events")).set_property("owner", "Ada").await {
///     Err(error) if is_commit_state_unknown(&error) => {
///         println!("{:?}", catalog.load_table(("sales", "events")).await?.metadata.properties);
///     }
///     other => println!("{:?}", other?.metadata_location),
/// }
/// # Ok(()) }
/// ```
#[must_use]
pub fn is_commit_state_unknown(error: &Error) -> bool {
    match error.kind() {
        ErrorKind::Api => {
            let told = matches!(
                error.code(),
                Some("CommitStateUnknownException" | "CommitStateUnknown")
            );
            // What the specification says of these, whatever the body holds.
            let lost = [
                StatusCode::INTERNAL_SERVER_ERROR,
                StatusCode::BAD_GATEWAY,
                StatusCode::GATEWAY_TIMEOUT,
            ];
            told || error.status().is_some_and(|status| lost.contains(&status))
        }
        // It was done, but what was done is not to be read.
        ErrorKind::Decode => true,
        ErrorKind::Transport => error
            .transport_error()
            .is_some_and(|cause| cause.kind() != TransportErrorKind::Connect),
        _ => false,
    }
}

/// Asks how a catalog is to be used; see [`IcebergCatalog::config`].
#[must_use = "nothing is sent until the call is awaited"]
pub struct GetCatalogConfig {
    setup: Setup,
    bucket: String,
}
operation!(GetCatalogConfig => CatalogConfig);

impl GetCatalogConfig {
    fn prepare(self) -> Prepared<CatalogConfig> {
        let Self { setup, bucket } = self;
        setup.finish(
            |service| {
                let uri = service.endpoint().uri().path("iceberg/v1/config");
                bare(Method::GET, uri.pair("warehouse", &bucket).finish())
            },
            route::read_json,
        )
    }
}

/// Asks whether there is a namespace or table; see [`IcebergCatalog::table_exists`].
#[must_use = "nothing is sent until the call is awaited"]
pub struct CatalogExists {
    setup: Setup,
    catalog: IcebergCatalog,
    namespace: Namespace,
    table: Option<String>,
}
operation!(CatalogExists => bool);

impl CatalogExists {
    fn prepare(self) -> Prepared<bool> {
        let Self {
            setup,
            catalog,
            namespace,
            table,
        } = self;
        setup.finish(
            |_| {
                let mut uri = catalog.namespace_uri(&namespace)?;
                if let Some(table) = table {
                    uri = uri.segment("tables").segment(&table);
                }
                bare(Method::HEAD, uri.finish())
            },
            |parts, body| match route::read_nothing(parts, body) {
                Ok(()) => Ok(true),
                Err(error) if error.is_not_found() => Ok(false),
                Err(error) => Err(error),
            },
        )
    }
}

enum Change {
    DropNamespace(Namespace),
    RenameTable(TableIdent, TableIdent),
}

/// Changes something of a catalog, and gets no answer but that it was done; see [`IcebergCatalog::rename_table`] and
/// [`IcebergCatalog::drop_namespace`].
#[must_use = "nothing is sent until the call is awaited"]
pub struct CatalogCall {
    setup: Setup,
    catalog: IcebergCatalog,
    what: Change,
}
operation!(CatalogCall => ());

impl CatalogCall {
    fn prepare(self) -> Prepared<()> {
        let Self {
            setup,
            catalog,
            what,
        } = self;
        setup.finish(
            |_| match what {
                Change::DropNamespace(namespace) => {
                    bare(Method::DELETE, catalog.namespace_uri(&namespace)?.finish())
                }
                Change::RenameTable(from, to) => {
                    from.check()?;
                    to.check()?;
                    let body = json!({ "source": from, "destination": to });
                    let uri = catalog.uri().path("tables/rename").finish();
                    with_json(Method::POST, uri, &body)
                }
            },
            route::read_nothing,
        )
    }
}
