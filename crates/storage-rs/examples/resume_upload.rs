//! Uploads a file so that it can be killed at any moment: run again, it goes on where it was.
//!
//! ```sh
//! export SUPABASE_URL=http://127.0.0.1:54321 SUPABASE_KEY=sb_secret_…
//! cargo run -p storage-rs --features resumable --example resume_upload -- films cats.mp4
//! ```
#![allow(clippy::print_stdout, reason = "an example prints")]

use std::env;
use std::path::PathBuf;

use storage_rs::{StorageClient, UploadBody};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = env::args().skip(1);
    let usage = "say a bucket and a file";
    let bucket = arguments.next().ok_or(usage)?;
    let path = PathBuf::from(arguments.next().ok_or(usage)?);
    let name = path
        .file_name()
        .ok_or(usage)?
        .to_string_lossy()
        .into_owned();

    let storage = StorageClient::new(&env::var("SUPABASE_URL")?, &env::var("SUPABASE_KEY")?)?;
    let upload = storage
        .from(bucket)
        .upload(&name, UploadBody::path(&path))
        .guess_content_type()
        .upsert()
        .resumable()
        .state_file(path.with_file_name(format!(".{name}.upload")));

    let mut progress = upload.progress();
    let watching = tokio::spawn(async move {
        while let Some(now) = progress.next().await {
            println!("{} of {} bytes", now.bytes, now.total.unwrap_or_default());
        }
    });
    let uploaded = upload.await?;
    watching.await?;
    println!("{} is there", uploaded.full_path);
    Ok(())
}
