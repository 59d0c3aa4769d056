//! Brings appends into djangoevents' form, for every store that has its layout.

use jiff::Timestamp;

use super::Batch;
use crate::django;
use crate::envelope::{NewEvent, PayloadBuf};
use crate::error::{AppendError, BoxError};

/// Brings events into the form in which djangoevents stores them.
pub(crate) fn prepare(mut batch: Batch) -> Result<Batch, AppendError> {
    for append in &mut batch.streams {
        for event in &mut append.events {
            prepare_event(event).map_err(|source| AppendError::Backend {
                stream: append.stream.clone(),
                source,
            })?;
        }
    }
    Ok(batch)
}

fn prepare_event(event: &mut NewEvent) -> Result<(), BoxError> {
    let PayloadBuf::Json(data) = &event.payload else {
        return Err(
            "a djangoevents journal holds JSON only: set the store's payload to JSON".into(),
        );
    };
    if event.django.is_none() {
        return Err(format!(
            "event `{}` has no class for djangoevents: name its module and class in the manifest",
            event.event_type
        )
        .into());
    }
    event.payload = PayloadBuf::Json(django::json_text(data)?);
    event.metadata = event
        .metadata
        .as_deref()
        .map(django::json_text)
        .transpose()?;
    let time = event.create_date.unwrap_or_else(Timestamp::now);
    event.event_id = django::event_id(&event.event_id, time);
    event.create_date = event
        .create_date
        .or_else(|| django::time_of(&event.event_id));
    Ok(())
}
