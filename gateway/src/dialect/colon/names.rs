//! The dialect's events.

event_names! {
    // From clients.
    JOIN = "join:conversation";
    LEAVE = "leave:conversation";
    SEND = "send:message";
    TYPING_START = "typing:start";
    TYPING_STOP = "typing:stop";
    MESSAGE_READ = "message:read";
    MESSAGE_EDIT = "message:edit";
    MESSAGE_DELETE = "message:delete";
    MESSAGE_REACT = "message:react";
    PRESENCE_GET = "presence:get";
    SYNC = "sync";
    SESSION_REFRESH = "session:refresh";

    // To clients.
    SESSION_READY = "session:ready";
    SESSION_EXPIRING = "session:expiring";
    SESSION_EXPIRED = "session:expired";
    NEW_MESSAGE = "new:message";
    MESSAGE_SENT = "message:sent";
    MESSAGE_DELIVERED = "message:delivered";
    MESSAGES_READ = "messages:read";
    USER_ONLINE = "user:online";
    USER_OFFLINE = "user:offline";
    MESSAGE_UPDATED = "message:updated";
    MESSAGE_DELETED = "message:deleted";
    CONVERSATION_NEW = "conversation:new";
    CONVERSATION_UPDATED = "conversation:updated";
    CONVERSATION_REMOVED = "conversation:removed";
    PHOTO_UPDATED = "group:photo:updated";
    PHOTO_REMOVED = "group:photo:removed";
    MEMBER_JOINED = "group:member:joined";
    MEMBER_LEFT = "group:member:left";
    ERROR = "error";
}
