//! What the API's documentation says of objects, beside those that are made for answers.

mod request;
mod shown;

pub(super) use request::{
    AddParticipants, CreateConversation, LogIn, LogOut, MarkRead, PatchConversation, PatchMe, PutUser,
    RefreshTokens, Register, SetRole,
};
pub(super) use shown::{Conversation, InDialect, Message, PatchMessage, SendMessage};

use utoipa::IntoParams;

pub(super) use crate::dialect::wire::{ErrorCode, Id, Time};

/// Which page of a list.
#[derive(IntoParams)]
#[into_params(parameter_in = Query)]
#[expect(dead_code, reason = "described, never made")]
pub(super) struct Paging {
    /// Items at the most.
    #[param(minimum = 1, maximum = 100, default = 50)]
    limit: Option<u32>,
    /// `nextCursor` of the page before. Opaque.
    cursor: Option<String>,
}
