//! Commands to the presence service.

use crate::id::{GatewayId, UserId};
use crate::ports::{Address, Service};
use crate::presence::SocketCount;

/// See [`super::Command::ReportSockets`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReportSockets {
    /// Which run of a gateway.
    pub gateway: GatewayId,
    /// What changed, at most 500; empty to renew the lease alone.
    pub sockets: Vec<SocketCount>,
}

/// What came of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SocketsReported {
    /// The gateway had no lease: it must report all of its sockets again.
    pub report_all: bool,
}

/// See [`super::Command::WithdrawGateway`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WithdrawGateway {
    /// Which run of a gateway.
    pub gateway: GatewayId,
}

/// See [`super::Command::GetPresence`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GetPresence {
    /// Who asks.
    pub viewer: UserId,
    /// About whom, at most 100.
    pub users: Vec<UserId>,
}

/// See [`super::Command::WhoIsConnected`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WhoIsConnected {
    /// About whom, at most 1,000.
    pub users: Vec<UserId>,
}

impl ReportSockets {
    /// By the gateway, so that its reports are taken in order.
    pub(super) fn worker(&self) -> Address {
        Address::of(Service::Presence, self.gateway.bytes())
    }
}

impl WithdrawGateway {
    pub(super) fn worker(&self) -> Address {
        Address::of(Service::Presence, self.gateway.bytes())
    }
}

impl GetPresence {
    pub(super) fn worker(&self) -> Address {
        Address::of(Service::Presence, self.viewer.bytes())
    }
}

impl WhoIsConnected {
    pub(super) fn worker(&self) -> Address {
        let first = self.users.first().copied().unwrap_or_default();
        Address::of(Service::Presence, first.bytes())
    }
}
