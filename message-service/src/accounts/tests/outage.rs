//! A store that can't be reached is never the user's fault.

use natter_domain::command::LogOut;
use natter_domain::ports::store::{NewSession, Rotate, Rotation, SessionStore, StoreError};
use natter_domain::session::Revocation;

use super::*;

/// A store of sessions that nobody reaches.
struct Unreachable;

fn unreachable<T>() -> Result<T, StoreError> {
    Err(StoreError::Unavailable("no route".into()))
}

#[async_trait]
impl SessionStore for Unreachable {
    async fn create(&self, _: NewSession) -> Result<(), StoreError> {
        unreachable()
    }

    async fn rotate(&self, _: Rotate) -> Result<Rotation, StoreError> {
        unreachable()
    }

    async fn revoke(&self, _: Revocation) -> Result<(), StoreError> {
        unreachable()
    }

    async fn are_live(&self, _: &[Bearer]) -> Result<Vec<bool>, StoreError> {
        unreachable()
    }

    async fn revoked_since(&self, _: Timestamp) -> Result<Vec<Revocation>, StoreError> {
        unreachable()
    }
}

fn told<T>(result: Result<T, ServiceError>) -> Rejection {
    result.err().expect("should have failed").into_rejection("test")
}

#[tokio::test]
async fn sessions_that_can_not_be_looked_up_are_unavailable() {
    let mut world = World::new();
    let ann = world.register("ann").await;
    let bearer = world.bearer(&ann.access_token).await;
    Arc::get_mut(&mut world.accounts).unwrap().stores.sessions = Arc::new(Unreachable);
    let accounts = &world.accounts;

    let check = CheckSessions { bearers: vec![bearer.clone()] };
    assert_eq!(told(accounts.check_sessions(check).await), Rejection::Unavailable);
    let refresh = RefreshSession { refresh_token: ann.refresh_token.clone() };
    assert_eq!(told(accounts.refresh_session(refresh).await), Rejection::Unavailable);
    let log_in = LogIn { identifier: "ann".to_owned(), password: PASSWORD.to_owned() };
    assert_eq!(told(accounts.log_in(log_in).await), Rejection::Unavailable);
    assert_eq!(told(accounts.log_out(LogOut { bearer, everywhere: false }).await), Rejection::Unavailable);
    assert!(world.published().is_empty());
}
