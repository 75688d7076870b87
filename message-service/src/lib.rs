//! message-service.
