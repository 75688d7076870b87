//! Conversations and who takes part in them.

use natter_domain::conversation::{
    Conversation, ConversationKind, ConversationView, LastMessage, Member, Participant, Role,
};

use crate::wire::{enumeration, record};

record! {
    Participant { user, role, joined_at }
    Conversation { id, kind, name, photo, participants, created_at, updated_at }
    LastMessage { content, sender, at, kind }
    Member { user, role }
    ConversationView { conversation, members, head, last_message, unread, updated_at }
}

enumeration! {
    ConversationKind { Direct = Direct, Group = Group }
    Role { Admin = Admin, Member = Member }
}
