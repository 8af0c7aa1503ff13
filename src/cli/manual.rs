//! `rebin man` and `rebin completions`, generated from the arguments and the key bindings.

use super::args::Cli;
use super::exit::{Failure, print};
use crate::action::Area;
use crate::error::Error;
use crate::settings::{Depth, Settings};
use crate::text::wrap;
use crate::view::{Binding, bindings};
use clap::CommandFactory as _;
use clap_complete::Shell;
use clap_mangen::Man;
use std::fmt::Write as _;
use std::io;

const NAME: &str = "rebin";

const KEYS: &str = "\
.SH KEYS
Default bindings; override them in the settings file.
";

/// Columns of a line in the long help, and of the keys before their help.
const LINE: usize = 80;
const KEYS_COLUMN: usize = 27;

/// Sections after the keys.
const SECTIONS: &str = include_str!("manual/sections.roff");

/// Prints the completion script of a shell.
pub(super) fn completions(shell: Shell) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), NAME, &mut script);
    print(&script)
}

/// Prints the man page, with all commands and keys.
pub(super) fn man() -> Result<(), Failure> {
    let page = page().map_err(|why| Error::Write { what: "the man page".into(), why: why.to_string() })?;
    print(page.as_bytes())
}

fn page() -> io::Result<String> {
    // The page is the same for all targets.
    let mut command = Cli::command().version(env!("CARGO_PKG_VERSION"));
    command.build();
    let mut page = Vec::new();
    let man = Man::new(command.clone());
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    let mut page = String::from_utf8_lossy(&page).into_owned();
    for inner in command.get_subcommands().filter(|inner| inner.get_name() != "help") {
        let mut section = Vec::new();
        let man = Man::new(inner.clone());
        man.render_synopsis_section(&mut section)?;
        man.render_description_section(&mut section)?;
        man.render_options_section(&mut section)?;
        let _ = writeln!(page, ".SH {} {}", NAME.to_uppercase(), inner.get_name().to_uppercase());
        // Sections of the command become subsections. The page already has the definitions (`.ie`, `.el`).
        let section = String::from_utf8_lossy(&section).replace(".SH ", ".SS ");
        let is_definition = |line: &&str| line.starts_with(".ie ") || line.starts_with(".el ");
        page.extend(section.lines().filter(|line| !is_definition(line)).flat_map(|line| [line, "\n"]));
    }
    page += KEYS;
    for (area, bindings) in by_area() {
        let _ = writeln!(page, ".SS {}", roff(area.title()));
        for binding in bindings {
            let _ = writeln!(page, ".TP\n\\fB{}\\fR\n{}", roff(&binding.keys), roff(binding.help));
        }
    }
    page += SECTIONS;
    Ok(page)
}

/// Key section of the long help.
pub(super) fn keys() -> String {
    let mut text = String::from("Keys:");
    for (area, bindings) in by_area() {
        let _ = write!(text, "\n  {}\n", area.title());
        for binding in bindings {
            for (at, line) in wrap(binding.help, LINE - KEYS_COLUMN).iter().enumerate() {
                let keys = if at == 0 { &binding.keys } else { "" };
                let _ = writeln!(text, "    {keys:<width$} {line}", width = KEYS_COLUMN - 5);
            }
        }
    }
    text
}

/// Default key bindings, by area.
fn by_area() -> Vec<(Area, Vec<Binding>)> {
    let all = bindings(&Settings::load(None, Depth::None).0.keymap);
    let of = |area: &Area| all.iter().filter(|binding| binding.area == *area).cloned().collect();
    Area::ALL.iter().map(|area| (*area, of(area))).collect()
}

/// Escapes text for roff.
fn roff(text: &str) -> String {
    let escaped = text.chars().map(|c| match c {
        '\\' => "\\e".into(),
        '-' => "\\-".into(),
        '^' => "\\(ha".into(),
        '~' => "\\(ti".into(),
        '`' => "\\(ga".into(),
        '\'' => "\\(aq".into(),
        c => c.to_string(),
    });
    let escaped: String = escaped.collect();
    if escaped.starts_with('.') { format!("\\&{escaped}") } else { escaped }
}
