//! Beginning a read before its answer is needed, so that a store works while the page before is folded.

use std::future::poll_fn;
use std::task::Poll;

use super::{BoxFuture, Page};
use crate::error::ReadError;

/// A read that is under way, or done.
pub(super) enum Ahead<'a> {
    Reading(BoxFuture<'a, Result<Page, ReadError>>),
    Read(Result<Page, ReadError>),
}

impl<'a> Ahead<'a> {
    /// Begins a read: polls it once, which is when stores hand it to a thread or a connection.
    pub(super) async fn begin(mut read: BoxFuture<'a, Result<Page, ReadError>>) -> Self {
        let polled = poll_fn(|cx| Poll::Ready(read.as_mut().poll(cx))).await;
        match polled {
            Poll::Ready(page) => Self::Read(page),
            Poll::Pending => Self::Reading(read),
        }
    }

    /// Its answer.
    pub(super) async fn page(self) -> Result<Page, ReadError> {
        match self {
            Self::Reading(read) => read.await,
            Self::Read(page) => page,
        }
    }
}
