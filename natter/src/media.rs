//! The store of media, as the configuration names it.

use std::sync::Arc;

use natter_adapter_objects::{CheckError, ObjectMediaStore, OpenError};
use natter_domain::ports::MediaStore;
use natter_runtime::config::Storage;

use crate::process::Process;

/// Opens it; buckets by the usual `AWS_…` names. Blocks.
pub(crate) fn open(storage: &Storage) -> Result<ObjectMediaStore, OpenError> {
    let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
        Some((name.into_string().ok()?, value.into_string().ok()?))
    };
    ObjectMediaStore::open(&storage.to_string(), std::env::vars_os().filter_map(text))
}

/// Waits until it can be reached; `None` where the process is told to stop first. That it is not
/// there, or refuses, is an error.
pub(crate) async fn usable(
    process: &Process,
    store: ObjectMediaStore,
) -> anyhow::Result<Option<Arc<dyn MediaStore>>> {
    let checked = process.persist("reaching the media storage", async || match store.check().await {
        Err(error @ CheckError::Unreachable { .. }) => Err(error),
        settled => Ok(settled),
    });
    match checked.await.transpose()? {
        Some(()) => Ok(Some(Arc::new(store))),
        None => Ok(None),
    }
}
