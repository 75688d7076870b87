//! What the process's components say of themselves.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use serde::Serialize;

/// The readiness of a process: ready while every component is, and it isn't draining.
///
/// Register every component before the first one becomes ready; otherwise the process may count as
/// started too early.
#[derive(Debug, Clone, Default)]
pub struct Readiness(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    /// Each component with the reason why it isn't ready.
    components: BTreeMap<&'static str, Option<&'static str>>,
    started: bool,
    draining: bool,
}

impl State {
    fn is_ready(&self) -> bool {
        !self.draining && self.components.values().all(Option::is_none)
    }
}

/// What the endpoints answer. Anyone may read it: it holds names and reasons, nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Whether the process can serve now.
    pub ready: bool,
    /// Whether it has been ready once.
    pub started: bool,
    /// Whether it was told to stop.
    pub draining: bool,
    /// Each component: `ready`, or why it isn't.
    pub components: BTreeMap<&'static str, &'static str>,
}

impl Readiness {
    /// Nothing registered yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Registers a component, which isn't ready before it says so. Names are unique.
    pub fn component(&self, name: &'static str) -> Component {
        let component = Component { name, state: Arc::clone(&self.0) };
        component.unready("starting");
        component
    }

    /// Makes the process unready for good: it was told to stop.
    pub fn drain(&self) {
        lock(&self.0).draining = true;
    }

    /// Whether the process can serve now.
    pub fn is_ready(&self) -> bool {
        lock(&self.0).is_ready()
    }

    /// How things stand.
    pub fn report(&self) -> Report {
        let state = lock(&self.0);
        Report {
            ready: state.is_ready(),
            started: state.started,
            draining: state.draining,
            components: state
                .components
                .iter()
                .map(|(name, reason)| (*name, reason.unwrap_or("ready")))
                .collect(),
        }
    }
}

/// A component's own say. Dropped, it counts as stopped.
#[derive(Debug)]
pub struct Component {
    name: &'static str,
    state: Arc<Mutex<State>>,
}

impl Component {
    /// It can do its work.
    pub fn ready(&self) {
        self.set(None);
    }

    /// It can't, and why. The reason is public: no address, no id.
    pub fn unready(&self, reason: &'static str) {
        self.set(Some(reason));
    }

    fn set(&self, reason: Option<&'static str>) {
        let mut state = lock(&self.state);
        let before = state.components.insert(self.name, reason);
        state.started |= state.is_ready();
        drop(state);
        if before == Some(reason) {
            return;
        }
        match reason {
            None => tracing::info!(component = self.name, "ready"),
            Some(reason) => tracing::info!(component = self.name, reason, "not ready"),
        }
    }
}

impl Drop for Component {
    fn drop(&mut self) {
        self.unready("stopped");
    }
}

/// The state is whole after every statement, so a panic elsewhere doesn't spoil it.
fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
