//! Beginning a read before its answer is needed, so that a store works while the page before is folded.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};

use super::BoxFuture;
use crate::error::ReadError;

/// A read that is under way, or done. As a future it is its answer.
pub(crate) struct Ahead<'a, T> {
    read: BoxFuture<'a, Result<T, ReadError>>,
    done: Option<Result<T, ReadError>>,
}

// Nothing in it is pinned.
impl<T> Unpin for Ahead<'_, T> {}

impl<'a, T> Ahead<'a, T> {
    /// Begins a read.
    pub(crate) async fn begin(read: BoxFuture<'a, Result<T, ReadError>>) -> Self {
        let mut read = Some(read);
        poll_fn(|cx| match read.take() {
            Some(read) => Poll::Ready(Self::start(read, cx)),
            None => Poll::Pending,
        })
        .await
    }

    /// Begins a read: polls it once, which is when stores hand it to a thread or a connection.
    pub(crate) fn start(
        mut read: BoxFuture<'a, Result<T, ReadError>>,
        cx: &mut Context<'_>,
    ) -> Self {
        let done = match read.as_mut().poll(cx) {
            Poll::Ready(page) => Some(page),
            Poll::Pending => None,
        };
        Self { read, done }
    }
}

impl<T> Future for Ahead<'_, T> {
    type Output = Result<T, ReadError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        match self.done.take() {
            Some(page) => Poll::Ready(page),
            None => self.read.as_mut().poll(cx),
        }
    }
}
