//! Pictures made to break a reader: odd sizes, codes torn and stretched, finders everywhere, pure
//! noise.

use qrcode::{Color, QrCode};

use crate::dice::Dice;

/// A grey picture: width, height, rows without padding.
pub type Picture = (usize, usize, Vec<u8>);

/// Returns the `number`-th hostile picture, at most 1280x720.
pub fn picture(number: u64) -> Picture {
    let mut dice = Dice::new(number ^ 0xbad_0000);
    let (width, height) = match dice.below(4) {
        0 => (1 + dice.below(64) as usize, 1 + dice.below(64) as usize),
        1 => (1_280, 720),
        2 => (1 + dice.below(1_280) as usize, 1 + dice.below(12) as usize),
        _ => (1 + dice.below(640) as usize, 1 + dice.below(480) as usize),
    };
    let mut grey = match dice.below(6) {
        0 => noise(&mut dice, width * height),
        1 => finders(&mut dice, width, height),
        2 => stripes(&mut dice, width, height),
        3 => vec![dice.below(256) as u8; width * height],
        _ => codes(&mut dice, width, height),
    };
    for _ in 0..dice.below(4) {
        tear(&mut dice, width, &mut grey);
    }
    (width, height, grey)
}

fn noise(dice: &mut Dice, length: usize) -> Vec<u8> {
    let two_level = dice.below(2) == 0;
    let grain = 1 + dice.below(4) as usize;
    let mut grey = Vec::with_capacity(length);
    while grey.len() < length {
        let byte = dice.throw() as u8;
        let byte = if two_level { (byte & 1) * 255 } else { byte };
        grey.extend(std::iter::repeat_n(byte, grain.min(length - grey.len())));
    }
    grey
}

/// Draws hundreds of finder patterns, whose triples a reader might try one by one.
fn finders(dice: &mut Dice, width: usize, height: usize) -> Vec<u8> {
    let (module, gap) = (1 + dice.below(5) as usize, 7 + dice.below(6) as usize);
    let ring = |i: usize| i.min(6_usize.saturating_sub(i));
    (0..width * height)
        .map(|i| {
            let (x, y) = (i % width / module % gap, i / width / module % gap);
            let dark = x < 7 && y < 7 && ring(x).min(ring(y)) != 1;
            if dark { 0 } else { 255 }
        })
        .collect()
}

fn stripes(dice: &mut Dice, width: usize, height: usize) -> Vec<u8> {
    let (a, b) = (1 + dice.below(9) as usize, 1 + dice.below(9) as usize);
    (0..width * height)
        .map(|i| {
            if (i % width / a + i / width / b).is_multiple_of(2) {
                0
            } else {
                255
            }
        })
        .collect()
}

/// Draws random symbols of all versions over each other at random scales, some of their modules
/// flipped.
fn codes(dice: &mut Dice, width: usize, height: usize) -> Vec<u8> {
    let mut grey = vec![200; width * height];
    for _ in 0..=dice.below(3) {
        let payload: Vec<u8> = (0..dice.below(1_200)).map(|_| dice.throw() as u8).collect();
        let Ok(code) = QrCode::new(&payload) else {
            continue;
        };
        let colors = code.to_colors();
        let flips = dice.below(30);
        let module = dice.between(0.8, 7.0);
        let (left, top) = (
            dice.below(width as u64) as usize,
            dice.below(height as u64) as usize,
        );
        let side = (code.width() as f32 * module) as usize;
        for y in top..(top + side).min(height) {
            for x in left..(left + side).min(width) {
                let column = ((x - left) as f32 / module) as usize;
                let row = ((y - top) as f32 / module) as usize;
                let dark =
                    colors[(row * code.width() + column).min(colors.len() - 1)] == Color::Dark;
                let flip = dice.below(100) < flips;
                grey[y * width + x] = if dark == flip { 240 } else { 15 };
            }
        }
    }
    grey
}

/// Repeats, blanks or turns a run of rows.
fn tear(dice: &mut Dice, width: usize, grey: &mut [u8]) {
    let rows = grey.len() / width;
    let from = dice.below(rows as u64) as usize;
    let to = (from + 1 + dice.below(20) as usize).min(rows);
    let run = &mut grey[from * width..to * width];
    match dice.below(3) {
        0 => run.reverse(),
        1 => run.fill(dice.below(256) as u8),
        _ => run.iter_mut().for_each(|grey| *grey = !*grey),
    }
}
