//! Access tokens: issuing and verifying.
