//! Clients of the crate `supabase` for a stack.

use supabase::Client;

use crate::error::{Error, ErrorKind, Result};
use crate::keys::Claims;
use crate::stack::Stack;

#[cfg_attr(docsrs, doc(cfg(feature = "client")))]
impl Stack {
    /// A client with the publishable key: nobody is signed in.
    ///
    /// ```no_run
    /// # async fn run(stack: &supabase_local::Stack) -> Result<(), Box<dyn std::error::Error>> {
    /// let planets: Vec<serde_json::Value> = stack.client()?.from("planets").select("*").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Config`] if the client cannot be built.
    pub fn client(&self) -> Result<Client> {
        Client::new(self.url(), self.publishable_key()).map_err(unbuilt)
    }

    /// A client with the secret key, which sees and may do everything.
    ///
    /// ```no_run
    /// # async fn run(stack: &supabase_local::Stack) -> Result<(), Box<dyn std::error::Error>> {
    /// let row = serde_json::json!({ "id": 1, "name": "Mercury" });
    /// stack.service_client()?.from("planets").insert(&row).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Config`] if the client cannot be built.
    pub fn service_client(&self) -> Result<Client> {
        Client::service(self.url(), self.secret_key()).map_err(unbuilt)
    }

    /// A client that acts as the user of these claims, with a token made now.
    ///
    /// ```no_run
    /// # async fn run(stack: &supabase_local::Stack) -> Result<(), Box<dyn std::error::Error>> {
    /// use supabase_local::claims;
    ///
    /// let alice = stack.client_as(&claims("alice"))?;
    /// let hers: Vec<serde_json::Value> = alice.from("notes").select("*").await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Config`] if the client cannot be built.
    pub fn client_as(&self, claims: &Claims) -> Result<Client> {
        Ok(self.client()?.as_user(&self.user_jwt(claims)))
    }
}

fn unbuilt(error: supabase::Error) -> Error {
    Error::new(ErrorKind::Config, format!("cannot build a client: {error}")).with_source(error)
}
