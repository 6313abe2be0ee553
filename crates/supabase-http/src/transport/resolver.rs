//! Name resolution: the system's, or the user's own.

use std::fmt;
use std::future::Future;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use hyper_util::client::legacy::connect::dns::{GaiResolver, Name};
use tower_service::Service;

use crate::BoxError;

/// Turns host names into addresses, in place of the operating system.
///
/// Hosts that are addresses already are not asked for. The addresses are tried in their order,
/// those of the first one's family first.
///
/// ```
/// use std::future::Future;
/// use std::net::{IpAddr, Ipv4Addr};
/// use std::pin::Pin;
/// use supabase_http::{BoxError, Resolve};
///
/// /// Sends every name to this machine.
/// struct Local;
///
/// impl Resolve for Local {
///     fn resolve(
///         &self,
///         _host: &str,
///     ) -> Pin<Box<dyn Future<Output = Result<Vec<IpAddr>, BoxError>> + Send>> {
///         Box::pin(async { Ok(vec![IpAddr::V4(Ipv4Addr::LOCALHOST)]) })
///     }
/// }
/// ```
pub trait Resolve: Send + Sync {
    /// The addresses of `host`, best first; none is an error for the caller.
    fn resolve(
        &self,
        host: &str,
    ) -> Pin<Box<dyn Future<Output = Result<Vec<IpAddr>, BoxError>> + Send>>;
}

#[derive(Clone)]
pub(super) enum Resolver {
    System(GaiResolver),
    Custom(Arc<dyn Resolve>),
}

impl Resolver {
    pub(super) fn new(custom: Option<Arc<dyn Resolve>>) -> Self {
        custom.map_or_else(|| Self::System(GaiResolver::new()), Self::Custom)
    }
}

impl fmt::Debug for Resolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::System(_) => "Resolver(system)",
            Self::Custom(_) => "Resolver(custom)",
        })
    }
}

type Addresses = std::vec::IntoIter<SocketAddr>;

impl Service<Name> for Resolver {
    type Response = Addresses;
    type Error = BoxError;
    type Future = Pin<Box<dyn Future<Output = Result<Addresses, BoxError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, name: Name) -> Self::Future {
        match self {
            Self::System(system) => {
                let lookup = system.call(name);
                Box::pin(async move { Ok(lookup.await?.collect::<Vec<_>>().into_iter()) })
            }
            Self::Custom(custom) => {
                let lookup = custom.resolve(name.as_str());
                Box::pin(async move {
                    let found = lookup.await?;
                    if found.is_empty() {
                        let text = format!("the resolver knows no address of `{name}`");
                        return Err(io::Error::new(io::ErrorKind::NotFound, text).into());
                    }
                    // Port 0 stands for the port of the URL.
                    let found: Vec<_> = found
                        .into_iter()
                        .map(|address| SocketAddr::new(address, 0))
                        .collect();
                    Ok(found.into_iter())
                })
            }
        }
    }
}
