//! presence-service.
