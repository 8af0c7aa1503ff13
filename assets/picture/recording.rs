//! Screens of a program over time.

use crate::cells::Piece;
use std::collections::{BTreeMap, BTreeSet};

/// Distinct screens, and the order in which they are shown.
#[derive(Debug, Default)]
pub(crate) struct Recording {
    screens: Vec<BTreeSet<Piece>>,
    /// Indices of screens, with the milliseconds that each is shown.
    frames: Vec<(usize, u64)>,
}

/// Pieces that are shown on the same screens.
#[derive(Debug)]
pub(crate) struct Layer<'a> {
    /// Indices of the screens, in increasing order.
    pub(crate) screens: Vec<usize>,
    pub(crate) pieces: Vec<&'a Piece>,
}

impl Recording {
    /// Shows a screen for a number of milliseconds after the screens so far. Skips the screen if the number is zero.
    pub(crate) fn push(&mut self, screen: BTreeSet<Piece>, milliseconds: u64) {
        if milliseconds == 0 {
            return;
        }
        let index = match self.screens.iter().position(|known| *known == screen) {
            Some(index) => index,
            None => {
                self.screens.push(screen);
                self.screens.len() - 1
            }
        };
        match self.frames.last_mut() {
            Some((last, shown)) if *last == index => *shown += milliseconds,
            _ => self.frames.push((index, milliseconds)),
        }
    }

    /// Returns the length in milliseconds.
    pub(crate) fn duration(&self) -> u64 {
        self.frames.iter().map(|(_, milliseconds)| milliseconds).sum()
    }

    /// Returns the times at which any of the screens appears or disappears, in milliseconds from the start.
    pub(crate) fn changes(&self, screens: &[usize]) -> Vec<(u64, bool)> {
        let mut changes: Vec<(u64, bool)> = Vec::new();
        let mut time = 0;
        for (screen, milliseconds) in &self.frames {
            let visible = screens.contains(screen);
            if changes.last().is_none_or(|(_, last)| *last != visible) {
                changes.push((time, visible));
            }
            time += milliseconds;
        }
        changes
    }

    /// Splits the screens into layers. Pieces that several screens share form a layer if `pays` accepts the layer.
    /// Otherwise each of these screens gets a copy. Pieces that all screens share form the first layer.
    pub(crate) fn layers(&self, pays: impl Fn(&Layer<'_>) -> bool) -> Vec<Layer<'_>> {
        let mut shown: BTreeMap<&Piece, Vec<usize>> = BTreeMap::new();
        for (index, screen) in self.screens.iter().enumerate() {
            for piece in screen {
                shown.entry(piece).or_default().push(index);
            }
        }
        let mut sets: BTreeMap<Vec<usize>, Vec<&Piece>> = BTreeMap::new();
        for (piece, screens) in shown {
            sets.entry(screens).or_default().push(piece);
        }

        let mut shared = Vec::new();
        let mut alone = vec![BTreeSet::new(); self.screens.len()];
        for (screens, pieces) in sets {
            let layer = Layer { screens, pieces };
            if layer.screens.len() == self.screens.len() {
                shared.insert(0, layer);
            } else if layer.screens.len() > 1 && pays(&layer) {
                shared.push(layer);
            } else {
                layer.screens.iter().for_each(|&index| alone[index].extend(&layer.pieces));
            }
        }
        let alone = alone.into_iter().enumerate().filter(|(_, pieces)| !pieces.is_empty());
        shared
            .extend(alone.map(|(index, pieces)| Layer { screens: vec![index], pieces: pieces.into_iter().collect() }));
        shared
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn screen(shapes: &[u32]) -> BTreeSet<Piece> {
        shapes.iter().map(|colour| Piece::Background(*colour, [0; 4])).collect()
    }

    /// Screens and colours of each layer.
    fn summary(layers: &[Layer<'_>]) -> Vec<(Vec<usize>, Vec<u32>)> {
        let colour = |piece: &&Piece| match piece {
            Piece::Background(colour, _) => *colour,
            other => panic!("{other:?}"),
        };
        layers.iter().map(|layer| (layer.screens.clone(), layer.pieces.iter().map(colour).collect())).collect()
    }

    fn recording() -> Recording {
        let mut recording = Recording::default();
        for (shapes, milliseconds) in [(&[1, 2], 100), (&[1, 3], 50), (&[1, 3], 50), (&[1, 2], 200)] {
            recording.push(screen(shapes), milliseconds);
        }
        recording.push(screen(&[5]), 0);
        recording.push(screen(&[1, 3, 4]), 100);
        recording
    }

    #[test]
    fn repeated_screens_are_stored_once() {
        let recording = recording();
        assert_eq!(recording.screens.len(), 3);
        assert_eq!(recording.frames, [(0, 100), (1, 100), (0, 200), (2, 100)]);
        assert_eq!(recording.duration(), 500);
    }

    #[test]
    fn changes_are_listed_once() {
        assert_eq!(recording().changes(&[1, 2]), [(0, false), (100, true), (200, false), (400, true)]);
        assert_eq!(recording().changes(&[0, 1]), [(0, true), (400, false)]);
    }

    #[test]
    fn shared_pieces_are_layers_if_that_pays() {
        let recording = recording();
        let shared = [(vec![0, 1, 2], vec![1]), (vec![1, 2], vec![3]), (vec![0], vec![2]), (vec![2], vec![4])];
        assert_eq!(summary(&recording.layers(|_| true)), shared);
        let copied = [(vec![0, 1, 2], vec![1]), (vec![0], vec![2]), (vec![1], vec![3]), (vec![2], vec![3, 4])];
        assert_eq!(summary(&recording.layers(|_| false)), copied);
    }
    #[test]
    fn layers_add_up_to_the_screens() {
        let recording = recording();
        for pays in [true, false] {
            let layers = recording.layers(|_| pays);
            for (index, screen) in recording.screens.iter().enumerate() {
                let visible = layers.iter().filter(|layer| layer.screens.contains(&index));
                let pieces: BTreeSet<Piece> = visible.flat_map(|layer| layer.pieces.iter().copied().cloned()).collect();
                assert_eq!(pieces, *screen);
            }
        }
    }
}
