//! Declaring objects that clients send: once, for how they are read as for what is documented.

use natter_domain::message::MAX_CLIENT_MESSAGE_ID;
use natter_domain::{ConversationId, Media, MessageId, Rejection, UserId};
use utoipa::PartialSchema;
use utoipa::openapi::{ObjectBuilder, RefOr, Schema, Type};

use super::payload::{Fields, FromFields, MAX_FILE_TEXT};
use super::wire::Id;

/// A field of an object that clients send. `null` is the same as absent.
pub(crate) trait Field: Sized {
    /// Whether it must be there.
    const REQUIRED: bool = true;

    /// Takes it from an object.
    ///
    /// # Errors
    /// [`Rejection::Invalid`], which names it.
    fn read(fields: &Fields, name: &str) -> Result<Self, Rejection>;

    /// What it is as JSON.
    fn schema() -> RefOr<Schema>;
}

/// Declares an object: `Type as "Name" { field: Type = "name", ..rest: Object }`, where the fields of
/// `rest` are among its own.
macro_rules! object {
    ($(#[doc = $about:literal])+ $object:ident as $title:literal {
        $($(#[doc = $what:literal])+ $field:ident: $type:ty = $name:literal,)*
        $(..$rest:ident: $of_rest:ty)?
    }) => {
        $(#[doc = $about])+
        pub(crate) struct $object {
            $($(#[doc = $what])+ pub(crate) $field: $type,)*
            $(pub(crate) $rest: $of_rest,)?
        }

        impl $crate::dialect::payload::FromFields for $object {
            fn from_fields(fields: &$crate::dialect::Fields) -> Result<Self, natter_domain::Rejection> {
                Ok(Self {
                    $($field: <$type as $crate::dialect::object::Field>::read(fields, $name)?,)*
                    $($rest: <$of_rest as $crate::dialect::payload::FromFields>::from_fields(fields)?,)?
                })
            }
        }

        impl utoipa::PartialSchema for $object {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
                let object = utoipa::openapi::ObjectBuilder::new().schema_type(utoipa::openapi::Type::Object)
                    .description(Some(concat!($($about),+).trim()));
                $(let object = $crate::dialect::object::with::<$type>(object, $name, concat!($($what),+));)*
                $(let object = $crate::dialect::object::with_all(object, <$of_rest as utoipa::PartialSchema>::schema());)?
                object.into()
            }
        }

        impl utoipa::ToSchema for $object {
            fn name() -> std::borrow::Cow<'static, str> {
                std::borrow::Cow::Borrowed($title)
            }
        }
    };
}

/// Adds a field to an object's description.
pub(crate) fn with<F: Field>(object: ObjectBuilder, name: &str, about: &str) -> ObjectBuilder {
    let mut schema = F::schema();
    let about = Some(about.trim().to_owned());
    match &mut schema {
        RefOr::T(Schema::Object(field)) => field.description = about,
        RefOr::T(Schema::Array(field)) => field.description = about,
        _ => {}
    }
    let object = object.property(name, schema);
    if F::REQUIRED { object.required(name) } else { object }
}

/// Adds another object's fields to an object's description.
pub(crate) fn with_all(mut object: ObjectBuilder, other: RefOr<Schema>) -> ObjectBuilder {
    if let RefOr::T(Schema::Object(other)) = other {
        for (name, schema) in other.properties {
            object = object.property(name, schema);
        }
        for name in other.required {
            object = object.required(name);
        }
    }
    object
}

pub(crate) fn string() -> ObjectBuilder {
    ObjectBuilder::new().schema_type(Type::String)
}

impl<F: Field> Field for Option<F> {
    const REQUIRED: bool = false;

    fn read(fields: &Fields, name: &str) -> Result<Self, Rejection> {
        fields.get(name).map(|_| F::read(fields, name)).transpose()
    }

    fn schema() -> RefOr<Schema> {
        F::schema()
    }
}

impl Field for String {
    fn read(fields: &Fields, name: &str) -> Result<Self, Rejection> {
        fields.text(name).map(str::to_owned)
    }

    fn schema() -> RefOr<Schema> {
        string().into()
    }
}

impl Field for u64 {
    fn read(fields: &Fields, name: &str) -> Result<Self, Rejection> {
        fields.optional_number(name)?.ok_or_else(|| Rejection::invalid(name, "is required"))
    }

    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(0)).into()
    }
}

/// Absent is `false`.
impl Field for bool {
    const REQUIRED: bool = false;

    fn read(fields: &Fields, name: &str) -> Result<Self, Rejection> {
        fields.flag(name)
    }

    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new().schema_type(Type::Boolean).into()
    }
}

/// Ids: a malformed one is one that nothing has.
macro_rules! ids {
    ($($id:ty),*) => {$(
        impl Field for $id {
            fn read(fields: &Fields, name: &str) -> Result<Self, Rejection> {
                fields.id(name, Self::lenient)
            }

            fn schema() -> RefOr<Schema> {
                Id::schema()
            }
        }
    )*};
}

ids!(ConversationId, MessageId, UserId);

/// A sender's own name for a message.
pub(crate) struct ClientMessageId(pub(crate) String);

impl Field for ClientMessageId {
    fn read(fields: &Fields, name: &str) -> Result<Self, Rejection> {
        let text = fields.text(name)?;
        if text.is_empty() || text.chars().nth(MAX_CLIENT_MESSAGE_ID).is_some() {
            let what = format!("must have 1 to {MAX_CLIENT_MESSAGE_ID} characters");
            return Err(Rejection::invalid(name, what));
        }
        Ok(Self(text.to_owned()))
    }

    fn schema() -> RefOr<Schema> {
        string().min_length(Some(1)).max_length(Some(MAX_CLIENT_MESSAGE_ID)).into()
    }
}

/// A file's name, type or URL.
pub(crate) struct FileText(pub(crate) String);

impl Field for FileText {
    fn read(fields: &Fields, name: &str) -> Result<Self, Rejection> {
        let text = fields.text(name)?;
        if text.len() > MAX_FILE_TEXT {
            return Err(Rejection::invalid(name, "is too long"));
        }
        Ok(Self(text.to_owned()))
    }

    fn schema() -> RefOr<Schema> {
        string().max_length(Some(MAX_FILE_TEXT)).into()
    }
}

/// Where a file is.
pub(crate) struct FileUrl(pub(crate) String);

impl Field for FileUrl {
    fn read(fields: &Fields, name: &str) -> Result<Self, Rejection> {
        let FileText(url) = FileText::read(fields, name)?;
        if url.is_empty() { Err(Rejection::invalid(name, "is required")) } else { Ok(Self(url)) }
    }

    fn schema() -> RefOr<Schema> {
        string().min_length(Some(1)).max_length(Some(MAX_FILE_TEXT)).into()
    }
}

/// A file inside of `field`, by whose name its faults are told.
pub(crate) fn file<F: FromFields + Into<Media>>(file: &Fields, field: &str) -> Result<Media, Rejection> {
    F::from_fields(file).map(Into::into).map_err(|rejection| match rejection {
        Rejection::Invalid { field: inner, what } => Rejection::invalid(field, format!("{inner} {what}")),
        other => other,
    })
}
