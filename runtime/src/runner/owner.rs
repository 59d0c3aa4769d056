//! Who owns a runner: a name that no other owner has, and by which processes on one machine know that it is gone.

use std::collections::HashSet;
use std::sync::{LazyLock, Mutex, MutexGuard, PoisonError};

use uuid::Uuid;

/// The owners that live in this process.
static LIVING: LazyLock<Mutex<HashSet<Uuid>>> = LazyLock::new(Mutex::default);

/// An owner in this process, as long as it lives.
pub(super) struct Owner {
    id: Uuid,
    name: String,
}

impl Owner {
    pub(super) fn new() -> Self {
        let id = Uuid::new_v4();
        living().insert(id);
        let name = match process() {
            Some(process) => format!("{id} {process}"),
            None => id.to_string(),
        };
        Self { id, name }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }
}

impl Drop for Owner {
    fn drop(&mut self) {
        living().remove(&self.id);
    }
}

fn living() -> MutexGuard<'static, HashSet<Uuid>> {
    LIVING.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whether an owner is known to be gone. `false`: it may live, here or elsewhere.
pub(super) fn is_gone(name: &str) -> bool {
    let Some((id, theirs)) = name.split_once(' ') else {
        return false;
    };
    let (Some(ours), Ok(id)) = (process(), Uuid::try_parse(id)) else {
        return false;
    };
    if theirs == ours {
        return !living().contains(&id);
    }
    let mut theirs = theirs.split(' ');
    let mut ours = ours.split(' ');
    // Process numbers mean something on the same boot, among processes that see each other.
    if theirs.next() != ours.next() || theirs.next() != ours.next() {
        return false;
    }
    let (Some(number), Some(start)) = (theirs.next(), theirs.next()) else {
        return false;
    };
    match number.parse::<u32>() {
        Ok(number) => started(&number.to_string()).as_deref() != Some(start),
        Err(_) => false,
    }
}

/// Boot, namespace, number and start of this process, where the system tells (Linux).
fn process() -> Option<&'static str> {
    static PROCESS: LazyLock<Option<String>> = LazyLock::new(|| {
        let boot = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").ok()?;
        let namespace = std::fs::read_link("/proc/self/ns/pid").ok()?;
        let (boot, namespace) = (boot.trim(), namespace.to_str()?);
        let start = started("self")?;
        Some(format!("{boot} {namespace} {} {start}", std::process::id()))
    });
    PROCESS.as_deref()
}

/// When a process was started: numbers are used again.
fn started(process: &str) -> Option<String> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name, in parentheses, may hold anything; the start is the 20th word behind it.
    let (_, words) = stat.rsplit_once(')')?;
    words.split_whitespace().nth(19).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_owner_is_gone_when_it_is_dropped() {
        let owner = Owner::new();
        let name = owner.name().to_owned();
        assert!(!is_gone(&name));
        drop(owner);
        assert_eq!(is_gone(&name), process().is_some());
        assert!(!is_gone("somebody elsewhere"));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_process_that_has_ended_is_gone() {
        let ours = process().unwrap();
        let words: Vec<_> = ours.split(' ').collect();
        let name = |boot: &str, number: &str, start: &str| {
            format!("{} {boot} {} {number} {start}", Uuid::new_v4(), words[1])
        };
        // The same number, started at another time.
        assert!(is_gone(&name(words[0], words[2], "1")));
        assert!(is_gone(&name(words[0], "4194305", "1")));
        let init = started("1").unwrap();
        assert!(!is_gone(&name(words[0], "1", &init)));
        // Another machine, or another boot.
        assert!(!is_gone(&name("elsewhere", "4194305", "1")));
    }
}
