//! [`EmbeddedBus`] keeps to the laws of both buses.

use std::sync::Arc;

use natter_adapter_embedded::EmbeddedBus;

struct InProcess {
    buses: [Arc<EmbeddedBus>; 2],
    overflow: usize,
}

impl InProcess {
    fn new() -> Self {
        let bus = Arc::new(EmbeddedBus::new());
        Self { buses: [Arc::clone(&bus), bus], overflow: 5_000 }
    }
}

mod commands {
    use super::InProcess;

    natter_contract_tests::command_bus_suite!(InProcess::new());
}

mod events {
    use super::InProcess;

    natter_contract_tests::event_bus_suite!(InProcess::new());
}
