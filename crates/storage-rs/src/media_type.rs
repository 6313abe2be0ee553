//! Media types by the endings of names.

/// The media type of a name, if its ending is a usual one.
pub(crate) fn of_name(name: &str) -> Option<&'static str> {
    let (stem, ending) = name.rsplit_once('.')?;
    if stem.is_empty() {
        return None;
    }
    let ending = ending.to_ascii_lowercase();
    TYPES
        .iter()
        .find(|(endings, _)| endings.split(' ').any(|one| one == ending))
        .map(|(_, kind)| *kind)
}

/// Endings, and the types that [IANA](https://www.iana.org/assignments/media-types) has for them.
const TYPES: &[(&str, &str)] = &[
    ("png", "image/png"),
    ("jpg jpeg", "image/jpeg"),
    ("gif", "image/gif"),
    ("webp", "image/webp"),
    ("avif", "image/avif"),
    ("svg", "image/svg+xml"),
    ("bmp", "image/bmp"),
    ("tif tiff", "image/tiff"),
    ("heic", "image/heic"),
    ("ico", "image/vnd.microsoft.icon"),
    ("txt log", "text/plain"),
    ("md", "text/markdown"),
    ("csv", "text/csv"),
    ("html htm", "text/html"),
    ("css", "text/css"),
    ("js mjs", "text/javascript"),
    ("json map", "application/json"),
    ("ndjson jsonl", "application/x-ndjson"),
    ("xml", "application/xml"),
    ("yaml yml", "application/yaml"),
    ("pdf", "application/pdf"),
    ("zip", "application/zip"),
    ("gz", "application/gzip"),
    ("zst", "application/zstd"),
    ("tar", "application/x-tar"),
    ("7z", "application/x-7z-compressed"),
    ("wasm", "application/wasm"),
    ("parquet", "application/vnd.apache.parquet"),
    ("mp3", "audio/mpeg"),
    ("m4a", "audio/mp4"),
    ("wav", "audio/wav"),
    ("ogg oga", "audio/ogg"),
    ("flac", "audio/flac"),
    ("mp4 m4v", "video/mp4"),
    ("mov", "video/quicktime"),
    ("webm", "video/webm"),
    ("mkv", "video/matroska"),
    ("woff", "font/woff"),
    ("woff2", "font/woff2"),
    ("ttf", "font/ttf"),
    ("otf", "font/otf"),
    ("doc", "application/msword"),
    (
        "docx",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ),
    ("xls", "application/vnd.ms-excel"),
    (
        "xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ),
    ("ppt", "application/vnd.ms-powerpoint"),
    (
        "pptx",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
    ),
];

#[cfg(test)]
mod tests {
    use super::of_name;

    #[test]
    fn endings() {
        assert_eq!(of_name("tom.PNG"), Some("image/png"));
        assert_eq!(of_name("a.b.jpeg"), Some("image/jpeg"));
        for name in ["tom", ".png", "tom.", "tom.unknown", ""] {
            assert_eq!(of_name(name), None, "{name}");
        }
    }
}
