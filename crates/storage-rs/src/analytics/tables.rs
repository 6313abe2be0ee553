//! Tables: listed, made, loaded, changed, registered and dropped.

use std::collections::BTreeMap;

use http::Method;
use serde::Serialize;
use supabase_http::Error;

use super::catalog::{IcebergCatalog, TABLE};
use super::commit::{TableRequirement, TableUpdate};
use super::metadata::{Table, TablePage};
use super::names::{Namespace, TableIdent};
use super::namespaces::{check_size, paged};
use super::schema::{PartitionSpec, Schema, WriteOrder};
use crate::call::{Prepared, Setup, bare, operation, with_json};
use crate::route;

const TABLES: &str = "/storage/v1/iceberg/v1/{prefix}/namespaces/{namespace}/tables";

/// Lists the tables of a namespace; see [`IcebergCatalog::list_tables`].
///
/// ```no_run
/// # async fn demo(catalog: storage_rs::analytics::IcebergCatalog) -> Result<(), storage_rs::Error> {
/// let mut page = catalog.list_tables("sales").page_size(100).await?;
/// while let Some(token) = page.next_page_token {
///     page = catalog.list_tables("sales").page_size(100).page_token(token).await?;
/// }
/// # Ok(()) }
/// ```
#[must_use = "nothing is sent until the call is awaited"]
pub struct ListTables {
    setup: Setup,
    catalog: IcebergCatalog,
    namespace: Namespace,
    token: Option<String>,
    size: Option<u32>,
}
operation!(ListTables => TablePage);

impl ListTables {
    pub(super) fn new(catalog: &IcebergCatalog, namespace: Namespace) -> Self {
        Self {
            setup: catalog.setup("list tables", TABLES),
            catalog: catalog.clone(),
            namespace,
            token: None,
            size: None,
        }
    }

    /// Where to go on: the [`next_page_token`](TablePage::next_page_token) of the page before.
    pub fn page_token(mut self, token: impl Into<String>) -> Self {
        self.token = Some(token.into());
        self
    }

    /// How many a page has at most, from 1.
    pub fn page_size(mut self, tables: u32) -> Self {
        check_size(&mut self.setup, tables);
        self.size = Some(tables);
        self
    }

    fn prepare(self) -> Prepared<TablePage> {
        let Self {
            setup,
            catalog,
            namespace,
            token,
            size,
        } = self;
        setup.finish(
            |_| {
                let uri = catalog.namespace_uri(&namespace)?.segment("tables");
                bare(Method::GET, paged(uri, token, size).finish())
            },
            route::read_json,
        )
    }
}

/// Makes a table; see [`IcebergCatalog::create_table`].
///
/// ```no_run
/// # async fn demo(catalog: storage_rs::analytics::IcebergCatalog) -> Result<(), storage_rs::Error> {
/// use storage_rs::analytics::{ColumnTransform, Field, PartitionField, PartitionSpec, Schema, Type, WriteOrder};
///
/// let schema = Schema::new([
///     Field::required(1, "id", Type::long()),
///     Field::optional(2, "at", Type::timestamptz()),
/// ]);
/// let table = catalog
///     .create_table(("sales", "events"), schema)
///     .location("s3://bucket/events")
///     .partition_spec(PartitionSpec::new([PartitionField::new(2, "day", ColumnTransform::Day)]))
///     .write_order(WriteOrder::new(0, []))
///     .stage_create(false)
///     .property("owner", "Ada")
///     .await?;
/// println!("{}", table.metadata.table_uuid);
/// # Ok(()) }
/// ```
#[must_use = "nothing is sent until the call is awaited"]
pub struct CreateTable {
    setup: Setup,
    catalog: IcebergCatalog,
    namespace: Namespace,
    body: NewTable,
}
operation!(CreateTable => Table);

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct NewTable {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<String>,
    schema: Schema,
    #[serde(skip_serializing_if = "Option::is_none")]
    partition_spec: Option<PartitionSpec>,
    #[serde(skip_serializing_if = "Option::is_none")]
    write_order: Option<WriteOrder>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stage_create: Option<bool>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    properties: BTreeMap<String, String>,
}

impl CreateTable {
    pub(super) fn new(catalog: &IcebergCatalog, table: TableIdent, schema: Schema) -> Self {
        let mut setup = catalog.setup("create table", TABLES);
        setup.keep(table.check());
        Self {
            setup,
            catalog: catalog.clone(),
            namespace: table.namespace,
            body: NewTable {
                name: table.name,
                location: None,
                schema,
                partition_spec: None,
                write_order: None,
                stage_create: None,
                properties: BTreeMap::new(),
            },
        }
    }

    /// Below which URL its files are; the server finds a place by default.
    pub fn location(mut self, url: impl Into<String>) -> Self {
        self.body.location = Some(url.into());
        self
    }

    /// How it is split into files; not at all by default.
    pub fn partition_spec(mut self, spec: PartitionSpec) -> Self {
        self.body.partition_spec = Some(spec);
        self
    }

    /// How its rows are sorted when they are written; not at all by default.
    pub fn write_order(mut self, order: WriteOrder) -> Self {
        self.body.write_order = Some(order);
        self
    }

    /// Whether the table is only prepared, for a commit with [`TableRequirement::AssertCreate`] to make it; not by
    /// default.
    pub fn stage_create(mut self, staged: bool) -> Self {
        self.body.stage_create = Some(staged);
        self
    }

    /// A property of it.
    pub fn property(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.body.properties.insert(name.into(), value.into());
        self
    }

    fn prepare(self) -> Prepared<Table> {
        let Self {
            setup,
            catalog,
            namespace,
            body,
        } = self;
        setup.finish(
            |_| {
                let uri = catalog.namespace_uri(&namespace)?.segment("tables");
                with_json(Method::POST, uri.finish(), &body)
            },
            route::read_json,
        )
    }
}

/// Which states of a table are loaded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Snapshots {
    /// All of them.
    All,
    /// Those that a branch or tag is at.
    Refs,
}

/// Loads a table; see [`IcebergCatalog::load_table`].
///
/// ```no_run
/// # async fn demo(catalog: storage_rs::analytics::IcebergCatalog) -> Result<(), storage_rs::Error> {
/// use storage_rs::analytics::Snapshots;
///
/// let table = catalog.load_table(("sales", "events")).snapshots(Snapshots::Refs).await?;
/// println!("{:?}", table.metadata.current_snapshot());
/// # Ok(()) }
/// ```
#[must_use = "nothing is sent until the call is awaited"]
pub struct LoadTable {
    setup: Setup,
    catalog: IcebergCatalog,
    table: TableIdent,
    snapshots: Option<Snapshots>,
}
operation!(LoadTable => Table);

impl LoadTable {
    pub(super) fn new(catalog: &IcebergCatalog, table: TableIdent) -> Self {
        Self {
            setup: catalog.setup("load table", TABLE),
            catalog: catalog.clone(),
            table,
            snapshots: None,
        }
    }

    /// Which states are loaded; the server decides by default, and mostly says all.
    pub fn snapshots(mut self, which: Snapshots) -> Self {
        self.snapshots = Some(which);
        self
    }

    fn prepare(self) -> Prepared<Table> {
        let Self {
            setup,
            catalog,
            table,
            snapshots,
        } = self;
        setup.finish(
            |_| {
                let mut uri = catalog.table_uri(&table)?;
                uri = match snapshots {
                    None => uri,
                    Some(Snapshots::All) => uri.pair("snapshots", "all"),
                    Some(Snapshots::Refs) => uri.pair("snapshots", "refs"),
                };
                bare(Method::GET, uri.finish())
            },
            route::read_json,
        )
    }
}

/// Changes a table; see [`IcebergCatalog::commit_table`]. It is sent again only if no connection could be made.
///
/// ```no_run
/// # async fn demo(catalog: storage_rs::analytics::IcebergCatalog) -> Result<(), storage_rs::Error> {
/// use storage_rs::analytics::{TableRequirement, TableUpdate};
///
/// let uuid = catalog.load_table(("sales", "events")).await?.metadata.table_uuid;
/// let changed = catalog
///     .commit_table(("sales", "events"))
///     .require(TableRequirement::AssertTableUuid { uuid })
///     .update(TableUpdate::UpgradeFormatVersion { format_version: 2 })
///     .set_property("owner", "Ada")
///     .await?;
/// println!("{:?}", changed.metadata_location);
/// # Ok(()) }
/// ```
#[must_use = "nothing is sent until the call is awaited"]
pub struct CommitTable {
    setup: Setup,
    catalog: IcebergCatalog,
    table: TableIdent,
    body: Commit,
}
operation!(CommitTable => Table);

/// The specification demands both lists, and takes empty ones.
#[derive(Default, Serialize)]
struct Commit {
    requirements: Vec<TableRequirement>,
    updates: Vec<TableUpdate>,
}

impl CommitTable {
    pub(super) fn new(catalog: &IcebergCatalog, table: TableIdent) -> Self {
        Self {
            setup: catalog.setup("commit table", TABLE),
            catalog: catalog.clone(),
            table,
            body: Commit::default(),
        }
    }

    /// What must hold of the table; nothing is changed otherwise.
    pub fn require(mut self, requirement: TableRequirement) -> Self {
        self.body.requirements.push(requirement);
        self
    }

    /// A change. They are done in order.
    pub fn update(mut self, update: TableUpdate) -> Self {
        self.body.updates.push(update);
        self
    }

    /// Sets a property: a change like any other.
    pub fn set_property(self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.update(TableUpdate::SetProperties {
            updates: BTreeMap::from([(name.into(), value.into())]),
        })
    }

    fn prepare(self) -> Prepared<Table> {
        let Self {
            setup,
            catalog,
            table,
            body,
        } = self;
        setup.finish(
            |_| with_json(Method::POST, catalog.table_uri(&table)?.finish(), &body),
            route::read_json,
        )
    }
}

/// Takes in a table; see [`IcebergCatalog::register_table`].
///
/// ```no_run
/// # async fn demo(catalog: storage_rs::analytics::IcebergCatalog) -> Result<(), storage_rs::Error> {
/// let file = "s3://bucket/events/metadata/00003.metadata.json";
/// catalog.register_table(("sales", "events"), file).overwrite().await?;
/// # Ok(()) }
/// ```
#[must_use = "nothing is sent until the call is awaited"]
pub struct RegisterTable {
    setup: Setup,
    catalog: IcebergCatalog,
    namespace: Namespace,
    body: Registration,
}
operation!(RegisterTable => Table);

#[derive(Serialize)]
#[serde(rename_all = "kebab-case")]
struct Registration {
    name: String,
    metadata_location: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    overwrite: Option<bool>,
}

impl RegisterTable {
    pub(super) fn new(catalog: &IcebergCatalog, table: TableIdent, location: String) -> Self {
        let mut setup = catalog.setup(
            "register table",
            "/storage/v1/iceberg/v1/{prefix}/namespaces/{namespace}/register",
        );
        setup.keep(table.check());
        if location.is_empty() {
            setup.keep::<()>(Err(Error::request(
                "the location of the table's metadata file is empty",
            )));
        }
        Self {
            setup,
            catalog: catalog.clone(),
            namespace: table.namespace,
            body: Registration {
                name: table.name,
                metadata_location: location,
                overwrite: None,
            },
        }
    }

    /// Takes the place of a table of this name; without it that is an error.
    pub fn overwrite(mut self) -> Self {
        self.body.overwrite = Some(true);
        self
    }

    fn prepare(self) -> Prepared<Table> {
        let Self {
            setup,
            catalog,
            namespace,
            body,
        } = self;
        setup.finish(
            |_| {
                let uri = catalog.namespace_uri(&namespace)?.segment("register");
                with_json(Method::POST, uri.finish(), &body)
            },
            route::read_json,
        )
    }
}

/// Drops a table; see [`IcebergCatalog::drop_table`].
///
/// ```no_run
/// # async fn demo(catalog: storage_rs::analytics::IcebergCatalog) -> Result<(), storage_rs::Error> {
/// catalog.drop_table(("sales", "events")).purge().await?;
/// # Ok(()) }
/// ```
#[must_use = "nothing is sent until the call is awaited"]
pub struct DropTable {
    setup: Setup,
    catalog: IcebergCatalog,
    table: TableIdent,
    purge: bool,
}
operation!(DropTable => ());

impl DropTable {
    pub(super) fn new(catalog: &IcebergCatalog, table: TableIdent) -> Self {
        Self {
            setup: catalog.setup("drop table", TABLE),
            catalog: catalog.clone(),
            table,
            purge: false,
        }
    }

    /// Deletes its files too. They are gone for good.
    pub fn purge(mut self) -> Self {
        self.purge = true;
        self
    }

    fn prepare(self) -> Prepared<()> {
        let Self {
            setup,
            catalog,
            table,
            purge,
        } = self;
        setup.finish(
            |_| {
                let uri = catalog.table_uri(&table)?;
                let uri = uri.pair("purgeRequested", &purge.to_string());
                bare(Method::DELETE, uri.finish())
            },
            route::read_nothing,
        )
    }
}
