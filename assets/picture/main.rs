//! Draws the pictures of the README: runs a program in a terminal, types keys, and writes the screen as SVG.
//!
//! `assets/picture/all` draws all pictures of the README. This command draws one still picture:
//!
//! `cargo run --example picture -- --size 100x28 --keys 'w<Down*3>' --out still.svg -- rebin run.jsonl`
//!
//! `--record` animates the picture. This command holds `+` for thirty repeats, pauses, and then holds `]`:
//!
//! `cargo run --example picture -- --record '<+*30@80><Pause@1000><]*30>' --out hero.svg -- rebin run.jsonl`

mod cells;
mod glyphs;
mod keys;
mod outline;
mod palette;
mod recording;
mod svg;
mod terminal;

use anyhow::{Context, Result};
use clap::Parser;
use recording::Recording;
use std::num::NonZeroU16;
use std::path::PathBuf;
use std::time::Duration;
use terminal::Terminal;

/// Run a program in a terminal and write its screen as SVG.
#[derive(Debug, Parser)]
struct Arguments {
    /// Set the size of the terminal, in columns and rows.
    #[arg(long, default_value = "120x34", value_name = "COLUMNSxROWS", value_parser = size)]
    size: (NonZeroU16, NonZeroU16),
    /// Type these keys before the picture: characters, or names in angle brackets such as <Enter> <Esc> <C-r> <lt>.
    /// <Down*3> types a key three times.
    #[arg(long, default_value = "")]
    keys: String,
    /// Animate the picture: type these keys and show the screen after each. <+*30@80> types `+` thirty times and
    /// shows each screen for 80 ms. <u@0> types `u` and does not show the screen. <Pause@1000> keeps the screen for
    /// another second.
    #[arg(long, value_name = "KEYS", default_value = "")]
    record: String,
    /// Show each recorded screen for this many milliseconds.
    #[arg(long, value_name = "MS", default_value_t = 100, value_parser = clap::value_parser!(u64).range(1..))]
    pace: u64,
    /// Wait until the screen has been still for this many milliseconds.
    #[arg(long, value_name = "MS", default_value_t = 400)]
    settle: u64,
    /// Use light colours.
    #[arg(long)]
    light: bool,
    /// Set the title for screen readers.
    #[arg(long, default_value = "Screen of the program")]
    title: String,
    /// Write the picture to this file.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Run this program with these arguments.
    #[arg(last = true, required = true, value_name = "PROGRAM")]
    command: Vec<String>,
}

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let setup = keys::parse(&arguments.keys)?;
    let recorded = keys::parse(&arguments.record)?;
    let palette = if arguments.light { palette::LIGHT } else { palette::DARK };
    let settle = Duration::from_millis(arguments.settle);

    let mut terminal = Terminal::start(arguments.command, arguments.size, palette.background, settle)?;
    for key in setup {
        for _ in 0..key.count {
            terminal.press(&key.bytes)?;
        }
    }
    let mut recording = Recording::default();
    recording.push(cells::pieces(terminal.screen(), &palette), arguments.pace);
    for key in recorded {
        for _ in 0..key.count {
            terminal.press(&key.bytes)?;
            recording.push(cells::pieces(terminal.screen(), &palette), key.pace.unwrap_or(arguments.pace));
        }
    }
    terminal.stop()?;

    let picture = svg::draw(&recording, &palette, &arguments.title, arguments.size);
    std::fs::write(&arguments.out, picture).with_context(|| format!("cannot write {}", arguments.out.display()))
}

fn size(text: &str) -> Result<(NonZeroU16, NonZeroU16)> {
    let (columns, rows) = text.split_once('x').context("expected COLUMNSxROWS, such as 120x34")?;
    Ok((columns.parse()?, rows.parse()?))
}
