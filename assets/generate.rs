//! Writes `assets/demo.jsonl`, the demo that is built into `rebin`: sixty steps of a small network in training, made
//! from seeded pseudo-random samples.
//!
//! The code uses only arithmetic that rounds in the same way on all platforms, so that the file is the same everywhere.
//! A test below checks this.

use rebin::hist::{Bins, Histogram, Number, Numbers, Range, Samples, histogram};
use rebin::wandb;
use std::error::Error;
use std::fmt::Write;

/// Number of logged steps.
const STEPS: u32 = 60;

/// Training steps from one logged step to the next.
const EVERY: u32 = 50;

/// Samples in each histogram.
const SAMPLES: usize = 4096;

/// The logged step at which the gradients explode.
const BURST: u32 = 23;

fn main() -> Result<(), Box<dyn Error>> {
    std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/demo.jsonl"), demo()?)?;
    Ok(())
}

/// Returns the content of the file: one W&B history row per line.
fn demo() -> Result<String, Box<dyn Error>> {
    let mut out = String::new();
    for step in 0..STEPS {
        let mut noise = Noise(u64::from(step) + 1);
        // Rises from 0 to 1, fast at first.
        let progress = 1.0 - exp(-5.0 * f64::from(step) / f64::from(STEPS));
        write!(out, "{{\"_step\": {}", step * EVERY)?;
        for (key, histogram) in [
            ("gradients/conv1.weight", gradients(&mut noise, progress)?),
            ("gradients/fc.weight", bursting_gradients(&mut noise, progress, step)?),
            ("activations/relu1", activations(&mut noise, progress)?),
            ("logits", logits(&mut noise, progress)?),
            ("loss/per_sample", losses(&mut noise, progress)?),
            ("parameters/fc.weight", weights(&mut noise, progress)?),
        ] {
            write!(out, ", \"{key}\": {}", wandb::Histogram::from_hist(&histogram)?.to_json())?;
        }
        out.push_str("}\n");
    }
    Ok(out)
}

/// A spike of inactive units at zero, and the right half of a bell.
fn activations(noise: &mut Noise, progress: f64) -> Result<Histogram, rebin::hist::Error> {
    binned(noise, |noise| (noise.normal() * (0.6 + 0.7 * progress) + 0.25 - 0.6 * progress).max(0.0))
}

/// A bell that narrows.
fn gradients(noise: &mut Noise, progress: f64) -> Result<Histogram, rebin::hist::Error> {
    binned(noise, |noise| noise.normal() * (0.09 * (1.0 - progress) + 0.006))
}

/// A narrow bell with distant outliers. All of it widens around the burst.
fn bursting_gradients(noise: &mut Noise, progress: f64, step: u32) -> Result<Histogram, rebin::hist::Error> {
    let distance = f64::from(step.abs_diff(BURST));
    let burst = 1.0 + 7.0 / (1.0 + distance * distance);
    binned(noise, |noise| {
        let outlier = if noise.uniform() < 0.004 { 9.0 } else { 1.0 };
        noise.normal() * outlier * burst * (0.03 - 0.02 * progress)
    })
}

/// One hill that splits in two: the correct class, and all other classes. The range is fixed.
fn logits(noise: &mut Noise, progress: f64) -> Result<Histogram, rebin::hist::Error> {
    let samples = noise.samples(|noise| {
        let centre = if noise.uniform() < 0.1 { 5.5 * progress } else { -1.8 * progress };
        centre + noise.normal() * (0.45 + 0.55 * progress)
    });
    let range = Range { lo: Number::Float(-8.0), hi: Number::Float(8.0) };
    histogram(&samples, &Bins::Count(64), Some(range))
}

/// A lognormal distribution. Ten bins per decade (Renard numbers) show its long tail.
fn losses(noise: &mut Noise, progress: f64) -> Result<Histogram, rebin::hist::Error> {
    const DECADE: [f64; 10] = [1.0, 1.25, 1.6, 2.0, 2.5, 3.15, 4.0, 5.0, 6.3, 8.0];
    let edges = [1e3, 1e2, 1e1, 1.0].iter().flat_map(|below| DECADE.map(|x| x / below));
    let edges = Numbers::floats(edges.chain([10.0]).collect());
    let samples = noise.samples(|noise| 2.3 * exp(noise.normal() * (0.25 + 0.75 * progress) - 3.2 * progress));
    histogram(&samples, &Bins::Edges(edges), None)
}

/// One bell around zero that splits into two.
fn weights(noise: &mut Noise, progress: f64) -> Result<Histogram, rebin::hist::Error> {
    binned(noise, |noise| {
        let side = if noise.uniform() < 0.62 { -0.16 } else { 0.22 };
        side * progress + noise.normal() * 0.07
    })
}

/// Counts samples in 64 bins from the smallest to the largest, like `wandb.Histogram`.
fn binned(noise: &mut Noise, draw: impl Fn(&mut Noise) -> f64) -> Result<Histogram, rebin::hist::Error> {
    histogram(&noise.samples(draw), &Bins::Count(64), None)
}

/// The splitmix64 generator. The state is the seed.
struct Noise(u64);

impl Noise {
    /// Returns a uniform number in [0, 1).
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ self.0 >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ z >> 31) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Returns an almost normal number: the sum of twelve uniform numbers has a variance of one.
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
    }

    fn samples(&mut self, draw: impl Fn(&mut Self) -> f64) -> Samples {
        Samples::F32((0..SAMPLES).map(|_| draw(self) as f32).collect())
    }
}

/// Approximates eˣ for small x by multiplication. The library function may round differently on other platforms.
fn exp(x: f64) -> f64 {
    (0..12).fold(1.0 + x / 4096.0, |power, _| power * power)
}

#[test]
fn committed_demo_is_up_to_date() {
    assert!(demo().unwrap() == include_str!("demo.jsonl"), "run `cargo run --example generate-demo`");
}
