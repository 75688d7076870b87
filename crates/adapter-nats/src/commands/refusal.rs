//! Answers that are no replies: a header in place of a payload.

use async_nats::HeaderMap;
use natter_domain::ports::CommandError;

use crate::error::failure;

const HEADER: &str = "Natter-Refusal";

/// Why a replica that took a command has no reply to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// It carries out as many as it may; it has not begun.
    Busy,
    /// Who sent it may have turned to another meanwhile; it has not begun. See [`super::lease`].
    Late,
    /// Its handler panicked.
    Panicked,
    /// Its reply is over the broker's payload limit.
    TooLarge,
}

impl Refusal {
    const ALL: [Self; 4] = [Self::Busy, Self::Late, Self::Panicked, Self::TooLarge];

    const fn text(self) -> &'static str {
        match self {
            Self::Busy => "busy",
            Self::Late => "late",
            Self::Panicked => "panicked",
            Self::TooLarge => "too-large",
        }
    }

    /// As it is sent.
    pub(super) fn headers(self) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(HEADER, self.text());
        headers
    }

    /// As it is received.
    pub(super) fn read(headers: Option<&HeaderMap>) -> Option<Self> {
        let text = headers?.get(HEADER)?.as_str();
        Self::ALL.into_iter().find(|refusal| refusal.text() == text)
    }
}

impl From<Refusal> for CommandError {
    fn from(refusal: Refusal) -> Self {
        match refusal {
            Refusal::Busy | Refusal::Late => Self::NoResponder,
            Refusal::Panicked => Self::Bus(failure("waiting for a worker that panicked")),
            Refusal::TooLarge => Self::Bus(failure("replying more than the broker's payload limit")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_comes_back() {
        for refusal in Refusal::ALL {
            assert_eq!(Refusal::read(Some(&refusal.headers())), Some(refusal));
        }
        assert_eq!(Refusal::read(None), None);
        assert_eq!(Refusal::read(Some(&HeaderMap::new())), None);
    }
}
