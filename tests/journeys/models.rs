//! Checkpoints and models: the tree of their tensors, bins, and exports.

use crate::fixtures::{Folder, histogram};
use crate::screen::{Screen, WIDE};
use std::path::Path;

fn sample(name: &str) -> &Path {
    Path::new(name)
}

#[test]
fn a_checkpoint_is_a_tree_in_which_states_have_the_names_of_their_parameters() {
    let folder = Folder::new();
    let mut screen = Screen::open(&[sample("tests/samples/checkpoints/order.pt")], WIDE);
    screen.heads("model.0.weight").shows("PyTorch, 19 tensors").shows("▾ optimizer.state").heads("64 bins exact");
    screen.keys("/").paste("2.weight exp_avg_sq").keys("<enter>").heads("optimizer.state.2.weight.exp_avg_sq");
    screen.keys("16 <enter>").heads("16 bins exact");
    let exported = folder.path("state.json");
    screen.keys("E <enter>").paste(&exported).keys("<enter>").says("wrote");
    assert_eq!(histogram(&exported).bins(), 16);
}

#[test]
fn weights_of_keras_are_a_tree_of_layers() {
    let folder = Folder::new();
    let mut screen = Screen::open(&[sample("tests/samples/hdf5/model_juniper.keras")], WIDE);
    screen.shows("▾ layers").shows("vars").heads("64 bins exact");
    screen.keys("5 <enter>").heads("5 bins exact").keys("u").heads("64 bins exact");
    let exported = folder.path("layer.json");
    screen.keys("E <enter>").paste(&exported).keys("<enter>").says("wrote");
    assert_eq!(histogram(&exported).bins(), 64);
}
