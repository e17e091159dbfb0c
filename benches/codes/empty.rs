//! Frames that show no code: sitters, rooms, noise, lines of text, textures.

use std::f32::consts::TAU;

use capture_station::{
    geometry::Size,
    reader::luma::Luma,
    sitter::{Person, Pose, Scene, render},
};

use crate::{
    dice::Dice,
    render::{Grey, HEIGHT, WIDTH, room},
};

/// Sitters are expensive to render, so each is used for several frames.
const FRAMES_A_SITTER: u64 = 40;

/// Returns the code-free frames 0 to `count`, in order.
pub fn frames(count: u64) -> impl Iterator<Item = Grey> {
    let mut sitter = Vec::new();
    (0..count).map(move |number| {
        if number % 5 == 0 && (number / 5) % FRAMES_A_SITTER == 0 {
            sitter = person(number);
        }
        let mut dice = Dice::new(number ^ 0xe000_0000);
        let clean = match number % 5 {
            0 => sitter.clone(),
            1 => room(number),
            2 => vec![dice.between(30.0, 220.0); WIDTH * HEIGHT],
            3 => text(&mut dice),
            _ => texture(&mut dice),
        };
        let noise = dice.between(1.0, if number % 5 == 2 { 70.0 } else { 12.0 });
        clean
            .iter()
            .map(|grey| (grey + noise * dice.normal()).clamp(0.0, 255.0) as u8)
            .collect()
    })
}

fn person(seed: u64) -> Vec<f32> {
    let size = Size::new(WIDTH as u32, HEIGHT as u32);
    let rendering = render(
        &Person::from_seed(seed),
        &Pose::good(size),
        &Scene::default(),
        size,
    );
    Luma::of(&rendering.rgb)
        .bytes()
        .iter()
        .map(|grey| f32::from(*grey))
        .collect()
}

/// Draws lines of small blocks, like a page or a phone's list.
fn text(dice: &mut Dice) -> Vec<f32> {
    let (paper, ink) = (dice.between(150.0, 240.0), dice.between(5.0, 80.0));
    let (line, letter) = (4 + dice.below(20) as usize, 1 + dice.below(7) as usize);
    let letters: Vec<u64> = (0..4_096).map(|_| dice.throw()).collect();
    (0..WIDTH * HEIGHT)
        .map(|i| {
            let (row, column) = (i / WIDTH, i % WIDTH);
            let gap = row % line >= line * 2 / 3;
            let word = letters[(row / line * 53 + column / (letter * 8)) % 4_096];
            let stroke = word >> ((column / letter) % 8 * 8 + row % line % 8) & 1 == 1;
            if !gap && stroke { ink } else { paper }
        })
        .collect()
}

/// Draws checks, weaves and tiles: sums of a few waves, hard-edged.
fn texture(dice: &mut Dice) -> Vec<f32> {
    let waves: Vec<[f32; 3]> = (0..=dice.below(4))
        .map(|_| [dice.around(0.9), dice.around(0.9), dice.between(0.0, TAU)])
        .collect();
    let hard = dice.between(20.0, 400.0);
    (0..WIDTH * HEIGHT)
        .map(|i| {
            let (x, y) = ((i % WIDTH) as f32, (i / WIDTH) as f32);
            let sum: f32 = waves
                .iter()
                .map(|[a, b, c]| (a * x + b * y + c).sin())
                .sum();
            128.0 + (sum * hard).clamp(-110.0, 110.0)
        })
        .collect()
}
