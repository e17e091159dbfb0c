//! The portrait against the sitter's truth.

use super::*;
use crate::{
    analysis::{Want, tests::models},
    geometry::{Point, Size},
    guidance, layout,
    profile::CheckId,
    sitter::{Person, Pose, Rendering, Scene, Truth, render},
};

const FRAME: Size = Size::new(1280, 720);

/// Renders a good sitting of one person, and its finished portrait.
fn portrait_of(seed: u64) -> (Truth, Rendering, Standardised) {
    let profile = Profile::standard_99();
    let mut analyser = Analyser::new(&models()).unwrap();
    let rendering = render(
        &Person::from_seed(seed),
        &Pose::good(FRAME),
        &Scene::default(),
        FRAME,
    );
    let analysis = analyser.analyse(Arc::new(still(rendering.rgb.clone())), Want::Judge);
    let crop = guidance::crop_of(&analysis, &profile).unwrap();
    let portrait = standardise(
        &analysis,
        crop,
        &profile,
        &mut analyser,
        BackgroundMode::Profile,
        None,
    )
    .unwrap();
    (rendering.truth, rendering, portrait)
}

#[test]
fn a_good_sitting_becomes_a_file_that_meets_the_standard() {
    let profile = Profile::standard_99();
    for seed in [1, 4] {
        let (truth, _, portrait) = portrait_of(seed);
        let failed: Vec<_> = portrait.checks.iter().filter(|check| !check.pass).collect();
        assert!(failed.is_empty(), "person {seed}: {failed:?}");
        let head = layout::Head {
            crown_y: truth.crown_y.unwrap(),
            eye_y: truth.eye_line_y,
            chin_y: truth.chin.y,
            mid_x: truth.midline_x,
            face_width: truth.face_width,
        };
        let placed = portrait.crop.place(&head);
        assert!(
            placed.margin(&profile.bands) >= 0.0,
            "person {seed}: {placed:?}"
        );
        let measured = portrait.placed;
        assert!(
            (measured.eye_px - placed.eye_px).abs() < 4.0,
            "{measured:?} {placed:?}"
        );
        assert!(
            (measured.crown_px - placed.crown_px).abs() < 10.0,
            "{measured:?} {placed:?}"
        );
    }
}

/// Renders a sitter without a face: in its place is noise around the skin's mean.
fn faceless(seed: u64) -> (Truth, Frame) {
    let person = Person::from_seed(seed);
    let mut rendering = render(&person, &Pose::good(FRAME), &Scene::default(), FRAME);
    let truth = rendering.truth;
    let (reach, top) = (truth.face_width * 0.6, truth.crown_y.unwrap());
    let mut state = seed as u32 | 1;
    for y in top as u32..(truth.chin.y + 6.0) as u32 {
        for x in (truth.midline_x - reach) as u32..(truth.midline_x + reach) as u32 {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let step = (state >> 28) as u8;
            rendering
                .rgb
                .put_pixel(x, y, image::Rgb([160 + step, 140 + step, 130 + step]));
        }
    }
    (truth, still(rendering.rgb))
}

#[test]
fn a_head_that_no_model_finds_is_cut_by_its_marks_and_refused_until_staff_say_why() {
    let profile = Profile::standard_99();
    let mut analyser = Analyser::new(&models()).unwrap();
    let (truth, frame) = faceless(1);
    let seen = analyser.analyse_still(Arc::new(frame.clone()));
    assert!(
        guidance::crop_of(&seen, &profile).is_none(),
        "a face after all"
    );
    let crown = Point::new(truth.midline_x, truth.crown_y.unwrap());
    let eyes = Point::new(truth.midline_x, truth.eye_line_y);
    let head = Head::marked(crown, eyes, truth.chin).unwrap();
    let crop = layout::solve(&head, &profile.bands, FRAME).unwrap();
    let portrait = standardise_marked(&frame, &head, crop, &profile, &mut analyser).unwrap();

    let refusing = portrait.checks.iter().filter(|check| check.refuses());
    let refusing: Vec<CheckId> = refusing.map(|check| check.id).collect();
    assert_eq!(refusing, [CheckId::MarkedByHand]);
    let value = |id: CheckId| portrait.checks.iter().find(|check| check.id == id);
    assert!(value(CheckId::EyeLine).is_some_and(|check| check.value.is_some() && check.pass));
    assert!(value(CheckId::Roll).is_some_and(|check| check.value.is_none()));
    assert_eq!(portrait.placed, crop.place(&head));
    assert_eq!(portrait.background, BackgroundUse::Kept);
}

#[test]
fn nothing_is_mirrored() {
    let (truth, _, portrait) = portrait_of(1);
    let badge = portrait.crop.output_from_frame(truth.badge);
    let decoded = image::load_from_memory(&portrait.jpeg).unwrap().into_rgb8();
    let redness = |x: f32| {
        let around = |at: f32| (at as u32 - 2)..(at as u32 + 3);
        let mut sum = 0;
        for y in around(badge.y) {
            for x in around(x) {
                let [r, g, b] = decoded.get_pixel(x, y).0.map(i32::from);
                sum += r - g.max(b);
            }
        }
        sum / 25
    };
    assert!(badge.x > 240.0, "{badge:?}");
    let (own, mirrored) = (redness(badge.x), redness(480.0 - badge.x));
    assert!(own > mirrored + 30, "{own} {mirrored}");
}

#[test]
fn the_person_is_one_crop_and_one_resampling_and_nothing_else() {
    let (_, rendering, portrait) = portrait_of(4);
    assert_eq!(portrait.background, BackgroundUse::Replaced);
    let profile = Profile::standard_99();
    let cut = cut(&rendering.rgb, portrait.crop).unwrap();
    let matte = matte_again(&rendering.rgb, portrait.crop, None);
    let wanted = backdrop::wanted(&profile.background);
    let replaced = backdrop::replace(cut.clone(), &matte, wanted);
    let (mut person, mut wall) = (0, 0);
    for ((after, before), alpha) in replaced.pixels().zip(cut.pixels()).zip(&matte.alpha) {
        if *alpha >= 1.0 {
            assert_eq!(after, before);
            person += 1;
        } else if *alpha <= 0.0 {
            assert_eq!(after.0, [100, 197, 255]);
            wall += 1;
        }
    }
    assert!(person > 100_000 && wall > 100_000, "{person} {wall}");
    // From that picture to the final bytes there is nothing but the encoder.
    let encoded = encode(&replaced, &profile.file).unwrap();
    assert!(encoded == portrait.jpeg, "other bytes");
    let blocks = blocks_inside(&matte.alpha);
    assert!(blocks.len() > 1000, "{}", blocks.len());
    assert_only_quantised(&portrait.jpeg, &cut, &blocks);
    assert_only_quantised(&encode(&cut, &profile.file).unwrap(), &cut, &blocks);
}

#[test]
fn a_cut_at_full_scale_copies_the_cameras_pixels() {
    let frame = portrait_of(1).1.rgb;
    let crop = Crop {
        origin_in_frame: Point::new(400.0, 40.0),
        scale: 1.0,
    };
    let copy = image::imageops::crop_imm(&frame, 400, 40, 480, 640).to_image();
    assert!(cut(&frame, crop).unwrap() == copy);
}

/// Returns the corners of a JPEG's 8x8 blocks that lie wholly within the person.
fn blocks_inside(alpha: &[f32]) -> Vec<(u32, u32)> {
    let inside = |left: u32, top: u32| {
        let mut places = (top..top + 8).flat_map(|y| (left..left + 8).map(move |x| (x, y)));
        places.all(|(x, y)| alpha[(y * OUTPUT_WIDTH + x) as usize] >= 1.0)
    };
    (0..OUTPUT_HEIGHT / 8)
        .flat_map(|y| (0..OUTPUT_WIDTH / 8).map(move |x| (x * 8, y * 8)))
        .filter(|(left, top)| inside(*left, *top))
        .collect()
}

/// Asserts that in each block each frequency of the decoded luma differs from the picture's by at
/// most half the file's own quantisation step and what rounding can add: half a level when the
/// encoder converts colours to luma and half a level when the decoder converts them back, eight
/// times that in a block's frequency.
fn assert_only_quantised(jpeg: &[u8], picture: &RgbImage, blocks: &[(u32, u32)]) {
    const ROUNDING: f32 = 8.0;
    let steps = luma_steps(jpeg);
    let decoded = image::load_from_memory(jpeg).unwrap().into_rgb8();
    for (left, top) in blocks {
        let (before, after) = (
            frequencies(picture, *left, *top),
            frequencies(&decoded, *left, *top),
        );
        for (at, step) in steps.iter().enumerate() {
            let off = (before[at] - after[at]).abs();
            assert!(
                off <= step / 2.0 + ROUNDING,
                "{left} {top} {at}: {off}, step {step}"
            );
        }
    }
}

/// Returns the quantisation steps of table 0, row by row.
fn luma_steps(jpeg: &[u8]) -> [f32; 64] {
    let at = jpeg
        .windows(2)
        .position(|marker| marker == [0xff, 0xdb])
        .unwrap();
    assert_eq!(jpeg[at + 4], 0, "8-bit table 0 comes first");
    let mut steps = [0.0; 64];
    let (mut x, mut y, mut up) = (0_usize, 0_usize, true);
    for step in &jpeg[at + 5..at + 69] {
        steps[y * 8 + x] = f32::from(*step);
        // JPEG's zigzag: along diagonals, turning at the borders.
        (x, y, up) = match (up, x, y) {
            (true, 7, _) => (x, y + 1, false),
            (true, _, 0) => (x + 1, y, false),
            (true, ..) => (x + 1, y - 1, true),
            (false, _, 7) => (x + 1, y, true),
            (false, 0, _) => (x, y + 1, true),
            (false, ..) => (x - 1, y + 1, false),
        };
    }
    steps
}

/// Returns the orthonormal DCT of a block's luma (BT.601, as in JPEG), row by row.
fn frequencies(picture: &RgbImage, left: u32, top: u32) -> [f32; 64] {
    let wave = |frequency: usize, at: usize| {
        let scale = if frequency == 0 { 0.125_f32 } else { 0.25 }.sqrt();
        scale * ((2 * at + 1) as f32 * frequency as f32 * std::f32::consts::PI / 16.0).cos()
    };
    let luma = |x: usize, y: usize| {
        let [r, g, b] = picture.get_pixel(left + x as u32, top + y as u32).0;
        0.299 * f32::from(r) + 0.587 * f32::from(g) + 0.114 * f32::from(b)
    };
    std::array::from_fn(|i| {
        let (u, v) = (i % 8, i / 8);
        (0..64)
            .map(|at| luma(at % 8, at / 8) * wave(u, at % 8) * wave(v, at / 8))
            .sum()
    })
}

#[test]
fn the_matte_is_near_the_true_alpha_also_where_the_mask_misses_long_hair() {
    for seed in [3, 7] {
        let (_, rendering, portrait) = portrait_of(seed);
        let truth = image::DynamicImage::from(rendering.alpha).into_rgb8();
        let truth = cut(&truth, portrait.crop).unwrap();
        let wrong = portrait.alpha.pixels().zip(truth.pixels());
        let wrong = wrong
            .filter(|(alpha, truth)| alpha.0[0].abs_diff(truth.0[0]) > 127)
            .count();
        assert!(wrong < 600, "person {seed}: {wrong} of 307200 pixels");
    }
}

fn matte_again(frame: &RgbImage, crop: Crop, plate: Option<&Plate>) -> matte::Matte {
    let mut analyser = Analyser::new(&models()).unwrap();
    let analysis = analyser.analyse(Arc::new(still(frame.clone())), Want::Judge);
    let cut = cut(frame, crop).unwrap();
    let face = analysis.face.as_ref().unwrap();
    matte_of(&cut, crop, face, plate, &mut analyser).unwrap()
}

#[test]
fn a_crop_that_would_enlarge_is_refused() {
    let crop = Crop {
        origin_in_frame: Point::new(0.0, 0.0),
        scale: 1.2,
    };
    assert_eq!(cut(&RgbImage::new(640, 640), crop), Err(Unfit::TooSmall));
}

/// Renders the booth with nobody in it.
fn empty(scene: &Scene) -> RgbImage {
    let nobody = Pose {
        center_x_px: -4000.0,
        ..Pose::good(FRAME)
    };
    render(&Person::from_seed(1), &nobody, scene, FRAME).rgb
}

#[test]
fn an_empty_booth_is_a_plate_and_one_with_a_person_is_refused_by_name() {
    let mut analyser = Analyser::new(&models()).unwrap();
    let mut plate =
        |rgb| Plate::of_empty_booth(Arc::new(still(rgb)), &mut analyser).map(|p| p.size());
    for backdrop in [
        crate::sitter::GREY_BLUE,
        crate::sitter::WHITE,
        [128; 3],
        [60, 70, 60],
    ] {
        let scene = Scene {
            backdrop,
            gradient: 0.2,
            ..Scene::default()
        };
        assert_eq!(plate(empty(&scene)), Ok(FRAME));
        assert_eq!(plate(cluttered(&empty(&scene), None, backdrop)), Ok(FRAME));
    }
    let seen = |change: fn(&mut Pose)| {
        let mut pose = Pose::good(FRAME);
        change(&mut pose);
        render(&Person::from_seed(3), &pose, &Scene::default(), FRAME).rgb
    };
    assert_eq!(plate(seen(|_| ())), Err(NotEmpty::Face));
    assert_eq!(
        plate(seen(|pose| pose.center_y_px = -150.0)),
        Err(NotEmpty::Person)
    );
    assert_eq!(
        plate(seen(|pose| pose.center_x_px = -40.0)),
        Err(NotEmpty::Person)
    );
}

#[test]
fn a_plate_of_another_size_is_refused_by_name() {
    let mut analyser = Analyser::new(&models()).unwrap();
    let small = image::imageops::thumbnail(&empty(&Scene::default()), 640, 360);
    let plate = Plate::of_empty_booth(Arc::new(still(small)), &mut analyser).unwrap();
    let sitter = render(
        &Person::from_seed(1),
        &Pose::good(FRAME),
        &Scene::default(),
        FRAME,
    )
    .rgb;
    let analysis = analyser.analyse(Arc::new(still(sitter)), Want::Judge);
    let profile = Profile::standard_99();
    let crop = guidance::crop_of(&analysis, &profile).unwrap();
    let mode = BackgroundMode::Profile;
    let made = standardise(&analysis, crop, &profile, &mut analyser, mode, Some(&plate));
    assert_eq!(made.err(), Some(Unfit::PlateSize));
}

/// Draws posters, a shelf and a door behind the person in front of a flat `wall`.
fn cluttered(picture: &RgbImage, alpha: Option<&GrayImage>, wall: [u8; 3]) -> RgbImage {
    let things = [
        ((380, 60, 520, 300), [170, 60, 50]),
        ((760, 20, 900, 200), [60, 110, 70]),
        ((400, 340, 560, 380), [90, 70, 50]),
        ((820, 260, 960, 700), [150, 140, 120]),
        ((560, 0, 700, 60), [40, 50, 90]),
    ];
    RgbImage::from_fn(picture.width(), picture.height(), |x, y| {
        let inside = |(left, top, right, bottom): (u32, u32, u32, u32)| {
            (left..right).contains(&x) && (top..bottom).contains(&y)
        };
        let thing = things.iter().find(|(place, _)| inside(*place));
        let shown = thing.map_or(wall, |(_, color)| *color);
        let through = 255 - alpha.map_or(0, |alpha| i32::from(alpha.get_pixel(x, y).0[0]));
        let seen = picture.get_pixel(x, y).0;
        image::Rgb([0, 1, 2].map(|c| {
            let change = through * (i32::from(shown[c]) - i32::from(wall[c])) / 255;
            (i32::from(seen[c]) + change).clamp(0, 255) as u8
        }))
    })
}

/// Returns the PSNR in dB, within 10 px of where the true alpha crosses one half.
fn edge_psnr(made: &RgbImage, truth: &RgbImage, alpha: &RgbImage) -> f64 {
    let person: Vec<f32> = alpha
        .pixels()
        .map(|p| f32::from(u8::from(p.0[0] > 127)))
        .collect();
    let near = crate::analysis::guided::box_mean(person, OUTPUT_WIDTH as usize, 10);
    let (mut sum, mut count) = (0.0, 0.0);
    for ((made, truth), near) in made.pixels().zip(truth.pixels()).zip(near) {
        if (0.001..0.999).contains(&near) {
            for (made, truth) in made.0.iter().zip(truth.0) {
                sum += f64::from(made.abs_diff(truth)).powi(2);
                count += 1.0;
            }
        }
    }
    10.0 * (255.0 * 255.0 * count / f64::max(sum, 1e-9)).log10()
}

/// Adds a lamp that is too near: a bright spot on the wall beside the head.
fn spotlit(picture: &RgbImage, alpha: Option<&GrayImage>) -> RgbImage {
    RgbImage::from_fn(picture.width(), picture.height(), |x, y| {
        let away = (x as f32 - 560.0).hypot(y as f32 - 150.0);
        let through = 255 - alpha.map_or(0, |alpha| alpha.get_pixel(x, y).0[0]);
        let light = 50.0 * f32::from(through) / 255.0 / (1.0 + ((away - 110.0) / 3.0).exp());
        image::Rgb(
            picture
                .get_pixel(x, y)
                .0
                .map(|c| (f32::from(c) + light).min(255.0) as u8),
        )
    })
}

/// Shifts the picture as if the camera had been moved a little.
fn moved(picture: &RgbImage) -> RgbImage {
    let (right, bottom) = (picture.width() - 1, picture.height() - 1);
    RgbImage::from_fn(picture.width(), picture.height(), |x, y| {
        *picture.get_pixel((x + 2).min(right), (y + 1).min(bottom))
    })
}

/// A person in front of a wall, and the empty booth some minutes earlier: other noise, weaker
/// lamps, a moved camera.
struct Sitting {
    frame: RgbImage,
    alpha: GrayImage,
    plate: RgbImage,
}

impl Sitting {
    fn before(put_up: impl Fn(&RgbImage, Option<&GrayImage>) -> RgbImage) -> Self {
        let scene = Scene::default();
        let made = render(&Person::from_seed(7), &Pose::good(FRAME), &scene, FRAME);
        let earlier = Scene {
            seed: 9,
            lamp_left: 0.97,
            lamp_right: 0.97,
            ..scene
        };
        Self {
            frame: put_up(&made.rgb, Some(&made.alpha)),
            alpha: made.alpha,
            plate: moved(&put_up(&empty(&earlier), None)),
        }
    }

    /// Returns the alphas and the composites on [`BLUE`], without and with the plate, and the crop.
    fn replaced(self) -> (Crop, [(matte::Matte, RgbImage); 2]) {
        let mut analyser = Analyser::new(&models()).unwrap();
        let plate = Plate::of_empty_booth(Arc::new(still(self.plate)), &mut analyser).unwrap();
        let analysis = analyser.analyse(Arc::new(still(self.frame)), Want::Judge);
        let crop = guidance::crop_of(&analysis, &Profile::standard_99()).unwrap();
        let face = analysis.face.as_ref().unwrap();
        let cut = cut(&analysis.frame.rgb, crop).unwrap();
        let made = [None, Some(&plate)].map(|plate| {
            let matte = matte_of(&cut, crop, face, plate, &mut analyser).unwrap();
            let wanted = BLUE.map(|c| f32::from(c) / 255.0);
            let picture = backdrop::replace(cut.clone(), &matte, wanted);
            (matte, picture)
        });
        (crop, made)
    }
}

const BLUE: [u8; 3] = [100, 197, 255];

#[test]
fn with_a_plate_a_cluttered_and_a_spotlit_wall_are_replaced_better_than_without() {
    let wall = Scene::default().backdrop;
    let walls: [(&str, Sitting, f64); 2] = [
        (
            "cluttered",
            Sitting::before(|rgb, alpha| cluttered(rgb, alpha, wall)),
            5.0,
        ),
        ("spotlit", Sitting::before(spotlit), 1.0),
    ];
    for (name, sitting, margin_db) in walls {
        let scene = Scene {
            backdrop: BLUE,
            gradient: 0.0,
            ..Scene::default()
        };
        let truth = render(&Person::from_seed(7), &Pose::good(FRAME), &scene, FRAME).rgb;
        let alpha = image::DynamicImage::from(sitting.alpha.clone()).into_rgb8();
        let (crop, made) = sitting.replaced();
        let through = |rgb: &RgbImage| cut(rgb, crop).unwrap();
        let (truth, alpha) = (through(&truth), through(&alpha));
        let [without, with] = made.map(|(_, picture)| edge_psnr(&picture, &truth, &alpha));
        println!("{name}: {without:.1} dB without, {with:.1} dB with the plate");
        assert!(with >= without + margin_db, "{name}: {without} {with}");
    }
}

#[test]
fn with_a_plate_a_thing_held_before_a_cluttered_wall_stays_in_the_picture() {
    const HELD: (u32, u32, u32, u32) = (790, 430, 860, 560);
    let inside = |x: u32, y: u32| (HELD.0..HELD.2).contains(&x) && (HELD.1..HELD.3).contains(&y);
    let wall = Scene::default().backdrop;
    let sitting = Sitting::before(|rgb, alpha| {
        let mut rgb = cluttered(rgb, alpha, wall);
        for (x, y, pixel) in rgb.enumerate_pixels_mut() {
            if alpha.is_some() && inside(x, y) {
                *pixel = image::Rgb([30, 120, 60]);
            }
        }
        rgb
    });
    let (crop, made) = sitting.replaced();
    let kept = |matte: &matte::Matte| {
        let places = (0..matte.alpha.len()).filter(|at| {
            let at = Point::new((at % 480) as f32, (at / 480) as f32);
            let p = crop.frame_from_output(at);
            inside(p.x as u32, p.y as u32)
        });
        let alphas: Vec<f32> = places.map(|at| matte.alpha[at]).collect();
        alphas.iter().sum::<f32>() / alphas.len() as f32
    };
    let [without, with] = made.map(|(matte, _)| kept(&matte));
    println!("of the thing {without:.2} stays without, {with:.2} with the plate");
    assert!(with > 0.95 && with > without, "{without} {with}");
}

/// Returns how strong the rim is, by the mask of the whole picture.
fn rim_of(picture: &RgbImage, analyser: &mut Analyser) -> f32 {
    let jpeg = encode(picture, &Profile::standard_99().file).unwrap();
    let decoded = image::load_from_memory(&jpeg).unwrap().into_rgb8();
    let mask = analyser.mask(&decoded).unwrap();
    let mut pyramid = crate::analysis::sampling::Pyramid::new(&decoded);
    let region = pyramid.bounds();
    crate::analysis::rim::rim(&mut pyramid, &mask, &region)
        .unwrap()
        .overshoot
}

/// Grows alpha by 3 px and composes without subtracting the old backdrop's share, so that a halo of
/// it stays.
fn with_halo(picture: &RgbImage, alpha: &RgbImage, wanted: [u8; 3]) -> RgbImage {
    RgbImage::from_fn(480, 640, |x, y| {
        let around = (-3_i32..=3).flat_map(|dy| (-3..=3).map(move |dx| (dx, dy)));
        let grown = around
            .filter(|(dx, dy)| dx * dx + dy * dy <= 9)
            .filter_map(|(dx, dy)| {
                alpha.get_pixel_checked(x.checked_add_signed(dx)?, y.checked_add_signed(dy)?)
            })
            .map(|p| i32::from(p.0[0]))
            .max()
            .unwrap();
        let seen = picture.get_pixel(x, y).0;
        image::Rgb([0, 1, 2].map(|c| {
            ((grown * i32::from(seen[c]) + (255 - grown) * i32::from(wanted[c])) / 255) as u8
        }))
    })
}

#[test]
fn the_rim_reads_low_on_clean_pictures_and_high_on_a_halo_of_the_old_backdrop() {
    const WHITE: [u8; 3] = [255; 3];
    const DARK: [u8; 3] = [60, 62, 66];
    let profile = Profile::standard_99();
    let mut analyser = Analyser::new(&models()).unwrap();
    for seed in [1, 3, 4, 5] {
        for (wall, wanted) in [(DARK, WHITE), (crate::sitter::WHITE, BLUE)] {
            let scene = Scene {
                backdrop: wall,
                ..Scene::default()
            };
            let made = render(&Person::from_seed(seed), &Pose::good(FRAME), &scene, FRAME);
            let analysis = analyser.analyse(Arc::new(still(made.rgb.clone())), Want::Judge);
            let crop = guidance::crop_of(&analysis, &profile).unwrap();
            let through = |rgb: &RgbImage| cut(rgb, crop).unwrap();
            let alpha = through(&image::DynamicImage::from(made.alpha).into_rgb8());
            let face = analysis.face.as_ref().unwrap();
            let untouched = through(&made.rgb);
            let halo = with_halo(&untouched, &alpha, wanted);
            let ours =
                backdrop_replaced(untouched.clone(), crop, face, None, wanted, &mut analyser);
            let [untouched, ours, halo] =
                [untouched, ours.unwrap(), halo].map(|picture| rim_of(&picture, &mut analyser));
            println!("{seed} {wanted:?}: untouched {untouched:.1}, ours {ours:.1}, halo {halo:.1}");
            assert!(
                untouched < 12.0 && ours < 12.0 && halo > 36.0,
                "person {seed}"
            );
        }
    }
}
