//! Several ways to do one job, run in small batches, interleaved in random order.

use std::hint::black_box;
use std::time::{Duration, Instant};

use crate::allocations;

pub(crate) const FLOOR: &str = "floor";
pub(crate) const OURS: &str = "countersign";
pub(crate) const KEY_AT_HAND: &str = "countersign, key at hand";
pub(crate) const SDK: &str = "aws-sigv4";

pub(crate) struct Race<'a> {
    pub(crate) name: String,
    contenders: Vec<Contender<'a>>,
    batch: usize,
}

struct Contender<'a> {
    name: &'static str,
    /// So many times, and how long they took together.
    run: Box<dyn FnMut(usize) -> Duration + 'a>,
    allocations: usize,
}

/// What a contender took, in nanoseconds for each time.
pub(crate) struct Row {
    pub(crate) race: String,
    pub(crate) contender: &'static str,
    pub(crate) median: f64,
    pub(crate) minimum: f64,
    pub(crate) allocations: usize,
}

#[derive(Default)]
pub(crate) struct Results(Vec<Row>);

impl<'a> Race<'a> {
    pub(crate) fn new(name: String) -> Self {
        Self { name, contenders: Vec::new(), batch: 32 }
    }

    pub(crate) fn with_batch(mut self, batch: usize) -> Self {
        self.batch = batch;
        self
    }

    pub(crate) fn contenders(&self) -> impl Iterator<Item = &'static str> {
        self.contenders.iter().map(|contender| contender.name)
    }

    /// Only `run` counts: neither `setup` nor what becomes of its values.
    pub(crate) fn enter<I, O>(
        &mut self,
        name: &'static str,
        mut setup: impl FnMut() -> I + 'a,
        mut run: impl FnMut(&mut I) -> O + 'a,
    ) {
        run(&mut setup());
        let mut input = setup();
        let allocations = allocations::count(|| run(&mut input));
        let run = Box::new(move |count| {
            let mut inputs: Vec<_> = (0..count).map(|_| setup()).collect();
            timed(&mut inputs, &mut run)
        });
        self.contenders.push(Contender { name, run, allocations });
    }

    pub(crate) fn run(mut self, rounds: usize) -> Vec<Row> {
        let mut times = vec![Vec::with_capacity(rounds); self.contenders.len()];
        let mut order: Vec<_> = (0..self.contenders.len()).collect();
        for _ in 0..rounds {
            fastrand::shuffle(&mut order);
            for &at in &order {
                let time = (self.contenders[at].run)(self.batch);
                times[at].push(time.as_nanos() as f64 / self.batch as f64);
            }
        }
        let rows = self.contenders.into_iter().zip(times).map(|(contender, mut times)| {
            times.sort_by(f64::total_cmp);
            let race = self.name.clone();
            let Contender { name: contender, allocations, .. } = contender;
            Row { race, contender, median: times[rounds / 2], minimum: times[0], allocations }
        });
        rows.collect()
    }

    pub(crate) fn iterate(mut self, name: &str, count: usize) {
        for contender in self.contenders.iter_mut().filter(|contender| contender.name == name) {
            (contender.run)(count);
        }
    }
}

/// What is measured. Callgrind knows it by its name.
#[inline(never)]
fn timed<I, O>(inputs: &mut [I], run: &mut impl FnMut(&mut I) -> O) -> Duration {
    let start = Instant::now();
    for input in inputs {
        black_box(run(black_box(input)));
    }
    start.elapsed()
}

impl Results {
    pub(crate) fn add(&mut self, rows: Vec<Row>) {
        self.0.extend(rows);
    }

    pub(crate) fn row(&self, race: &str, contender: &str) -> Option<&Row> {
        self.0.iter().find(|row| row.race == race && row.contender == contender)
    }

    /// How many times as long as another a contender takes, by the medians.
    pub(crate) fn ratio(&self, race: &str, contender: &str, other: &str) -> Option<f64> {
        Some(self.row(race, contender)?.median / self.row(race, other)?.median)
    }
}
