use super::*;
use crate::app::{Message, Size, update};
use crate::key::parse_sequence;
use crate::runtime::Workspace;
use crate::settings::{Depth, Settings};
use crate::source::{Input, Task};

/// Updates the model and does all work that follows.
fn send(model: &mut Model, workspace: &mut Workspace, message: Message) {
    let mut waiting = vec![message];
    while let Some(message) = waiting.pop() {
        let effects = update(model, message);
        waiting.extend(effects.into_iter().filter_map(|effect| workspace.perform(effect, &Task::default())));
    }
}

/// The demo has only ASCII keys, so all other characters on the screen are rebin's own.
#[test]
fn ascii_screens_have_a_replacement_for_each_character() {
    let (settings, _) = Settings::load(Some("glyphs = \"ascii\""), Depth::True);
    let mut model = Model::new(Size { width: 120, height: 34 }, settings, 1);
    let mut workspace = Workspace::default();
    let opened = workspace.open(&Input::Demo, &Task::default());
    send(&mut model, &mut workspace, opened);

    let views = "w w w w w w w N y x X";
    let edits = "m down v right e m enter e = 7 enter + e / 3 esc H esc u";
    let overlays = "? pagedown esc ! esc I esc , esc : esc e esc E esc";
    let prompts = "/ g r esc # 7 esc 5 1 2 esc R esc t esc S esc";
    let answers = "T right space esc B esc V V V % 5 0 enter m down M m M d M r M o D D d C C C M x";
    for name in [views, edits, overlays, prompts, answers].join(" ").split(' ') {
        let keys = parse_sequence(name).unwrap();
        for key in keys {
            send(&mut model, &mut workspace, Message::Key(key));
        }
        for (width, height) in [(120, 34), (80, 24), (40, 12), (20, 6), (10, 3)] {
            send(&mut model, &mut workspace, Message::Resize(Size { width, height }));
            let mut buf = Buffer::empty(Rect::new(0, 0, width, height));
            compose(&model, buf.area, &mut buf);
            let symbols = buf.content.iter().map(Cell::symbol);
            let unknown: Vec<&str> =
                symbols.filter(|symbol| !symbol.is_ascii() && ascii_replacement(symbol).is_none()).collect();
            assert!(unknown.is_empty(), "after '{name}' at {width} x {height}: {unknown:?}");
        }
        let size = model.size;
        assert!(plain_chart(&model, size).content.iter().all(|cell| cell.symbol().is_ascii()));
    }
}
