//! Laws over random input: every frame is well drawn, and every edit can be undone.

use crate::fixtures::{Folder, normals, npy_f64, object, run};
use crate::screen::Screen;
use proptest::prelude::*;
use rebin::app::overlay::{Overlay, PromptKind};
use rebin::app::{Message, Size};
use rebin::key::{Code, Key, Mods, Mouse, MouseKind};

fn key() -> impl Strategy<Value = Key> {
    let typed = proptest::sample::select(
        "+-=_*aAovzZ<>RthlgG#[]{}/jkwyxnmbiucqQ?!:0123456789 .,S^eeeHr~é重".chars().collect::<Vec<_>>(),
    );
    let codes = [
        Code::Enter,
        Code::Enter,
        Code::Esc,
        Code::Tab,
        Code::Backspace,
        Code::Delete,
        Code::Left,
        Code::Right,
        Code::Up,
        Code::Down,
        Code::Home,
        Code::End,
        Code::PageUp,
        Code::PageDown,
        Code::F(5),
    ];
    let plain = prop_oneof![4 => typed.prop_map(Code::Char), 2 => proptest::sample::select(codes.to_vec())];
    let held = proptest::sample::select(
        vec![(false, false, false); 12]
            .into_iter()
            .chain([(true, false, false), (false, true, false), (false, false, true)])
            .collect::<Vec<_>>(),
    );
    (plain, held).prop_map(|(code, (ctrl, alt, shift))| Key { code, mods: Mods { ctrl, alt, shift } })
}

/// A key, a mouse event or a new size. Never the key `s`, which would write a file.
fn message() -> impl Strategy<Value = Message> {
    let kinds = [
        MouseKind::Press,
        MouseKind::Drag,
        MouseKind::Release,
        MouseKind::PressRight,
        MouseKind::WheelUp,
        MouseKind::WheelDown,
        MouseKind::WheelLeft,
        MouseKind::WheelRight,
    ];
    let mouse = (proptest::sample::select(kinds.to_vec()), 0..130_u16, 0..45_u16, any::<bool>());
    let mouse = mouse.prop_map(|(kind, column, row, shift)| {
        Message::Mouse(Mouse { kind, column, row, mods: Mods { shift, ..Mods::default() } })
    });
    let size = (0..140_u16, 0..45_u16).prop_map(|(width, height)| Message::Resize(Size { width, height }));
    prop_oneof![12 => key().prop_map(Message::Key), 4 => mouse, 1 => size]
}

fn screen(which: u8, folder: &Folder) -> Screen {
    let path = match which {
        0 => folder.write("normals.npy", npy_f64(&normals(300))),
        1 => folder.write("run.jsonl", run(12)),
        2 => folder.write(
            "odd.json",
            r#"[{"_type":"histogram","values":[1,-2.5,3],"bins":[-1e308,0,0,1e308]}, [1, null, "x"]]"#,
        ),
        3 => folder.write("half.npy", npy_f64(&[1e17; 3])),
        _ => folder.write("h.json", object(&[1, 2, 3, 4, 3, 2, 1])),
    };
    Screen::open(&[&path], (100, 30))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn every_input_leads_to_a_well_drawn_frame(which in 0..5_u8, messages in proptest::collection::vec(message(), 0..60)) {
        let folder = Folder::new();
        let mut screen = screen(which, &folder);
        for message in messages {
            // Saving under the proposed name would write a file next to the tests.
            let prompt = screen.model.overlays.last();
            let saving = matches!(prompt, Some(Overlay::Prompt(prompt)) if prompt.kind == PromptKind::SaveAs);
            if saving && matches!(message, Message::Key(Key { code: Code::Enter, .. })) {
                screen.keys("<esc>");
                continue;
            }
            screen.send(message).is_well_drawn();
        }
    }

    #[test]
    fn undoing_everything_restores_the_start(which in 0..5_u8, edits in proptest::collection::vec(
        proptest::sample::select(vec!["+", "-", "_", "*", "a", "A", "o", "z", "Z", "<", ">", "t <enter>", "7 <enter>", "u", "<ctrl-r>", "v <right> z", "e x <enter>", "v <right> e m <enter>", "e / 3 <enter>", "e * 0.5 <enter>", "e n <enter>", "e s 1 <enter>", "e w 2 <enter>", "e r <enter>", "[", "]", "<esc>"]), 0..30)
    ) {
        let folder = Folder::new();
        let mut screen = screen(which, &folder);
        let histogram = screen.model.shown().map(|shown| shown.histogram.clone());
        for keys in &edits {
            screen.keys(keys);
        }
        // A rejected argument is still in its prompt.
        screen.keys("<esc>");
        for _ in 0..=edits.len() {
            screen.keys("u");
        }
        screen.keys("G");
        prop_assert_eq!(screen.model.unsaved(), []);
        prop_assert_eq!(screen.model.shown().map(|shown| shown.histogram.clone()), histogram);
    }
}
