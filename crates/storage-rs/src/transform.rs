//! How the service changes a picture while it is served.

use serde::Serialize;
use supabase_http::{Error, Result, UriBuilder};

/// How a picture is served: its size, format and quality. Nothing set means the original.
///
/// See [the endpoint](https://supabase.com/docs/guides/storage/serving/image-transformations).
///
/// ```
/// use storage_rs::{Resize, Transform};
///
/// let thumbnail = Transform::new().width(200).height(200).resize(Resize::Contain).quality(60);
/// # let _ = thumbnail;
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[must_use]
pub struct Transform {
    #[serde(skip_serializing_if = "Option::is_none")]
    width: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    height: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resize: Option<Resize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    quality: Option<u8>,
    #[serde(skip_serializing_if = "Option::is_none")]
    format: Option<ImageFormat>,
}

/// How a picture fits into the width and height that were asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Resize {
    /// It fills them, and what stands over is cut off; the service's default.
    Cover,
    /// It is whole inside of them.
    Contain,
    /// It fills them, stretched.
    Fill,
}

/// In which format a picture is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum ImageFormat {
    /// That of the original. Otherwise the service chooses what the reader takes.
    Origin,
    /// AVIF.
    Avif,
    /// WebP.
    Webp,
}

impl Transform {
    /// The original, so far.
    pub fn new() -> Self {
        Self::default()
    }

    /// The width in pixels, at least 1; servers have an upper limit, mostly 2,500.
    pub fn width(mut self, pixels: u32) -> Self {
        self.width = Some(pixels);
        self
    }

    /// The height in pixels, at least 1; servers have an upper limit, mostly 2,500.
    pub fn height(mut self, pixels: u32) -> Self {
        self.height = Some(pixels);
        self
    }

    /// How it fits in.
    pub fn resize(mut self, resize: Resize) -> Self {
        self.resize = Some(resize);
        self
    }

    /// The quality, from 20 to 100; 80 by default.
    pub fn quality(mut self, percent: u8) -> Self {
        self.quality = Some(percent);
        self
    }

    /// The format.
    ///
    /// ```
    /// use storage_rs::{ImageFormat, Transform};
    ///
    /// let same = Transform::new().width(64).format(ImageFormat::Origin);
    /// ```
    pub fn format(mut self, format: ImageFormat) -> Self {
        self.format = Some(format);
        self
    }

    pub(crate) fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    pub(crate) fn check(&self) -> Result<()> {
        if self.width == Some(0) || self.height == Some(0) {
            return Err(Error::request(
                "a width or height of 0 pixels; leave it out to keep the picture's own",
            ));
        }
        match self.quality {
            Some(quality) if !(20..=100).contains(&quality) => Err(Error::request(format!(
                "a quality of {quality}; it goes from 20 to 100"
            ))),
            _ => Ok(()),
        }
    }

    /// Adds what is set to a query.
    pub(crate) fn to_query<'a>(&self, mut uri: UriBuilder<'a>) -> UriBuilder<'a> {
        let number = |value: u32| value.to_string();
        let pairs = [
            ("width", self.width.map(number)),
            ("height", self.height.map(number)),
            (
                "resize",
                self.resize.map(|resize| resize.as_str().to_owned()),
            ),
            (
                "format",
                self.format.map(|format| format.as_str().to_owned()),
            ),
            ("quality", self.quality.map(u32::from).map(number)),
        ];
        for (name, value) in pairs {
            if let Some(value) = value {
                uri = uri.pair(name, &value);
            }
        }
        uri
    }
}

impl Resize {
    fn as_str(self) -> &'static str {
        match self {
            Self::Cover => "cover",
            Self::Contain => "contain",
            Self::Fill => "fill",
        }
    }
}

impl ImageFormat {
    fn as_str(self) -> &'static str {
        match self {
            Self::Origin => "origin",
            Self::Avif => "avif",
            Self::Webp => "webp",
        }
    }
}
