//! adapter-embedded.
