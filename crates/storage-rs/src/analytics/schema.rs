//! The shape of a table: its columns, how it is split into files and how they are sorted.
//!
//! By the [table specification](https://iceberg.apache.org/spec/).

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};

/// The columns of a table.
///
/// ```
/// use storage_rs::analytics::{Field, Schema, Type};
///
/// let schema = Schema::new([
///     Field::required(1, "id", Type::long()),
///     Field::optional(2, "at", Type::timestamp()).doc("when it happened"),
///     Field::optional(3, "tags", Type::list(4, Type::string(), true)),
///     Field::optional(5, "counts", Type::map(6, Type::string(), 7, Type::int(), false)),
///     Field::optional(8, "place", Type::structure([Field::required(9, "city", Type::string())])),
///     Field::optional(10, "price", Type::decimal(9, 2)),
/// ])
/// .id(0)
/// .identifier_fields([1]);
/// assert_eq!(schema.fields.len(), 6);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub struct Schema {
    /// Always `struct`.
    #[serde(rename = "type", default = "struct_name")]
    pub kind: String,
    /// Its number among the schemas of the table; the server gives one to a new table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub schema_id: Option<i32>,
    /// The columns whose values name a row.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub identifier_field_ids: Option<Vec<i32>>,
    /// The columns.
    pub fields: Vec<Field>,
    /// What else the server says.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

fn struct_name() -> String {
    "struct".to_owned()
}

impl Schema {
    /// A schema of these columns.
    #[must_use]
    pub fn new(fields: impl IntoIterator<Item = Field>) -> Self {
        Self {
            kind: struct_name(),
            schema_id: None,
            identifier_field_ids: None,
            fields: fields.into_iter().collect(),
            other: Map::new(),
        }
    }

    /// Its number among the schemas of the table.
    #[must_use]
    pub fn id(mut self, id: i32) -> Self {
        self.schema_id = Some(id);
        self
    }

    /// The columns, by their ids, whose values name a row.
    #[must_use]
    pub fn identifier_fields(mut self, ids: impl IntoIterator<Item = i32>) -> Self {
        self.identifier_field_ids = Some(ids.into_iter().collect());
        self
    }
}

/// A column, or a part of a structure.
///
/// ```
/// use storage_rs::analytics::{Field, Type};
///
/// let id = Field::required(1, "id", Type::long());
/// let at = Field::optional(2, "at", Type::timestamp()).doc("when it happened");
/// assert!(id.required && !at.required);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Field {
    /// Its number, by which files know it: unique in the table, and never used again.
    pub id: i32,
    /// Its name.
    pub name: String,
    /// What it holds.
    #[serde(rename = "type")]
    pub kind: Type,
    /// Whether every row has it.
    pub required: bool,
    /// What it is for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub doc: Option<String>,
    /// What else the server says, such as `initial-default`.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl Field {
    /// A column that every row has.
    #[must_use]
    pub fn required(id: i32, name: impl Into<String>, kind: Type) -> Self {
        Self {
            id,
            name: name.into(),
            kind,
            required: true,
            doc: None,
            other: Map::new(),
        }
    }

    /// A column that may be null.
    #[must_use]
    pub fn optional(id: i32, name: impl Into<String>, kind: Type) -> Self {
        Self {
            required: false,
            ..Self::required(id, name, kind)
        }
    }

    /// Says what it is for.
    #[must_use]
    pub fn doc(mut self, text: impl Into<String>) -> Self {
        self.doc = Some(text.into());
        self
    }
}

/// What a column holds.
///
/// ```
/// use storage_rs::analytics::{Field, Type};
///
/// assert_eq!(serde_json::json!(Type::decimal(9, 2)), "decimal(9,2)");
/// let tags = Type::list(4, Type::string(), true);
/// let counts = Type::map(6, Type::string(), 7, Type::int(), false);
/// let place = Type::structure([Field::required(9, "city", Type::string())]);
/// assert_eq!(serde_json::json!(tags)["element"], "string");
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum Type {
    /// A value of this type, such as `long` or `decimal(9,2)`.
    Primitive(String),
    /// A structure, list or map.
    Nested(NestedType),
    /// What newer servers say.
    Other(Value),
}

/// A type that is made of others.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "lowercase")]
#[non_exhaustive]
pub enum NestedType {
    /// Named parts.
    Struct {
        /// The parts.
        fields: Vec<Field>,
    },
    /// Any number of values of one type.
    #[serde(rename_all = "kebab-case")]
    List {
        /// The id of the values.
        element_id: i32,
        /// Their type.
        element: Box<Type>,
        /// Whether none of them is null.
        element_required: bool,
    },
    /// Values by keys.
    #[serde(rename_all = "kebab-case")]
    Map {
        /// The id of the keys.
        key_id: i32,
        /// Their type.
        key: Box<Type>,
        /// The id of the values.
        value_id: i32,
        /// Their type.
        value: Box<Type>,
        /// Whether none of the values is null.
        value_required: bool,
    },
}

macro_rules! primitives {
    ($($(#[$doc:meta])* $name:ident = $text:literal;)*) => {$(
        $(#[$doc])*
        ///
        /// ```
        /// # use storage_rs::analytics::Type;
        #[doc = concat!("assert_eq!(serde_json::json!(Type::", stringify!($name), "()), \"", $text, "\");")]
        /// ```
        #[must_use]
        pub fn $name() -> Self {
            Self::Primitive($text.to_owned())
        }
    )*};
}

impl Type {
    primitives! {
        /// True or false.
        boolean = "boolean";
        /// A whole number of 32 bits.
        int = "int";
        /// A whole number of 64 bits.
        long = "long";
        /// A number of 32 bits.
        float = "float";
        /// A number of 64 bits.
        double = "double";
        /// A day.
        date = "date";
        /// A time of day, in microseconds.
        time = "time";
        /// A day and time in microseconds, of no time zone.
        timestamp = "timestamp";
        /// A moment, in microseconds.
        timestamptz = "timestamptz";
        /// A text.
        string = "string";
        /// A UUID.
        uuid = "uuid";
        /// Bytes.
        binary = "binary";
    }

    /// A number of this many digits, so many of them after the point.
    #[must_use]
    pub fn decimal(precision: u8, scale: u8) -> Self {
        Self::Primitive(format!("decimal({precision},{scale})"))
    }

    /// So many bytes.
    ///
    /// ```
    /// # use storage_rs::analytics::Type;
    /// assert_eq!(serde_json::json!(Type::fixed(16)), "fixed[16]");
    /// ```
    #[must_use]
    pub fn fixed(bytes: u32) -> Self {
        Self::Primitive(format!("fixed[{bytes}]"))
    }

    /// Named parts.
    #[must_use]
    pub fn structure(fields: impl IntoIterator<Item = Field>) -> Self {
        Self::Nested(NestedType::Struct {
            fields: fields.into_iter().collect(),
        })
    }

    /// Any number of values; `id` is theirs, and `required` says that none of them is null.
    #[must_use]
    pub fn list(id: i32, element: Self, required: bool) -> Self {
        Self::Nested(NestedType::List {
            element_id: id,
            element: Box::new(element),
            element_required: required,
        })
    }

    /// Values by keys; `required` says that no value is null.
    #[must_use]
    pub fn map(key_id: i32, key: Self, value_id: i32, value: Self, required: bool) -> Self {
        Self::Nested(NestedType::Map {
            key_id,
            key: Box::new(key),
            value_id,
            value: Box::new(value),
            value_required: required,
        })
    }
}

/// What is made of a column's value to split or sort rows by.
///
/// ```
/// use storage_rs::analytics::ColumnTransform;
///
/// assert_eq!(ColumnTransform::Bucket(16).to_string(), "bucket[16]");
/// assert_eq!(ColumnTransform::from("truncate[8]"), ColumnTransform::Truncate(8));
/// assert_eq!(ColumnTransform::from("day"), ColumnTransform::Day);
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ColumnTransform {
    /// The value itself.
    Identity,
    /// Its year.
    Year,
    /// Its month.
    Month,
    /// Its day.
    Day,
    /// Its hour.
    Hour,
    /// Nothing.
    Void,
    /// Its hash, as one of so many.
    Bucket(u32),
    /// Its beginning of so many characters, or the number rounded down to a multiple.
    Truncate(u32),
    /// What newer servers say.
    Other(String),
}

const PLAIN: [(ColumnTransform, &str); 6] = [
    (ColumnTransform::Identity, "identity"),
    (ColumnTransform::Year, "year"),
    (ColumnTransform::Month, "month"),
    (ColumnTransform::Day, "day"),
    (ColumnTransform::Hour, "hour"),
    (ColumnTransform::Void, "void"),
];

impl fmt::Display for ColumnTransform {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bucket(count) => write!(f, "bucket[{count}]"),
            Self::Truncate(width) => write!(f, "truncate[{width}]"),
            Self::Other(text) => f.write_str(text),
            plain => f.write_str(
                PLAIN
                    .iter()
                    .find(|(one, _)| one == plain)
                    .map_or("", |(_, text)| text),
            ),
        }
    }
}

impl From<&str> for ColumnTransform {
    fn from(text: &str) -> Self {
        let number = |name: &str| -> Option<u32> {
            let digits = text.strip_prefix(name)?.strip_prefix('[')?;
            let number = digits.strip_suffix(']')?.parse().ok()?;
            // What would be written in another way is kept as it is.
            (format!("{name}[{number}]") == text).then_some(number)
        };
        if let Some((plain, _)) = PLAIN.iter().find(|(_, name)| *name == text) {
            return plain.clone();
        }
        if let Some(count) = number("bucket") {
            return Self::Bucket(count);
        }
        number("truncate").map_or_else(|| Self::Other(text.to_owned()), Self::Truncate)
    }
}

impl Serialize for ColumnTransform {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ColumnTransform {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self::from(text.as_str()))
    }
}

/// How a table is split into files.
///
/// ```
/// use storage_rs::analytics::{ColumnTransform, PartitionField, PartitionSpec};
///
/// let daily = PartitionSpec::new([PartitionField::new(2, "day", ColumnTransform::Day).id(1000)]).id(0);
/// assert_eq!(daily.fields[0].source_id, 2);
/// ```
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub struct PartitionSpec {
    /// Its number among those of the table; the server gives one to a new table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub spec_id: Option<i32>,
    /// By what.
    pub fields: Vec<PartitionField>,
    /// What else the server says.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl PartitionSpec {
    /// Split by these.
    #[must_use]
    pub fn new(fields: impl IntoIterator<Item = PartitionField>) -> Self {
        Self {
            fields: fields.into_iter().collect(),
            ..Self::default()
        }
    }

    /// Its number among those of the table.
    #[must_use]
    pub fn id(mut self, id: i32) -> Self {
        self.spec_id = Some(id);
        self
    }
}

/// By what of a column a table is split.
///
/// ```
/// use storage_rs::analytics::{ColumnTransform, PartitionField};
///
/// let day = PartitionField::new(2, "day", ColumnTransform::Day).id(1000);
/// assert_eq!((day.source_id, day.field_id), (2, Some(1000)));
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub struct PartitionField {
    /// The id of the column.
    pub source_id: i32,
    /// Its own id, from 1000; the server gives one to a new table.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field_id: Option<i32>,
    /// Its name.
    pub name: String,
    /// What is made of the column's value.
    pub transform: ColumnTransform,
    /// What else the server says.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl PartitionField {
    /// By what is made of the column of this id.
    #[must_use]
    pub fn new(source_id: i32, name: impl Into<String>, transform: ColumnTransform) -> Self {
        Self {
            source_id,
            field_id: None,
            name: name.into(),
            transform,
            other: Map::new(),
        }
    }

    /// Its own id, from 1000.
    #[must_use]
    pub fn id(mut self, id: i32) -> Self {
        self.field_id = Some(id);
        self
    }
}

/// How the rows of a table are sorted when they are written.
///
/// ```
/// use storage_rs::analytics::{ColumnTransform, WriteOrder, WriteOrderField};
///
/// let newest = WriteOrder::new(1, [WriteOrderField::new(2, ColumnTransform::Identity).descending().nulls_last()]);
/// let none = WriteOrder::new(0, []);
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub struct WriteOrder {
    /// Its number among those of the table; 0 is no order.
    pub order_id: i32,
    /// By what.
    pub fields: Vec<WriteOrderField>,
    /// What else the server says.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl WriteOrder {
    /// Sorted by these; number 0 is no order.
    #[must_use]
    pub fn new(id: i32, fields: impl IntoIterator<Item = WriteOrderField>) -> Self {
        Self {
            order_id: id,
            fields: fields.into_iter().collect(),
            other: Map::new(),
        }
    }
}

/// By what of a column rows are sorted.
///
/// ```
/// use storage_rs::analytics::{ColumnTransform, WriteOrderField};
///
/// let newest = WriteOrderField::new(2, ColumnTransform::Identity).descending().nulls_last();
/// assert_eq!((&newest.direction[..], &newest.null_order[..]), ("desc", "nulls-last"));
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub struct WriteOrderField {
    /// The id of the column.
    pub source_id: i32,
    /// What is made of its value.
    pub transform: ColumnTransform,
    /// `asc` or `desc`.
    pub direction: String,
    /// `nulls-first` or `nulls-last`.
    pub null_order: String,
    /// What else the server says.
    #[serde(flatten)]
    pub other: Map<String, Value>,
}

impl WriteOrderField {
    /// By what is made of the column of this id: smallest first, nulls before all.
    #[must_use]
    pub fn new(source_id: i32, transform: ColumnTransform) -> Self {
        Self {
            source_id,
            transform,
            direction: "asc".to_owned(),
            null_order: "nulls-first".to_owned(),
            other: Map::new(),
        }
    }

    /// Largest first.
    #[must_use]
    pub fn descending(mut self) -> Self {
        "desc".clone_into(&mut self.direction);
        self
    }

    /// Nulls after all.
    #[must_use]
    pub fn nulls_last(mut self) -> Self {
        "nulls-last".clone_into(&mut self.null_order);
        self
    }
}
