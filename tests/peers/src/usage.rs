//! CPU time and memory, as the system counts them.

use std::io;
use std::process::{Command, Stdio};
use std::time::Instant;

use nix::sys::resource::{Usage, UsageWho, getrusage};

/// What a command and all its children took.
#[derive(Debug, Clone, Copy, Default)]
pub struct Used {
    /// User and system time, in seconds.
    pub cpu: f64,
    /// Time that passed, in seconds.
    pub wall: f64,
}

/// Runs a command to its end.
///
/// # Errors
/// It does not start, or fails.
pub fn run(command: &mut Command) -> io::Result<Used> {
    let before = cpu(UsageWho::RUSAGE_CHILDREN);
    let start = Instant::now();
    let output = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .output()?;
    if !output.status.success() {
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        return Err(io::Error::other(format!("{command:?}: {text}")));
    }
    Ok(Used {
        cpu: cpu(UsageWho::RUSAGE_CHILDREN) - before,
        wall: start.elapsed().as_secs_f64(),
    })
}

/// CPU seconds of this process and of those it has waited for, and the most memory that one of them used, in MB.
#[must_use]
pub fn of_this_process() -> (f64, f64) {
    let (own, children) = (
        usage(UsageWho::RUSAGE_SELF),
        usage(UsageWho::RUSAGE_CHILDREN),
    );
    let memory = own.max_rss().max(children.max_rss());
    (
        cpu(UsageWho::RUSAGE_SELF) + cpu(UsageWho::RUSAGE_CHILDREN),
        memory as f64 / 1024.0,
    )
}

/// The middle one of some figures.
#[must_use]
pub fn median(mut figures: Vec<f64>) -> f64 {
    figures.sort_by(f64::total_cmp);
    figures.get(figures.len() / 2).copied().unwrap_or(f64::NAN)
}

fn cpu(who: UsageWho) -> f64 {
    let usage = usage(who);
    [usage.user_time(), usage.system_time()]
        .map(|time| time.tv_sec() as f64 + time.tv_usec() as f64 / 1e6)
        .iter()
        .sum()
}

fn usage(who: UsageWho) -> Usage {
    getrusage(who).expect("the system tells")
}
