//! Namespaces: listed, made, looked at and changed.

use std::collections::BTreeMap;

use http::Method;
use serde::Serialize;
use supabase_http::Error;

use super::catalog::{IcebergCatalog, NAMESPACE};
use super::metadata::{NamespaceMetadata, NamespacePage, UpdatedProperties};
use super::names::Namespace;
use crate::call::{Prepared, Setup, bare, operation, with_json};
use crate::route;

const NAMESPACES: &str = "/storage/v1/iceberg/v1/{prefix}/namespaces";

/// Lists namespaces; see [`IcebergCatalog::list_namespaces`].
///
/// ```no_run
/// # async fn demo(catalog: storage_rs::analytics::IcebergCatalog) -> Result<(), storage_rs::Error> {
/// let mut page = catalog.list_namespaces().parent("sales").page_size(100).await?;
/// while let Some(token) = page.next_page_token {
///     page = catalog.list_namespaces().parent("sales").page_size(100).page_token(token).await?;
/// }
/// # Ok(()) }
/// ```
#[must_use = "nothing is sent until the call is awaited"]
pub struct ListNamespaces {
    setup: Setup,
    catalog: IcebergCatalog,
    parent: Option<Namespace>,
    token: Option<String>,
    size: Option<u32>,
}
operation!(ListNamespaces => NamespacePage);

impl ListNamespaces {
    pub(super) fn new(catalog: &IcebergCatalog) -> Self {
        Self {
            setup: catalog.setup("list namespaces", NAMESPACES),
            catalog: catalog.clone(),
            parent: None,
            token: None,
            size: None,
        }
    }

    /// Those in this namespace, instead of the outermost.
    pub fn parent(mut self, namespace: impl Into<Namespace>) -> Self {
        self.parent = Some(namespace.into());
        self
    }

    /// Where to go on: the [`next_page_token`](NamespacePage::next_page_token) of the page before.
    pub fn page_token(mut self, token: impl Into<String>) -> Self {
        self.token = Some(token.into());
        self
    }

    /// How many a page has at most, from 1.
    pub fn page_size(mut self, namespaces: u32) -> Self {
        check_size(&mut self.setup, namespaces);
        self.size = Some(namespaces);
        self
    }

    fn prepare(self) -> Prepared<NamespacePage> {
        let Self {
            setup,
            catalog,
            parent,
            token,
            size,
        } = self;
        setup.finish(
            |_| {
                let mut uri = catalog.uri().segment("namespaces");
                if let Some(parent) = parent {
                    uri = uri.pair("parent", &parent.joined()?);
                }
                bare(Method::GET, paged(uri, token, size).finish())
            },
            route::read_json,
        )
    }
}

pub(super) fn check_size(setup: &mut Setup, entries: u32) {
    if entries == 0 {
        setup.keep::<()>(Err(Error::request("a page has at least one entry")));
    }
}

/// Which page, in the query.
pub(super) fn paged(
    mut uri: supabase_http::UriBuilder<'_>,
    token: Option<String>,
    size: Option<u32>,
) -> supabase_http::UriBuilder<'_> {
    if let Some(token) = token {
        uri = uri.pair("pageToken", &token);
    }
    if let Some(size) = size {
        uri = uri.pair("pageSize", &size.to_string());
    }
    uri
}

/// Makes a namespace; see [`IcebergCatalog::create_namespace`].
///
/// ```no_run
/// # async fn demo(catalog: storage_rs::analytics::IcebergCatalog) -> Result<(), storage_rs::Error> {
/// catalog.create_namespace(["sales", "eu"]).property("owner", "Ada").await?;
/// # Ok(()) }
/// ```
#[must_use = "nothing is sent until the call is awaited"]
pub struct CreateNamespace {
    setup: Setup,
    catalog: IcebergCatalog,
    body: NewNamespace,
}
operation!(CreateNamespace => NamespaceMetadata);

#[derive(Serialize)]
struct NewNamespace {
    namespace: Namespace,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    properties: BTreeMap<String, String>,
}

impl CreateNamespace {
    pub(super) fn new(catalog: &IcebergCatalog, namespace: Namespace) -> Self {
        let mut setup = catalog.setup("create namespace", NAMESPACES);
        setup.keep(namespace.check());
        Self {
            setup,
            catalog: catalog.clone(),
            body: NewNamespace {
                namespace,
                properties: BTreeMap::new(),
            },
        }
    }

    /// A property of it.
    pub fn property(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.body.properties.insert(name.into(), value.into());
        self
    }

    fn prepare(self) -> Prepared<NamespaceMetadata> {
        let Self {
            setup,
            catalog,
            body,
        } = self;
        setup.finish(
            |_| {
                let uri = catalog.uri().segment("namespaces").finish();
                with_json(Method::POST, uri, &body)
            },
            route::read_json,
        )
    }
}

/// Looks at a namespace; see [`IcebergCatalog::load_namespace`].
#[must_use = "nothing is sent until the call is awaited"]
pub struct LoadNamespace {
    setup: Setup,
    catalog: IcebergCatalog,
    namespace: Namespace,
}
operation!(LoadNamespace => NamespaceMetadata);

impl LoadNamespace {
    pub(super) fn new(catalog: &IcebergCatalog, namespace: Namespace) -> Self {
        Self {
            setup: catalog.setup("load namespace", NAMESPACE),
            catalog: catalog.clone(),
            namespace,
        }
    }

    fn prepare(self) -> Prepared<NamespaceMetadata> {
        let Self {
            setup,
            catalog,
            namespace,
        } = self;
        setup.finish(
            |_| bare(Method::GET, catalog.namespace_uri(&namespace)?.finish()),
            route::read_json,
        )
    }
}

/// Changes properties of a namespace; see [`IcebergCatalog::update_namespace_properties`].
///
/// ```no_run
/// # async fn demo(catalog: storage_rs::analytics::IcebergCatalog) -> Result<(), storage_rs::Error> {
/// let changed = catalog.update_namespace_properties("sales").set("owner", "Ada").remove("team").await?;
/// println!("{:?} were not there", changed.missing);
/// # Ok(()) }
/// ```
#[must_use = "nothing is sent until the call is awaited"]
pub struct UpdateNamespaceProperties {
    setup: Setup,
    catalog: IcebergCatalog,
    namespace: Namespace,
    body: Changes,
}
operation!(UpdateNamespaceProperties => UpdatedProperties);

#[derive(Default, Serialize)]
struct Changes {
    #[serde(skip_serializing_if = "Vec::is_empty")]
    removals: Vec<String>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    updates: BTreeMap<String, String>,
}

impl UpdateNamespaceProperties {
    pub(super) fn new(catalog: &IcebergCatalog, namespace: Namespace) -> Self {
        Self {
            setup: catalog.setup(
                "update namespace properties",
                "/storage/v1/iceberg/v1/{prefix}/namespaces/{namespace}/properties",
            ),
            catalog: catalog.clone(),
            namespace,
            body: Changes::default(),
        }
    }

    /// Sets a property.
    pub fn set(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.body.updates.insert(name.into(), value.into());
        self
    }

    /// Removes a property.
    pub fn remove(mut self, name: impl Into<String>) -> Self {
        self.body.removals.push(name.into());
        self
    }

    fn prepare(self) -> Prepared<UpdatedProperties> {
        let Self {
            setup,
            catalog,
            namespace,
            body,
        } = self;
        setup.finish(
            |_| {
                if body.removals.is_empty() && body.updates.is_empty() {
                    return Err(Error::request(
                        "nothing would change: say `set` or `remove`",
                    ));
                }
                if let Some(both) = body.removals.iter().find(|n| body.updates.contains_key(*n)) {
                    return Err(Error::request(format!(
                        "the property {both:?} cannot be set and removed at once"
                    )));
                }
                let uri = catalog.namespace_uri(&namespace)?.segment("properties");
                with_json(Method::POST, uri.finish(), &body)
            },
            route::read_json,
        )
    }
}
