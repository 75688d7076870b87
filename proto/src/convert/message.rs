//! Messages, changes, receipts.

use natter_domain::media::MediaKind;
use natter_domain::message::{
    Change, ChangeKind, Draft, Head, Message, MessageKind, MessageStatus, Quote, Reaction, ReadBy,
    StoredMessage,
};
use natter_domain::receipt::{ReadReceipt, Receipt};

use crate::wire::{enumeration, record};

record! {
    Reaction { emoji, users }
    StoredMessage {
        id, conversation, sender, text, media, kind, reply_to, reactions, seq, rev, created_rev,
        client_message_id, edited_at, deleted, created_at, updated_at,
    }
    Quote { id, text, sender }
    ReadBy { user, at }
    Message { stored, sender, status, read_by, reply_to }
    Draft { text, media, kind, reply_to, client_message_id }
    Head { rev, seq }
    Change { kind, message }
    ReadReceipt { conversation, messages, reader, at }
    Receipt { user, joined_seq, delivered_seq, read_seq, read_at }
}

enumeration! {
    MessageKind {
        Text = Text,
        Media(MediaKind::Image) = Image,
        Media(MediaKind::Video) = Video,
        Media(MediaKind::Audio) = Audio,
        Media(MediaKind::File) = File,
    }
    MessageStatus { Sent = Sent, Delivered = Delivered, Read = Read }
    ChangeKind { Created = Created, Updated = Updated, Deleted = Deleted }
}
