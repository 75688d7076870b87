//! The dialect's events.

event_names! {
    // From clients.
    SEND_DIRECT = "send_direct_message";
    SEND_GROUP = "send_group_message";
    MARK_AS_READ = "mark_as_read";
    JOIN_GROUP = "join_group";
    LEAVE_GROUP = "leave_group";
    TYPING_START = "typing_start";
    TYPING_STOP = "typing_stop";
    EDIT_MESSAGE = "edit_message";
    DELETE_MESSAGE = "delete_message";
    REACT_MESSAGE = "react_message";
    GET_PRESENCE = "get_presence";
    SYNC = "sync";
    SESSION_REFRESH = "session_refresh";

    // To clients.
    SESSION_READY = "session_ready";
    SESSION_EXPIRING = "session_expiring";
    SESSION_EXPIRED = "session_expired";
    NEW_MESSAGE = "new_message";
    NEW_GROUP_MESSAGE = "new_group_message";
    MESSAGE_DELIVERED = "message_delivered";
    MESSAGE_READ = "message_read";
    USER_JOINED_GROUP = "user_joined_group";
    USER_LEFT_GROUP = "user_left_group";
    USER_TYPING = "user_typing";
    USER_STOPPED_TYPING = "user_stopped_typing";
    USER_ONLINE = "user_online";
    USER_OFFLINE = "user_offline";
    USER_STATUS_CHANGED = "user_status_changed";
    MESSAGE_UPDATED = "message_updated";
    MESSAGE_DELETED = "message_deleted";
    CONVERSATION_NEW = "conversation_new";
    CONVERSATION_UPDATED = "conversation_updated";
    CONVERSATION_REMOVED = "conversation_removed";
    PHOTO_UPDATED = "group_photo_updated";
    PHOTO_REMOVED = "group_photo_removed";
    ERROR = "error";
}
