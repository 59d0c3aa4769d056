//! What is remembered of a file. The content counts, by its hash. What the system says of a file (size, times, inode) stands
//! for the content only where it cannot be older than a later edit: as git's index has it.

use std::hash::{DefaultHasher, Hasher as _};
use std::path::Path;
use std::time::{Duration, SystemTime};

/// Numbers of a [`Stat`].
pub(super) const NUMBERS: usize = 7;

/// An edit later than this gives an input other times, on every file system.
const COARSE: Duration = Duration::from_secs(2);
/// The same for file systems that tell parts of a second: they take the time of the kernel's last tick.
const FINE: Duration = Duration::from_millis(20);

/// Device, inode, size, seconds and nanoseconds of the last edit, and of the last change of any kind: nobody can set the
/// latter back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stat(pub(super) [u64; NUMBERS]);

impl Stat {
    /// What the system says of a regular file; `None` where there is none, or where the system does not say enough.
    #[cfg(unix)]
    pub(super) fn of(path: &Path) -> Option<Self> {
        use std::os::unix::fs::MetadataExt as _;
        let metadata = std::fs::metadata(path).ok()?;
        metadata.is_file().then(|| {
            Self([
                metadata.dev(),
                metadata.ino(),
                metadata.size(),
                metadata.mtime().cast_unsigned(),
                metadata.mtime_nsec().cast_unsigned(),
                metadata.ctime().cast_unsigned(),
                metadata.ctime_nsec().cast_unsigned(),
            ])
        })
    }

    /// Elsewhere there is no time that only the system sets.
    #[cfg(not(unix))]
    pub(super) fn of(_: &Path) -> Option<Self> {
        None
    }

    /// Whether an edit after `now` would be seen, of an input: several programs write these.
    pub(super) fn is_settled(&self, now: Duration) -> bool {
        self.is_older(now, COARSE)
    }

    /// The same of an output, which nobody else writes on purpose.
    pub(super) fn is_settled_output(&self, now: Duration) -> bool {
        let [.., edited, _, changed] = self.0;
        let tells_parts = edited != 0 && changed != 0;
        self.is_older(now, if tells_parts { FINE } else { COARSE })
    }

    fn is_older(&self, now: Duration, by: Duration) -> bool {
        let [_, _, _, edited, edited_parts, changed, changed_parts] = self.0;
        [(edited, edited_parts), (changed, changed_parts)]
            .into_iter()
            .all(|(seconds, parts)| {
                let parts = u32::try_from(parts).unwrap_or(u32::MAX);
                Duration::new(seconds, 0)
                    .checked_add(Duration::new(0, parts.min(999_999_999)))
                    .and_then(|time| time.checked_add(by))
                    .is_some_and(|settled| settled < now)
            })
    }
}

/// The time since 1970.
pub(super) fn now() -> Duration {
    SystemTime::now()
        .duration_since(SystemTime::UNIX_EPOCH)
        .unwrap_or_default()
}

/// What is remembered of an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    /// Where it tells as much as the hash.
    pub(super) stat: Option<Stat>,
    /// Of the content.
    pub(super) hash: u64,
}

impl Stamp {
    /// Of content that was read after `stat` was taken, at `now` or later.
    pub(super) fn new(stat: Option<Stat>, now: Duration, content: &[u8]) -> Self {
        Self {
            stat: stat.filter(|stat| stat.is_settled(now)),
            hash: hash(content),
        }
    }
}

/// SipHash of content and length. It is part of the standard library, hence compiled with optimisation.
pub(super) fn hash(content: &[u8]) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(content);
    hasher.write_usize(content.len());
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_just_written_is_not_settled() {
        let stat = |parts| Stat([1, 1, 1, 100, parts, 100, parts]);
        let at = |millis: u64| Duration::from_millis(100_000 + millis);
        assert!(!stat(500_000_000).is_settled(at(2_400)));
        assert!(stat(500_000_000).is_settled(at(2_600)));
        assert!(!stat(500_000_000).is_settled_output(at(510)));
        assert!(stat(500_000_000).is_settled_output(at(530)));
        assert!(!stat(0).is_settled_output(at(1_900)), "whole seconds");
        assert!(!stat(0).is_settled(at(0)), "a clock that was set back");
        let nonsense = Stat([u64::MAX; NUMBERS]);
        assert!(!nonsense.is_settled(at(0)));
    }

    #[cfg(unix)]
    #[test]
    fn an_edit_of_the_same_length_is_seen() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        assert_eq!(Stat::of(&path), None);
        assert_eq!(Stat::of(folder.path()), None);
        std::fs::write(&path, "1").unwrap();
        let first = Stat::of(&path).unwrap();
        assert_eq!(Stat::of(&path), Some(first));
        std::thread::sleep(FINE);
        std::fs::write(&path, "2").unwrap();
        assert_ne!(Stat::of(&path), Some(first));
    }
}
