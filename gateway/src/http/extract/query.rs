//! The query of a URL, with errors that name the parameter.

use std::convert::Infallible;

use axum::extract::{FromRequestParts, Query};
use axum::http::{Uri, request::Parts};
use natter_domain::Rejection;
use natter_domain::page::PageRequest;

const DEFAULT_LIMIT: u32 = 50;
const MAX_LIMIT: u32 = 100;
/// The largest number that JavaScript holds exactly.
pub(in crate::http) const MAX_NUMBER: u64 = (1 << 53) - 1;

/// The parameters of a query, decoded.
pub(in crate::http) struct Parameters(Vec<(String, String)>);

impl Parameters {
    pub(super) fn of(uri: &Uri) -> Self {
        Self(Query::try_from_uri(uri).map(|Query(parameters)| parameters).unwrap_or_default())
    }

    /// The parameter, if it is there.
    pub(in crate::http) fn get(&self, name: &str) -> Result<Option<&str>, Rejection> {
        let mut values = self.0.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str());
        let value = values.next();
        match values.next() {
            None => Ok(value),
            Some(_) => Err(Rejection::invalid(name, "must be given once")),
        }
    }

    /// A whole number from 0, if it is there.
    pub(in crate::http) fn number(&self, name: &str) -> Result<Option<u64>, Rejection> {
        let number = |text: &str| -> Option<u64> {
            let digits = text.bytes().all(|byte| byte.is_ascii_digit());
            text.parse().ok().filter(|number| digits && *number <= MAX_NUMBER)
        };
        let faulty = || Rejection::invalid(name, "must be a whole number from 0");
        self.get(name)?.map(|text| number(text).ok_or_else(faulty)).transpose()
    }

    /// How many items a page may have.
    pub(in crate::http) fn limit(&self) -> Result<u32, Rejection> {
        let limit = match self.number("limit")? {
            None => Some(DEFAULT_LIMIT),
            Some(limit) => u32::try_from(limit).ok().filter(|limit| (1..=MAX_LIMIT).contains(limit)),
        };
        limit.ok_or_else(|| Rejection::invalid("limit", format!("must be from 1 to {MAX_LIMIT}")))
    }

    /// Where the page before ended. An empty one is none.
    pub(in crate::http) fn cursor(&self) -> Result<Option<&str>, Rejection> {
        Ok(self.get("cursor")?.filter(|cursor| !cursor.is_empty()))
    }

    /// Which page of a list.
    pub(in crate::http) fn page(&self) -> Result<PageRequest, Rejection> {
        Ok(PageRequest { cursor: self.cursor()?.map(str::to_owned), limit: self.limit()? })
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Parameters {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        Ok(Self::of(&parts.uri))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parameters(query: &str) -> Parameters {
        Parameters::of(&format!("/?{query}").parse().unwrap())
    }

    #[test]
    fn pages_have_1_to_100_items() {
        assert_eq!(parameters("").page(), Ok(PageRequest { cursor: None, limit: 50 }));
        let page = PageRequest { cursor: Some("a b".to_owned()), limit: 100 };
        assert_eq!(parameters("limit=100&cursor=a%20b").page(), Ok(page));
        for query in [
            "limit=0",
            "limit=101",
            "limit=x",
            "limit=-1",
            "limit=1.5",
            "limit=+5",
            "limit=",
            "limit=1&limit=2",
        ] {
            assert!(
                matches!(parameters(query).page(), Err(Rejection::Invalid { field, .. }) if field == "limit"),
                "{query}"
            );
        }
    }

    #[test]
    fn numbers_are_those_of_javascript() {
        assert_eq!(parameters("before=9007199254740991").number("before"), Ok(Some(MAX_NUMBER)));
        for query in ["before=9007199254740992", "before=99999999999999999999999", "before=%00", "before=٣"]
        {
            assert!(parameters(query).number("before").is_err(), "{query}");
        }
        assert_eq!(parameters("before[$ne]=1").number("before"), Ok(None));
    }
}
