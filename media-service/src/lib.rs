//! media-service.
