//! Lists that come in pages.

/// Some of a list, and where it goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page<T> {
    /// In the list's order.
    pub items: Vec<T>,
    /// Opaque; `None` on the last page.
    pub next: Option<String>,
}

impl<T> Page<T> {
    /// The same page of other items.
    pub fn map<U>(self, change: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(change).collect(), next: self.next }
    }
}

/// Which page is asked for.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct PageRequest {
    /// Where the page before ended; `None` for the first.
    pub cursor: Option<String>,
    /// Items at the most; callers keep it within 1 to 100.
    pub limit: u32,
}
