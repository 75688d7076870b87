//! How a dialect declares its events: once, for what is read and sent as for what is documented.

use std::borrow::Cow;
use std::marker::PhantomData;

use natter_domain::Rejection;
use serde::Serialize;
use serde_json::Value;
use utoipa::openapi::{ObjectBuilder, Ref, RefOr, Schema, Type};
use utoipa::{PartialSchema, ToSchema};

use super::{Operation, Request, wire};
use crate::socket::{Frame, Payload};

/// What a type is as JSON.
#[derive(Clone, Copy)]
pub(crate) struct Shape {
    name: fn() -> Cow<'static, str>,
    schema: fn() -> RefOr<Schema>,
    parts: fn(&mut Schemas),
}

/// Schemas with their names.
pub(crate) type Schemas = Vec<(String, RefOr<Schema>)>;

impl Shape {
    pub(crate) const fn of<T: ToSchema>() -> Self {
        Self { name: T::name, schema: T::schema, parts: T::schemas }
    }

    /// What documents call it: a dialect may fill in what a shape leaves open, so that each has its
    /// own.
    fn name(self, dialect: &str) -> String {
        let name = (self.name)();
        match name.strip_prefix(dialect) {
            Some(rest) if rest.starts_with('.') => name.into_owned(),
            _ => format!("{dialect}.{name}"),
        }
    }

    /// A reference to it, by which it is found once [`Shape::describe`] was called.
    pub(crate) fn reference(self, dialect: &str) -> Ref {
        Ref::from_schema_name(self.name(dialect))
    }

    /// Adds it and all that it refers to.
    pub(crate) fn describe(self, dialect: &str, schemas: &mut Schemas) {
        (self.parts)(schemas);
        schemas.push((self.name(dialect), (self.schema)()));
    }
}

/// An event that clients send.
pub(crate) struct ClientEvent {
    pub(crate) name: &'static str,
    /// What it does.
    pub(crate) about: &'static str,
    pub(crate) operation: Operation,
    pub(crate) payload: Shape,
    pub(crate) ack: Shape,
    /// What it may be refused for, beside what any event may.
    pub(crate) rejections: &'static [Rejection],
    /// What the client asks for. A rejection is [`Rejection::Invalid`].
    pub(crate) read: fn(&Payload) -> Result<Request, Rejection>,
}

/// Declares the events that clients send: `"name" => Operation, Payload -> Ack, [rejections], |payload| request;`
macro_rules! client_events {
    ($($(#[doc = $about:literal])+ $name:literal => $operation:ident, $payload:ty => $ack:ty, [$($rejection:ident),*], $request:expr;)*) => {
        pub(super) static CLIENT_EVENTS: &[$crate::dialect::event::ClientEvent] = &[$(
            $crate::dialect::event::ClientEvent {
                name: $name,
                about: concat!($($about),+),
                operation: $crate::dialect::Operation::$operation,
                payload: $crate::dialect::event::Shape::of::<$payload>(),
                ack: $crate::dialect::event::Shape::of::<$crate::dialect::event::Succeeded<$ack>>(),
                rejections: &[$(natter_domain::Rejection::$rejection),*],
                read: |payload| {
                    let request: fn($payload) -> $crate::dialect::Request = $request;
                    <$payload as $crate::dialect::payload::Sent>::read(payload).map(request)
                },
            }
        ),*];
    };
}

/// An event that the server sends, for documents.
pub(crate) struct Told {
    pub(crate) name: &'static str,
    /// What it says, and to whom.
    pub(crate) about: &'static str,
    pub(crate) payload: Shape,
}

/// An event that the server sends: nothing but a `T` goes under its name.
pub(crate) struct ServerEvent<T> {
    name: &'static str,
    about: &'static str,
    payload: PhantomData<fn(T)>,
}

impl<T: Serialize + ToSchema> ServerEvent<T> {
    pub(crate) const fn new(name: &'static str, about: &'static str) -> Self {
        Self { name, about, payload: PhantomData }
    }

    pub(crate) const fn told(&self) -> Told {
        Told { name: self.name, about: self.about, payload: Shape::of::<T>() }
    }

    /// For clients.
    pub(crate) fn frame(&self, payload: &T) -> Frame {
        // Only a map whose keys are no strings could not be encoded, and there is none.
        Frame::new(self.name, payload).unwrap_or_else(|_| Frame::of_value(self.name, &Value::Null))
    }
}

/// Declares the events that the server sends: `NAME = "name": Payload;`
macro_rules! server_events {
    ($($(#[doc = $about:literal])+ $event:ident = $name:literal: $payload:ty;)*) => {
        $(
            $(#[doc = $about])+
            pub(super) const $event: $crate::dialect::event::ServerEvent<$payload> =
                $crate::dialect::event::ServerEvent::new($name, concat!($($about),+));
        )*

        pub(super) static SERVER_EVENTS: &[$crate::dialect::event::Told] = &[$($event.told()),*];
    };
}

/// The object of an ack of success: what there is to tell, and `success: true`.
#[derive(Serialize)]
pub(crate) struct Succeeded<T> {
    success: bool,
    #[serde(flatten)]
    told: T,
}

/// An ack's object.
pub(crate) fn succeeded<T: Serialize>(told: T) -> Value {
    wire::json(&Succeeded { success: true, told })
}

impl<T: ToSchema> PartialSchema for Succeeded<T> {
    fn schema() -> RefOr<Schema> {
        let mut schema = T::schema();
        if let RefOr::T(Schema::Object(object)) = &mut schema {
            let success = ObjectBuilder::new().schema_type(Type::Boolean).enum_values(Some([true]));
            object.properties.insert("success".to_owned(), success.into());
            object.required.insert(0, "success".to_owned());
        }
        schema
    }
}

impl<T: ToSchema> ToSchema for Succeeded<T> {
    fn name() -> Cow<'static, str> {
        Cow::Owned(format!("{}.Ack", T::name()))
    }

    fn schemas(schemas: &mut Schemas) {
        T::schemas(schemas);
    }
}
