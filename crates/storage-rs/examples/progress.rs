//! Uploads a file, or downloads one, and draws how far it is.
//!
//! `SUPABASE_URL=… SUPABASE_KEY=… cargo run -p storage-rs --example progress -- up films cats.mp4 /home/ada/cats.mp4`
//! `SUPABASE_URL=… SUPABASE_KEY=… cargo run -p storage-rs --example progress -- down films cats.mp4 /tmp/cats.mp4`
#![allow(clippy::print_stdout, reason = "that is what it is for")]

use indicatif::{ProgressBar, ProgressStyle};
use storage_rs::{Progress, StorageClient, UploadBody};

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let url = std::env::var("SUPABASE_URL")?;
    let key = std::env::var("SUPABASE_KEY")?;
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [way, bucket, path, file] = arguments.as_slice() else {
        return Err("say up or down, a bucket, a path in it and a file of this machine".into());
    };
    let files = StorageClient::new(&url, &key)?.from(bucket);
    match way.as_str() {
        "up" => {
            let upload = files.upload(path, UploadBody::path(file));
            let upload = upload.guess_content_type().upsert();
            let bar = tokio::spawn(draw(upload.progress()));
            let uploaded = upload.await?;
            bar.await?;
            println!("{} is uploaded", uploaded.full_path);
        }
        "down" => {
            let download = files.download(path);
            let bar = tokio::spawn(draw(download.progress()));
            // A second run goes on where the first was stopped.
            let downloaded = download.to_file(file).await?;
            bar.await?;
            println!("{file} has {} bytes", downloaded.size);
        }
        other => return Err(format!("{other:?} is neither up nor down").into()),
    }
    Ok(())
}

/// Draws a bar until the transfer is over.
async fn draw(mut progress: Progress) {
    let bar = ProgressBar::no_length();
    if let Ok(style) =
        ProgressStyle::with_template("{bar:40} {bytes}/{total_bytes} {binary_bytes_per_sec} {eta}")
    {
        bar.set_style(style);
    }
    while let Some(now) = progress.next().await {
        if let Some(total) = now.total {
            bar.set_length(total);
        }
        bar.set_position(now.bytes);
    }
    bar.finish();
}
