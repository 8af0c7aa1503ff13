//! A histogram drawn with ratatui's own `BarChart`, for the comparison in `side_by_side.py`.
//!
//! Usage: `bar_chart FILE.csv`. Starts with 64 bins. `+` and `-` change them, any other key quits.

use crossterm::event::{self, Event, KeyCode};
use ratatui::widgets::{Bar, BarChart, BarGroup};
use ratatui::{Terminal, prelude::CrosstermBackend};
use rebin::hist::{Bins, Samples, histogram};
use std::io::stdout;

fn main() -> anyhow::Result<()> {
    let path = std::env::args().nth(1).unwrap_or_default();
    let text = std::fs::read_to_string(path)?;
    let samples = Samples::F64(text.lines().skip(1).map(str::parse).collect::<Result<_, _>>()?);
    let mut terminal = Terminal::new(CrosstermBackend::new(stdout()))?;
    crossterm::terminal::enable_raw_mode()?;
    let mut bins = 64;
    loop {
        let found = histogram(&samples, &Bins::Count(bins), None)?;
        let counts = found.counts().as_f64();
        let bars: Vec<Bar> = counts.iter().map(|n| Bar::default().value(*n as u64).text_value("")).collect();
        terminal.draw(|frame| {
            let width = (frame.area().width / bins as u16).max(1);
            let chart = BarChart::default().data(BarGroup::default().bars(&bars)).bar_width(width).bar_gap(0);
            frame.render_widget(chart, frame.area());
        })?;
        match event::read()? {
            Event::Key(key) if key.code == KeyCode::Char('+') => bins += 1,
            Event::Key(key) if key.code == KeyCode::Char('-') => bins -= 1,
            Event::Key(_) => break,
            _ => {}
        }
    }
    Ok(crossterm::terminal::disable_raw_mode()?)
}
