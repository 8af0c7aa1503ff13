//! Writes `assets/demo.jsonl`, the run that `rebin` shows when there is nothing else: sixty steps of a small network
//! that learns, from seeded pseudo-random samples.
//!
//! Only arithmetic that every platform rounds alike, so that the file comes out the same everywhere; a test below
//! says so.

use rebin::hist::{Bins, Histogram, Number, Numbers, Range, Samples, histogram};
use rebin::wandb;
use std::error::Error;
use std::fmt::Write;

/// Logged steps, and training steps between two of them.
const STEPS: u32 = 60;
const EVERY: u32 = 50;

/// Samples behind each histogram.
const SAMPLES: usize = 4096;

/// The step at which gradients explode for a moment.
const BURST: u32 = 23;

fn main() -> Result<(), Box<dyn Error>> {
    std::fs::write(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/demo.jsonl"), demo()?)?;
    Ok(())
}

/// The whole file: a W&B history row a line.
fn demo() -> Result<String, Box<dyn Error>> {
    let mut out = String::new();
    for step in 0..STEPS {
        let mut noise = Noise(u64::from(step) + 1);
        // From 0 to 1, fast at first.
        let learnt = 1.0 - exp(-5.0 * f64::from(step) / f64::from(STEPS));
        write!(out, "{{\"_step\": {}", step * EVERY)?;
        for (key, histogram) in [
            ("gradients/conv1.weight", gradients(&mut noise, learnt)?),
            ("gradients/fc.weight", bursting_gradients(&mut noise, learnt, step)?),
            ("activations/relu1", activations(&mut noise, learnt)?),
            ("logits", logits(&mut noise, learnt)?),
            ("loss/per_sample", losses(&mut noise, learnt)?),
            ("parameters/fc.weight", weights(&mut noise, learnt)?),
        ] {
            write!(out, ", \"{key}\": {}", wandb::Histogram::from_hist(&histogram)?.to_json())?;
        }
        out.push_str("}\n");
    }
    Ok(out)
}

/// A spike of units that are off, and the right half of a bell.
fn activations(noise: &mut Noise, learnt: f64) -> Result<Histogram, rebin::hist::Error> {
    binned(noise, |noise| (noise.normal() * (0.6 + 0.7 * learnt) + 0.25 - 0.6 * learnt).max(0.0))
}

/// A bell that narrows.
fn gradients(noise: &mut Noise, learnt: f64) -> Result<Histogram, rebin::hist::Error> {
    binned(noise, |noise| noise.normal() * (0.09 * (1.0 - learnt) + 0.006))
}

/// A narrow bell with outliers far away, and a moment in which all of it explodes.
fn bursting_gradients(noise: &mut Noise, learnt: f64, step: u32) -> Result<Histogram, rebin::hist::Error> {
    let away = f64::from(step.abs_diff(BURST));
    let burst = 1.0 + 7.0 / (1.0 + away * away);
    binned(noise, |noise| {
        let outlier = if noise.uniform() < 0.004 { 9.0 } else { 1.0 };
        noise.normal() * outlier * burst * (0.03 - 0.02 * learnt)
    })
}

/// From one hill to two: the right class, and all the others. Logged over a fixed range.
fn logits(noise: &mut Noise, learnt: f64) -> Result<Histogram, rebin::hist::Error> {
    let samples = noise.samples(|noise| {
        let centre = if noise.uniform() < 0.1 { 5.5 * learnt } else { -1.8 * learnt };
        centre + noise.normal() * (0.45 + 0.55 * learnt)
    });
    let range = Range { lo: Number::Float(-8.0), hi: Number::Float(8.0) };
    histogram(&samples, &Bins::Count(64), Some(range))
}

/// Lognormal, in bins that widen tenfold every ten (Renard's numbers), so that the long tail can be read.
fn losses(noise: &mut Noise, learnt: f64) -> Result<Histogram, rebin::hist::Error> {
    const DECADE: [f64; 10] = [1.0, 1.25, 1.6, 2.0, 2.5, 3.15, 4.0, 5.0, 6.3, 8.0];
    let edges = [1e3, 1e2, 1e1, 1.0].iter().flat_map(|below| DECADE.map(|x| x / below));
    let edges = Numbers::floats(edges.chain([10.0]).collect());
    let samples = noise.samples(|noise| 2.3 * exp(noise.normal() * (0.25 + 0.75 * learnt) - 3.2 * learnt));
    histogram(&samples, &Bins::Edges(edges), None)
}

/// From a bell around zero to two that drift apart.
fn weights(noise: &mut Noise, learnt: f64) -> Result<Histogram, rebin::hist::Error> {
    binned(noise, |noise| {
        let side = if noise.uniform() < 0.62 { -0.16 } else { 0.22 };
        side * learnt + noise.normal() * 0.07
    })
}

/// Samples in 64 bins between the smallest and the largest, as `wandb.Histogram` does it.
fn binned(noise: &mut Noise, draw: impl Fn(&mut Noise) -> f64) -> Result<Histogram, rebin::hist::Error> {
    histogram(&noise.samples(draw), &Bins::Count(64), None)
}

/// Pseudo-random numbers by splitmix64; the state is the seed.
struct Noise(u64);

impl Noise {
    /// Uniform in [0, 1).
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let z = (self.0 ^ self.0 >> 30).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let z = (z ^ z >> 27).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ z >> 31) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Close to normal: twelve uniform numbers, which have a variance of one together.
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
    }

    fn samples(&mut self, draw: impl Fn(&mut Self) -> f64) -> Samples {
        Samples::F32((0..SAMPLES).map(|_| draw(self) as f32).collect())
    }
}

/// Close to eˣ for the small x here, from multiplications alone: the library function may round differently elsewhere.
fn exp(x: f64) -> f64 {
    (0..12).fold(1.0 + x / 4096.0, |power, _| power * power)
}

#[test]
fn the_committed_demo_is_what_this_writes() {
    assert!(demo().unwrap() == include_str!("demo.jsonl"), "cargo run --example generate-demo");
}
