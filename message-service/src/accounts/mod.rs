//! Users, their sessions, blocks and files.
