//! adapter-objects.
