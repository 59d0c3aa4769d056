//! What a piece of work takes of memory and of processors, by the kernel's account. On Linux; elsewhere it says 0.

/// Forgets the peak so far; gives the KiB held now.
pub fn mark() -> u64 {
    let _ = std::fs::write("/proc/self/clear_refs", "5");
    line("VmRSS:")
}

/// KiB of the peak since, above what was held then.
pub fn peak_above(before: u64) -> u64 {
    line("VmHWM:").saturating_sub(before)
}

/// Nanoseconds that this process's threads have run: what other processes take meanwhile is not in it.
pub fn ran() -> u64 {
    let threads = std::fs::read_dir("/proc/self/task")
        .into_iter()
        .flatten()
        .flatten();
    let times = threads.filter_map(|thread| {
        let text = std::fs::read_to_string(thread.path().join("schedstat")).ok()?;
        text.split(' ').next()?.parse::<u64>().ok()
    });
    times.sum()
}

fn line(name: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let found = status.lines().find_map(|line| line.strip_prefix(name));
    let number = found.and_then(|rest| rest.split_whitespace().next()?.parse().ok());
    number.unwrap_or(0)
}
