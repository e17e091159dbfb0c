//! Each violation that a check must catch changes what it should, and only that.

use image::RgbImage;

use super::*;

const SIZE: Size = Size::new(180, 240);
/// A person without glasses, with short hair and fair skin.
const PLAIN: u64 = 3;

struct Change {
    person: Person,
    pose: Pose,
    scene: Scene,
}

/// Renders person `seed` with `change` applied, without noise.
fn picture(seed: u64, change: impl FnOnce(&mut Change)) -> Rendering {
    let mut made = Change {
        person: Person::from_seed(seed),
        pose: Pose::good(SIZE),
        scene: Scene {
            noise: 0.0,
            ..Scene::default()
        },
    };
    change(&mut made);
    render(&made.person, &made.pose, &made.scene, SIZE)
}

fn good(seed: u64) -> Rendering {
    picture(seed, |_| ())
}

/// Returns the pixels that differ by more than a shade, relative to the middle between the eyes in
/// face widths: right and down are positive.
fn changed(a: &Rendering, b: &Rendering) -> Vec<(f32, f32)> {
    changed_by(3, a, b)
}

/// Returns the pixels that differ by more than this many steps in some channel.
fn changed_by(steps: u8, a: &Rendering, b: &Rendering) -> Vec<(f32, f32)> {
    let truth = &a.truth;
    a.rgb
        .enumerate_pixels()
        .filter(|(x, y, p)| {
            let pairs = p.0.into_iter().zip(b.rgb.get_pixel(*x, *y).0);
            pairs.into_iter().any(|(a, b)| a.abs_diff(b) > steps)
        })
        .map(|(x, y, _)| {
            let (dx, dy) = (x as f32 - truth.midline_x, y as f32 - truth.eye_line_y);
            (dx / truth.face_width, dy / truth.face_width)
        })
        .collect()
}

/// Returns the mean of the 3x3 pixels at a place in face widths from the middle between the eyes.
fn at(made: &Rendering, right: f32, down: f32) -> [f32; 3] {
    let truth = &made.truth;
    let x = (truth.midline_x + right * truth.face_width) as u32;
    let y = (truth.eye_line_y + down * truth.face_width) as u32;
    mean(&made.rgb, x - 1..x + 2, y - 1..y + 2)
}

fn mean(rgb: &RgbImage, columns: std::ops::Range<u32>, rows: std::ops::Range<u32>) -> [f32; 3] {
    let count = (columns.len() * rows.len()) as f32;
    let mut sum = [0.0; 3];
    for y in rows {
        for x in columns.clone() {
            for (sum, value) in sum.iter_mut().zip(rgb.get_pixel(x, y).0) {
                *sum += f32::from(value) / count;
            }
        }
    }
    sum
}

fn luma(rgb: [f32; 3]) -> f32 {
    0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2]
}

#[test]
fn truth_says_what_was_asked_for() {
    let made = picture(PLAIN, |made| {
        made.pose.smile = 0.7;
        made.pose.shine = 0.6;
        made.pose.glare = 0.5;
        made.scene.exposure = 0.4;
        made.scene.tint = [1.2, 1.0, 0.7];
        made.scene.red_eye = 0.3;
        made.scene.motion_px = 5.0;
        made.scene.clutter = 0.2;
        made.person.hair.over_ears = 0.8;
        made.person.hair.over_eyes = 0.9;
    });
    let truth = made.truth;
    assert_eq!((truth.smile, truth.shine), (0.7, 0.6));
    assert_eq!((truth.exposure, truth.tint), (0.4, [1.2, 1.0, 0.7]));
    assert_eq!((truth.red_eye, truth.motion_px), (0.3, 5.0));
    assert_eq!((truth.clutter, truth.over_ears), (0.2, 0.8));
    assert_eq!((truth.over_eyes, truth.bun_height), (0.9, None));
    assert_eq!((truth.glasses, truth.glare), (false, 0.0));
    assert_eq!(truth.moved(2.0, 0.0, 0.0).motion_px, 10.0);
}

#[test]
fn a_smile_lifts_the_corners_of_the_mouth_and_leaves_the_eyes() {
    let (rest, smile) = (good(PLAIN), picture(PLAIN, |made| made.pose.smile = 1.0));
    let seam = |made: &Rendering, right: f32| {
        let truth = &made.truth;
        let x = (truth.midline_x + right * truth.face_width) as u32;
        let middle = truth.mouth.y as u32;
        let reach = (0.06 * truth.face_width) as u32;
        let dark = |y: &u32| luma(mean(&made.rgb, x..x + 1, *y..*y + 1)) as u32;
        (middle - reach..middle + reach).min_by_key(dark).unwrap() as f32 / truth.face_width
    };
    for side in [-0.16, 0.16] {
        assert!(seam(&rest, side) - seam(&smile, side) > 0.012);
    }
    assert!(changed(&rest, &smile).len() > 300);
    // Raised cheeks shade the lower lids a little; the eyes stay.
    let changed = changed_by(12, &rest, &smile);
    assert!(changed.len() > 100, "{}", changed.len());
    let beside_the_eyes = |&(x, y): &(f32, f32)| y > 0.06 || x.abs() > 0.36;
    assert!(changed.iter().all(beside_the_eyes));
    assert!(changed.iter().all(|&(x, _)| x.abs() < 0.6));
    assert_eq!(rest.truth.eye_line_y, smile.truth.eye_line_y);
}

#[test]
fn shine_brightens_forehead_and_nose_and_nothing_beside_the_head() {
    let (matt, wet) = (good(PLAIN), picture(PLAIN, |made| made.pose.shine = 1.0));
    assert_eq!(matt.alpha, wet.alpha);
    for side in [-0.15, 0.15] {
        let forehead = |made: &Rendering| luma(at(made, side, -0.3));
        assert!(forehead(&wet) > forehead(&matt) + 12.0);
    }
    assert!(
        changed(&matt, &wet)
            .iter()
            .all(|&(x, y)| x.abs() < 0.55 && y < 0.9)
    );
}

#[test]
fn glare_whitens_both_lenses_and_needs_glasses() {
    let worn = |glare: f32| {
        picture(PLAIN, |made| {
            made.person = Person::from_seed(PLAIN).with_glasses();
            made.pose.glare = glare;
        })
    };
    let (clear, glaring) = (worn(0.0), worn(1.0));
    assert_eq!(clear.alpha, glaring.alpha);
    assert!(glaring.truth.glasses && glaring.truth.glare == 1.0);
    for side in [-1.0_f32, 1.0] {
        let white = |made: &Rendering| {
            let truth = &made.truth;
            let lens = (truth.midline_x + side * 0.225 * truth.face_width) as u32;
            let (eyes, reach) = (truth.eye_line_y as u32, (0.1 * truth.face_width) as u32);
            let rows = eyes - reach..eyes + reach;
            rows.flat_map(|y| (lens - reach..lens + reach).map(move |x| (x, y)))
                .filter(|&(x, y)| made.rgb.get_pixel(x, y).0.iter().all(|&v| v > 235))
                .count()
        };
        assert!(white(&glaring) > white(&clear) + 80, "{}", white(&glaring));
    }
    assert!(
        changed(&clear, &glaring)
            .iter()
            .all(|&(x, y)| x.abs() < 0.45 && y.abs() < 0.2)
    );
    let bare = picture(PLAIN, |made| made.pose.glare = 1.0);
    assert_eq!(bare.rgb, good(PLAIN).rgb);
}

#[test]
fn red_eye_reddens_the_pupils_only() {
    let (plain, red) = (good(PLAIN), picture(PLAIN, |made| made.scene.red_eye = 1.0));
    assert_eq!(plain.alpha, red.alpha);
    for iris in [red.truth.iris_left, red.truth.iris_right] {
        let [r, g, b] = red
            .rgb
            .get_pixel(iris.x as u32, iris.y as u32)
            .0
            .map(u32::from);
        assert!(r > 100 && r > 2 * g && r > 2 * b, "{r} {g} {b}");
    }
    let changed = changed(&plain, &red);
    assert!(
        changed
            .iter()
            .all(|&(x, y)| y.abs() < 0.06 && (x.abs() - 0.215).abs() < 0.06)
    );
}

#[test]
fn exposure_and_tint_change_all_light_and_no_outline() {
    let plain = good(PLAIN);
    let exposed = |exposure: f32| picture(PLAIN, |made| made.scene.exposure = exposure);
    let (dark, burnt) = (exposed(0.3), exposed(3.0));
    let warm = picture(PLAIN, |made| made.scene.tint = [1.4, 1.0, 0.6]);
    for other in [&dark, &burnt, &warm] {
        assert_eq!(plain.alpha, other.alpha);
        assert_eq!(plain.truth.crown_y, other.truth.crown_y);
    }
    for place in [(0.0, -0.26), (0.95, -0.9)] {
        let light = |made: &Rendering| luma(at(made, place.0, place.1));
        assert!(light(&dark) < 0.7 * light(&plain), "{place:?}");
        assert!(light(&burnt) > 240.0, "{place:?} {}", light(&burnt));
        let ([r, _, b], [wr, _, wb]) = (at(&plain, place.0, place.1), at(&warm, place.0, place.1));
        assert!(wr > r && wb < b - 20.0, "{place:?}");
    }
}

#[test]
fn motion_smears_along_its_line() {
    let (still, moved) = (
        good(PLAIN),
        picture(PLAIN, |made| made.scene.motion_px = 8.0),
    );
    let steps = |made: &Rendering| -> u32 {
        let row = made.truth.eye_line_y as u32;
        let luma = |x: u32| made.rgb.get_pixel(x, row).0[1];
        (60..120)
            .map(|x| u32::from(luma(x).abs_diff(luma(x + 1))))
            .sum()
    };
    assert!(
        steps(&moved) * 2 < steps(&still),
        "{} {}",
        steps(&moved),
        steps(&still)
    );
    assert_eq!(still.alpha, moved.alpha);
    assert_eq!(still.rgb.get_pixel(4, 4), moved.rgb.get_pixel(4, 4));
}

#[test]
fn clutter_grows_behind_the_sitter() {
    let plain = good(PLAIN);
    let mut before = 0;
    for amount in [0.15, 0.3, 0.45, 0.75, 1.0] {
        let made = picture(PLAIN, |made| made.scene.clutter = amount);
        assert_eq!(plain.alpha, made.alpha);
        let now = changed(&plain, &made).len();
        assert!(now > before + 30, "{amount}: {now}");
        before = now;
        let covered = made
            .alpha
            .pixels()
            .zip(made.rgb.pixels().zip(plain.rgb.pixels()));
        assert!(
            covered
                .filter(|(a, _)| a.0[0] == 255)
                .all(|(_, (a, b))| a == b)
        );
    }
}

#[test]
fn side_hair_covers_the_ears_of_every_cut() {
    for cut in [Cut::Short, Cut::Cropped, Cut::Long, Cut::Bun] {
        let ear = |over: f32| {
            let made = picture(PLAIN, |made| {
                made.person.skin = Person::from_seed(0).skin;
                (made.person.hair.cut, made.person.hair.over_ears) = (cut, over);
            });
            [-0.52, 0.52].map(|side| luma(at(&made, side, 0.06)))
        };
        let (free, covered) = (ear(0.0), ear(1.0));
        for (free, covered) in free.iter().zip(covered) {
            assert!(*free > covered + 40.0, "{cut:?} {free} {covered}");
        }
    }
}

#[test]
fn a_fringe_covers_first_the_brows_and_then_half_of_the_eyes() {
    let fringe = |over: f32| picture(PLAIN, |made| made.person.hair.over_eyes = over);
    let (clear, half, full) = (fringe(0.0), fringe(0.5), fringe(1.0));
    let dark = |made: &Rendering, down: f32| {
        let places = [-0.3, -0.2, -0.12, 0.12, 0.2, 0.3];
        places
            .iter()
            .filter(|&&x| luma(at(made, x, down)) < 95.0)
            .count()
    };
    assert_eq!(dark(&clear, -0.25), 0);
    assert!(dark(&half, -0.25) >= 5 && dark(&half, -0.15) >= 4);
    assert!(dark(&full, -0.08) >= 5, "{}", dark(&full, -0.08));
    assert!(dark(&full, -0.05) >= 4, "{}", dark(&full, -0.05));
    assert_eq!(clear.truth.eye_line_y, full.truth.eye_line_y);
    let below = |&(_, y): &(f32, f32)| y < 0.25;
    assert!(changed(&clear, &full).iter().all(below));
}

#[test]
fn loose_hairs_have_fractional_alpha_and_leave_the_rest_and_the_crown() {
    let loose = |strands: f32| {
        picture(PLAIN, |made| {
            (made.person.hair.strands, made.pose.face_width_px) = (strands, 70.0);
        })
    };
    let (none, some, all) = (loose(0.0), loose(0.5), loose(1.0));
    let added = |made: &Rendering| {
        let pairs = made.alpha.pixels().zip(none.alpha.pixels());
        pairs.filter(|(a, b)| a.0[0] > b.0[0]).count()
    };
    assert!(added(&some) > 60 && added(&all) > added(&some));
    let fractional = |a: &u8| (20..236).contains(a);
    let outside = all.alpha.pixels().zip(none.alpha.pixels());
    let outside: Vec<u8> = outside
        .filter(|(a, b)| b.0[0] == 0 && a.0[0] > 0)
        .map(|(a, _)| a.0[0])
        .collect();
    assert!(outside.iter().filter(|a| fractional(a)).count() * 3 > outside.len() * 2);
    for ((before, after), alpha) in none
        .rgb
        .pixels()
        .zip(all.rgb.pixels())
        .zip(none.alpha.pixels())
    {
        assert!(alpha.0[0] < 255 || before == after);
    }
    assert_eq!(none.truth.crown_y, all.truth.crown_y);
}

#[test]
fn a_top_knot_breaks_the_crown_band() {
    let knot = |up: f32| {
        let made = picture(PLAIN, |made| {
            made.person.hair.cut = Cut::Bun;
            made.person.hair.bun_height += up;
        });
        (made.truth.crown_y.unwrap(), made.truth.bun_height.unwrap())
    };
    let (usual, high) = (knot(0.0), knot(6.0));
    assert_eq!((usual.1, high.1), (BUN_HEIGHT, BUN_HEIGHT + 6.0));
    let at_640 = 480.0 / SIZE.width as f32;
    assert!((usual.0 - high.0) * at_640 > 60.0, "{} {}", usual.0, high.0);
}

#[test]
fn white_clothes_are_nearly_the_white_wall() {
    let made = picture(PLAIN, |made| {
        made.person = Person::from_seed(PLAIN).in_clothes([250, 250, 250]);
        made.scene.backdrop = WHITE;
    });
    let shoulder = at(&made, 0.75, 1.35);
    assert!(luma(shoulder) > 180.0, "{shoulder:?}");
}

#[test]
fn a_thousand_people_are_a_thousand_people() {
    let people: Vec<_> = (0..1000).map(Person::from_seed).collect();
    let mut faces: Vec<_> = people.iter().map(|p| format!("{:?}", p.face)).collect();
    faces.sort();
    faces.dedup();
    assert_eq!(faces.len(), 1000);
    assert!(people.iter().all(|p| (0.2..0.8).contains(&p.hair.strands)));
    let share = |of: &dyn Fn(&Person) -> bool| people.iter().filter(|p| of(p)).count();
    for cut in [Cut::Short, Cut::Cropped, Cut::Long, Cut::Bun] {
        assert!(share(&|p| p.hair.cut == cut) > 100, "{cut:?}");
    }
    assert!((200..450).contains(&share(&|p| p.glasses.is_some())));
    assert!(share(&|p| p.face.mole.is_some()) > 200 && share(&|p| p.face.stubble > 0.3) > 100);
}
