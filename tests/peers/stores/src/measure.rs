//! Medians over rounds in which all contenders take turns, since the noise of a machine is slower than a round.

use std::time::{Duration, Instant};

/// A name, and what is timed; it says how long it took, so that preparing does not count.
pub type Contender<'a> = (&'static str, Box<dyn FnMut() -> Duration + 'a>);

/// How long something takes.
pub fn time(work: impl FnOnce()) -> Duration {
    let begin = Instant::now();
    work();
    begin.elapsed()
}

/// Prints each contender's median over that of the first.
pub fn table(title: &str, rounds: usize, mut contenders: Vec<Contender<'_>>) {
    let mut times = vec![Vec::new(); contenders.len()];
    for round in 0..=rounds {
        for (times, (_, contender)) in times.iter_mut().zip(&mut contenders) {
            let time = contender();
            // The first round warms up.
            if round > 0 {
                times.push(time);
            }
        }
    }
    let medians: Vec<f64> = times
        .iter_mut()
        .map(|times| {
            times.sort();
            times[times.len() / 2].as_secs_f64()
        })
        .collect();
    println!("\n{title}");
    for ((name, _), median) in contenders.iter().zip(&medians) {
        println!("  {name:<34} {:>6.2}   {:>10.1} us", median / medians[0], median * 1e6);
    }
}
