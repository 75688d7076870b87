//! People, their sessions, files and histories.

use natter_domain::activity::ActivityEntry;
use natter_domain::media::{Media, MediaKind, MediaRecord};
use natter_domain::page::PageRequest;
use natter_domain::presence::SocketCount;
use natter_domain::session::{Bearer, Revocation, RevocationScope};
use natter_domain::user::{Profile, ProfileChange, User, UserRef};

use crate::error::DecodeError;
use crate::generated as proto;
use crate::wire::{Wire, enumeration, message, record};

record! {
    UserRef { id, username, name, profile_image }
    Profile { user, last_seen }
    User { profile, email, created_at }
    Media { url, kind, filename, size, mimetype }
    MediaRecord { url, owner, kind, mimetype, filename, size, created_at }
    ActivityEntry { id, user, kind, reference, details, client_id, created_at }
    PageRequest { cursor, limit }
    Bearer { user, session, own, issued_at, expires_at }
    Revocation { user, scope, at }
    SocketCount { user, sockets }
}

enumeration! {
    MediaKind { Image = Image, Video = Video, Audio = Audio, File = File }
}

message! {
    () as proto::Nothing: |()| proto::Nothing {}, |proto::Nothing {}| Ok(());

    ProfileChange as proto::ProfileChange:
        |it| proto::ProfileChange {
            name: it.name.encode_field(),
            username: it.username.encode_field(),
            profile_image: it.profile_image.as_ref().map(|url| proto::ImageChange { url: url.encode() }),
            email: it.email.encode_field(),
        },
        |proto| Ok(Self {
            name: proto.name,
            username: proto.username,
            profile_image: proto.profile_image.map(|change| change.url),
            email: proto.email,
        });

    RevocationScope as proto::RevocationScope:
        |it| {
            use proto::revocation_scope::Kind;
            let kind = match it {
                Self::Session(session) => Kind::Session(session.encode()),
                Self::Everything => Kind::Everything(proto::Nothing {}),
                Self::UserGone => Kind::UserGone(proto::Nothing {}),
            };
            proto::RevocationScope { kind: Some(kind) }
        },
        |proto| {
            use proto::revocation_scope::Kind;
            match proto.kind {
                Some(Kind::Session(session)) => Wire::decode(session).map(Self::Session),
                Some(Kind::Everything(proto::Nothing {})) => Ok(Self::Everything),
                Some(Kind::UserGone(proto::Nothing {})) => Ok(Self::UserGone),
                None => Err(DecodeError::UnknownVariant { of: "RevocationScope" }),
            }
        };
}
