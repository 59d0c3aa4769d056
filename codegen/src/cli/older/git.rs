//! Reads a schema directory from git's objects, without a checkout. By the command `git`: whoever has a repository has it, it
//! knows every kind of repository that there is (packs, alternates, partial clones, worktrees, SHA-256), and a library that
//! does would be the heaviest dependency of the command line.

use std::ffi::OsStr;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use crate::cli::project::Project;
use crate::cli::stop::Stop;
use crate::load::SIZE_LIMIT;
use crate::load::file_set::{FileSet, is_schema};
use crate::lock::LOCK;

/// The schema directory as a commit has it; `None` where git knows no such commit.
pub(super) fn read(named: &str, project: &Project) -> Result<Option<FileSet>, Stop> {
    let git = Git {
        directory: &project.directory,
    };
    let prefix = git.prefix()?;
    let Some(commit) = git.commit(named)? else {
        return Ok(None);
    };
    let shown = |path: &str| format!("{named}:{}", if path.is_empty() { "." } else { path });
    let Some(tree) = git.object(&format!("{commit}:{prefix}"))? else {
        return Err(Stop::usage(
            format!("there is no directory `{}`", shown(&prefix)),
            "the schemas came later, or stood elsewhere: name a later commit, or a directory that holds the older schemas",
        ));
    };
    let mut objects = Objects::open(&git)?;
    let mut set = FileSet {
        shown: shown(&prefix),
        ..FileSet::default()
    };
    for (path, id) in git.files(&tree)? {
        set.files.push((path, objects.read(&id)?));
    }
    if let Some(id) = git.object(&format!("{tree}:{LOCK}"))? {
        set.lock = Some(objects.read(&id)?);
    }
    let (manifest_shown, manifest) = match manifest_path(project, &prefix) {
        Some(path) => (shown(&path), git.object(&format!("{commit}:{path}"))?),
        None => (String::new(), None),
    };
    if let Some(id) = manifest {
        set.manifest = objects.read(&id)?;
        set.manifest_shown = manifest_shown;
    } else {
        // Schemas from before there was a manifest are read by today's.
        set.manifest = std::fs::read(&project.manifest).map_err(Stop::io(&project.manifest))?;
        set.manifest_shown = project.manifest.display().to_string();
    }
    Ok(Some(set))
}

/// Path of the manifest in the repository; `None` where it stands outside.
fn manifest_path(project: &Project, prefix: &str) -> Option<String> {
    let name = project.manifest.file_name()?.to_str()?;
    let directory = project.manifest.parent().unwrap_or(Path::new(""));
    let directory = if directory.as_os_str().is_empty() {
        Path::new(".")
    } else {
        directory
    };
    let prefix = if directory == project.directory {
        prefix.to_owned()
    } else {
        Git { directory }.prefix().ok()?
    };
    Some(match prefix.as_str() {
        "" => name.to_owned(),
        _ => format!("{prefix}/{name}"),
    })
}

/// git, run in a directory.
struct Git<'a> {
    directory: &'a Path,
}

impl Git<'_> {
    /// Path of the directory in its repository, without a slash at the end.
    fn prefix(&self) -> Result<String, Stop> {
        let output = self.run(&["rev-parse", "--show-prefix"])?;
        if !output.status.success() {
            let shown = self.directory.display();
            let said = said(&output);
            return Err(if said.contains("not a git repository") {
                Stop::usage(
                    format!("`{shown}` is in no git repository"),
                    "`--against` takes a directory with the older schemas, too",
                )
            } else {
                Stop::usage(format!("git cannot read the repository of `{shown}`"), said)
            });
        }
        let prefix = text(&output, "its path in the repository")?;
        Ok(prefix.trim_end_matches(['\n', '/']).to_owned())
    }

    /// Id of a commit: of a branch, a tag, a hash; `main...` is where HEAD left main.
    fn commit(&self, named: &str) -> Result<Option<String>, Stop> {
        // It would be an option.
        if named.starts_with('-') {
            return Ok(None);
        }
        let Some(base) = named.strip_suffix("...") else {
            return self.object(&format!("{named}^{{commit}}"));
        };
        let Some(base) = self.object(&format!("{base}^{{commit}}"))? else {
            return Ok(None);
        };
        let output = self.run(&["merge-base", &base, "HEAD"])?;
        if output.status.success() {
            let id = text(&output, "a commit")?;
            return Ok(Some(id.trim_end().to_owned()));
        }
        Err(Stop::usage(
            format!("git knows no commit that `{named}` and HEAD have in common"),
            "fetch more of the history (`fetch-depth: 0`), or name the commit itself",
        ))
    }

    /// Id of an object, if there is one of that name.
    fn object(&self, named: &str) -> Result<Option<String>, Stop> {
        let output = self.run(&["rev-parse", "--verify", "--quiet", named])?;
        if !output.status.success() {
            return Ok(None);
        }
        Ok(Some(text(&output, "an object")?.trim_end().to_owned()))
    }

    /// Schema files below a tree: path, and id of the content.
    fn files(&self, tree: &str) -> Result<Vec<(String, String)>, Stop> {
        let output = self.run(&["ls-tree", "-r", "-z", "-l", "--full-tree", tree])?;
        if !output.status.success() {
            return Err(failed(&said(&output)));
        }
        let mut files = Vec::new();
        for entry in output.stdout.split(|byte| *byte == 0) {
            // `<mode> <type> <id> <size>\t<path>`; a path that is not UTF-8 is no schema's that could be read.
            let Some((head, path)) = std::str::from_utf8(entry)
                .ok()
                .and_then(|entry| entry.split_once('\t'))
            else {
                continue;
            };
            let head: Vec<_> = head.split_ascii_whitespace().collect();
            let [mode, _, id, size] = head[..] else {
                continue;
            };
            if !is_schema(path) {
                continue;
            }
            if !mode.starts_with("100") {
                return Err(Stop::usage(
                    format!("`{path}` is a link in that commit, which is not followed"),
                    "check the older state out, and give its directory to `--against`",
                ));
            }
            if size.parse().is_ok_and(|size: usize| size > SIZE_LIMIT) {
                return Err(Stop::usage(
                    format!(
                        "`{path}` is larger than {} MiB in that commit",
                        SIZE_LIMIT >> 20
                    ),
                    "keep data out of the schema directory",
                ));
            }
            files.push((path.to_owned(), id.to_owned()));
        }
        Ok(files)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new("git");
        command
            .arg("-C")
            .arg(self.directory)
            .args(arguments)
            .env("LC_ALL", "C")
            .env("GIT_OPTIONAL_LOCKS", "0");
        command
    }

    fn run(&self, arguments: &[&str]) -> Result<Output, Stop> {
        let mut command = self.command(arguments);
        command.stdin(Stdio::null());
        command.output().map_err(not_started)
    }
}

/// `git cat-file --batch`: contents, one after another, by one process.
struct Objects {
    child: Child,
    answers: BufReader<std::process::ChildStdout>,
}

impl Objects {
    fn open(git: &Git<'_>) -> Result<Self, Stop> {
        let mut command = git.command(&["cat-file", "--batch"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().map_err(not_started)?;
        let answers = child.stdout.take().expect("stdout is piped");
        Ok(Self {
            child,
            answers: BufReader::new(answers),
        })
    }

    fn read(&mut self, id: &str) -> Result<Vec<u8>, Stop> {
        self.exchange(id)
            .map_err(|error| failed(&error.to_string()))
    }

    /// `<id>` is answered by `<id> <type> <size>`, the content and a line break.
    fn exchange(&mut self, id: &str) -> io::Result<Vec<u8>> {
        let questions = self.child.stdin.as_mut().expect("stdin is piped");
        writeln!(questions, "{id}")?;
        questions.flush()?;
        let mut head = String::new();
        self.answers.read_line(&mut head)?;
        let size = head
            .rsplit(' ')
            .next()
            .and_then(|size| size.trim_end().parse::<u64>().ok())
            .ok_or_else(|| io::Error::other(format!("object {id}: {}", head.trim_end())))?;
        let mut content = Vec::new();
        (&mut self.answers).take(size).read_to_end(&mut content)?;
        self.answers.read_exact(&mut [0])?;
        Ok(content)
    }
}

impl Drop for Objects {
    fn drop(&mut self) {
        // It ends when nobody asks any more.
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

fn text(output: &Output, what: &str) -> Result<String, Stop> {
    String::from_utf8(output.stdout.clone()).map_err(|_| failed(&format!("{what} is not UTF-8")))
}

/// What git wrote to stderr, in one line.
fn said(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stderr);
    let lines: Vec<_> = text.lines().map(str::trim).collect();
    lines.join(" ").trim_start_matches("fatal: ").to_owned()
}

fn failed(why: &str) -> Stop {
    Stop::Io {
        path: PathBuf::from(OsStr::new("git")),
        source: io::Error::other(why.to_owned()),
    }
}

fn not_started(error: io::Error) -> Stop {
    if error.kind() == io::ErrorKind::NotFound {
        return failed(
            "the command is not installed; `--against` takes a directory with the older schemas, too",
        );
    }
    failed(&error.to_string())
}
