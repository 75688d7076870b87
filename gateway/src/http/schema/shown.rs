//! What each dialect has a shape of its own for.

use std::borrow::Cow;

use utoipa::openapi::path::{Parameter, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::AnyOfBuilder;
use utoipa::openapi::{ObjectBuilder, RefOr, Required, Schema, Type};
use utoipa::{IntoParams, PartialSchema, ToSchema};

use crate::dialect::{DIALECTS, Schemas};

/// Describes a shape as what it is in one dialect or another. Some values are the same in several.
macro_rules! in_each_dialect {
    ($($(#[doc = $about:literal])+ $shape:ident: $field:ident,)*) => {$(
        $(#[doc = $about])+
        pub(in crate::http) struct $shape;

        impl PartialSchema for $shape {
            fn schema() -> RefOr<Schema> {
                let any = AnyOfBuilder::new().description(Some(concat!($($about),+).trim()));
                DIALECTS.iter().fold(any, |any, dialect| any.item(dialect.http().$field.reference(dialect.name()))).into()
            }
        }

        impl ToSchema for $shape {
            fn name() -> Cow<'static, str> {
                Cow::Borrowed(stringify!($shape))
            }

            fn schemas(schemas: &mut Schemas) {
                for dialect in DIALECTS {
                    dialect.http().describe(dialect.name(), schemas);
                }
            }
        }
    )*};
}

in_each_dialect! {
    /// A message, in the client's dialect.
    Message: message,
    /// A conversation as the caller sees it, in the client's dialect.
    Conversation: conversation,
    /// A message to send, in the client's dialect.
    SendMessage: draft,
    /// A message's new text, in the client's dialect.
    PatchMessage: new_text,
}

/// In which dialect objects are taken and shown.
pub(in crate::http) struct InDialect;

impl IntoParams for InDialect {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let names: Vec<_> = DIALECTS.iter().map(|dialect| dialect.name()).collect();
        let parameter = |name: &str, place: ParameterIn, about: &str| {
            ParameterBuilder::new()
                .name(name)
                .parameter_in(place)
                .required(Required::False)
                .description(Some(about))
                .schema(Some(ObjectBuilder::new().schema_type(Type::String).enum_values(Some(names.clone()))))
                .build()
        };
        let header = "The client's dialect: as configured where neither names one.";
        vec![
            parameter("X-Dialect", ParameterIn::Header, header),
            parameter("dialect", ParameterIn::Query, "The same; the header wins."),
        ]
    }
}
