//! The bench's side of `orders`: contenders take turns, round after round, since the noise of a machine is slower than a round.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

/// A contender's process.
pub struct Contender {
    name: &'static str,
    process: Child,
    output: BufReader<ChildStdout>,
}

/// A name, how one event is counted, and what is ordered.
pub struct Column {
    pub title: &'static str,
    pub order: &'static str,
    pub rounds: usize,
    /// How many of what the column is about one order holds.
    pub units: u32,
}

/// Medians of a contender in a column.
#[derive(Clone, Copy)]
pub struct Cell {
    /// Of its time over the first contender's of the same round.
    pub ratio: f64,
    /// Microseconds of a unit.
    pub micros: f64,
    /// Of the time that its threads ran over the first contender's: what else the machine did is not in it, nor is the disk.
    pub cpu: f64,
    /// KiB of memory.
    pub peak: f64,
}

/// What one order took.
#[derive(Clone, Copy)]
pub struct Round {
    /// Nanoseconds.
    pub time: f64,
    /// Nanoseconds.
    pub cpu: f64,
    /// KiB.
    pub peak: f64,
}

impl Contender {
    /// One of this package's.
    pub fn ours(name: &'static str, program: &str, key: &str, database: &str) -> Option<Self> {
        Self::start(name, Command::new(program).args([key, database]))
    }

    /// One of `../frameworks`, built when it is not; without it, says so and gives `None`.
    pub fn framework(name: &'static str, key: &str, database: &str) -> Option<Self> {
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("../frameworks/Cargo.toml");
        let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
        cargo
            .args(["run", "--release", "--quiet", "--manifest-path"])
            .arg(manifest);
        Self::start(name, cargo.args(["--", key, database]))
    }

    fn start(name: &'static str, command: &mut Command) -> Option<Self> {
        let mut process = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a process starts");
        let output = BufReader::new(process.stdout.take().expect("it was piped"));
        let mut contender = Self {
            name,
            process,
            output,
        };
        if contender.line() != "ready" {
            println!("did without {name}: it does not build, or does not start");
            return None;
        }
        Some(contender)
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        let _ = self.output.read_line(&mut line);
        line.trim().to_owned()
    }

    /// What an order takes; `None` once the contender has died.
    pub fn obey(&mut self, order: &str) -> Option<Round> {
        let input = self.process.stdin.as_mut().expect("it was piped");
        writeln!(input, "{order}").ok()?;
        let line = self.line();
        let mut numbers = line.split(' ').map(str::parse::<f64>);
        let mut number = || numbers.next()?.ok();
        Some(Round {
            time: number()?,
            cpu: number()?,
            peak: number()?,
        })
    }
}

impl Drop for Contender {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

/// Runs a column; gives a cell for each contender, none for those that cannot.
pub fn column(contenders: &mut [Contender], column: &Column) -> Vec<Option<Cell>> {
    let mut rounds: Vec<Vec<Round>> = vec![Vec::new(); contenders.len()];
    // The first round warms up.
    for round in 0..=column.rounds {
        // There and back: what one leaves to be written slows down the next, which should not always be the same.
        let mut turn: Vec<usize> = (0..contenders.len()).collect();
        turn.rotate_left(round / 2 % contenders.len());
        if round % 2 == 1 {
            turn.reverse();
        }
        for at in turn {
            // One that failed before is not asked again.
            if rounds[at].len() == round {
                rounds[at].extend(contenders[at].obey(column.order));
            }
        }
    }
    let first = rounds[0].clone();
    let cells: Vec<_> = rounds
        .iter()
        .map(|rounds| cell(&first, rounds, column.units))
        .collect();
    println!("\n{}: time, processor time, memory", column.title);
    for (contender, cell) in contenders.iter().zip(&cells) {
        match cell {
            Some(Cell {
                ratio,
                micros,
                cpu,
                peak,
            }) => println!(
                "  {:<34} {ratio:>7.2} {micros:>12.2} us {cpu:>7.2} {peak:>8.0} KiB",
                contender.name
            ),
            None => println!("  {:<34}       -", contender.name),
        }
    }
    cells
}

fn cell(first: &[Round], rounds: &[Round], units: u32) -> Option<Cell> {
    let pairs: Vec<(Round, Round)> = rounds
        .iter()
        .copied()
        .zip(first.iter().copied())
        .skip(1)
        .collect();
    let median = |of: &dyn Fn(&(Round, Round)) -> f64| {
        let mut values: Vec<f64> = pairs.iter().map(of).collect();
        values.sort_by(f64::total_cmp);
        values.get(values.len() / 2).copied()
    };
    Some(Cell {
        ratio: median(&|(round, first)| round.time / first.time)?,
        micros: median(&|(round, _)| round.time)? / 1e3 / f64::from(units),
        cpu: median(&|(round, first)| round.cpu / first.cpu)?,
        peak: median(&|(round, _)| round.peak)?,
    })
}

/// Prints columns as a table of Markdown: time, and processor time in parentheses.
pub fn markdown(contenders: &[Contender], columns: &[(&Column, Vec<Option<Cell>>)]) {
    let titles: Vec<&str> = columns.iter().map(|(column, _)| column.title).collect();
    println!("\n| | {} |", titles.join(" | "));
    println!("|---|{}", "---:|".repeat(columns.len()));
    for (at, contender) in contenders.iter().enumerate() {
        let cells = columns.iter().map(|(_, cells)| match cells[at] {
            Some(Cell { ratio, cpu, .. }) => format!("{} ({})", short(ratio), short(cpu)),
            None => "–".to_owned(),
        });
        println!(
            "| {} | {} |",
            contender.name,
            cells.collect::<Vec<_>>().join(" | ")
        );
    }
}

fn short(ratio: f64) -> String {
    if ratio < 9.95 {
        return format!("{ratio:.1}");
    }
    format!("{ratio:.0}")
}
