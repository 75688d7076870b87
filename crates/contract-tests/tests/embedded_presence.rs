//! [`EmbeddedPresence`] keeps to the laws of presence.

use natter_adapter_embedded::EmbeddedPresence;

struct InProcess {
    presence: EmbeddedPresence,
}

natter_contract_tests::presence_suite!(InProcess { presence: EmbeddedPresence::new() });
