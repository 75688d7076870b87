//! The dialect's events.

pub(super) const JOIN: &str = "join:conversation";
pub(super) const LEAVE: &str = "leave:conversation";
pub(super) const SEND: &str = "send:message";
pub(super) const TYPING_START: &str = "typing:start";
pub(super) const TYPING_STOP: &str = "typing:stop";
pub(super) const MESSAGE_READ: &str = "message:read";
pub(super) const MESSAGE_EDIT: &str = "message:edit";
pub(super) const MESSAGE_DELETE: &str = "message:delete";
pub(super) const MESSAGE_REACT: &str = "message:react";
pub(super) const PRESENCE_GET: &str = "presence:get";
pub(super) const SYNC: &str = "sync";
pub(super) const SESSION_REFRESH: &str = "session:refresh";

pub(super) const SESSION_READY: &str = "session:ready";
pub(super) const SESSION_EXPIRING: &str = "session:expiring";
pub(super) const SESSION_EXPIRED: &str = "session:expired";
pub(super) const NEW_MESSAGE: &str = "new:message";
pub(super) const MESSAGE_SENT: &str = "message:sent";
pub(super) const MESSAGE_DELIVERED: &str = "message:delivered";
pub(super) const MESSAGES_READ: &str = "messages:read";
pub(super) const USER_ONLINE: &str = "user:online";
pub(super) const USER_OFFLINE: &str = "user:offline";
pub(super) const MESSAGE_UPDATED: &str = "message:updated";
pub(super) const MESSAGE_DELETED: &str = "message:deleted";
pub(super) const CONVERSATION_NEW: &str = "conversation:new";
pub(super) const CONVERSATION_UPDATED: &str = "conversation:updated";
pub(super) const CONVERSATION_REMOVED: &str = "conversation:removed";
pub(super) const PHOTO_UPDATED: &str = "group:photo:updated";
pub(super) const PHOTO_REMOVED: &str = "group:photo:removed";
pub(super) const MEMBER_JOINED: &str = "group:member:joined";
pub(super) const MEMBER_LEFT: &str = "group:member:left";
pub(super) const ERROR: &str = "error";
