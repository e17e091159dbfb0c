//! Screens by label, drawn without a GPU. With `CAPTURE_STATION_SCREENS=dir` every sample is also
//! painted there.
#![expect(clippy::expect_used, clippy::panic, reason = "tests")]

use std::{
    path::PathBuf,
    sync::{Arc, LazyLock},
};

use egui::{ColorImage, Context, Role, TextureOptions, Vec2, vec2};
use egui_kittest::{Harness, HarnessBuilder, kittest::NodeT as _, kittest::Queryable as _};
use image::{
    ExtendedColorType, ImageEncoder as _, RgbImage,
    codecs::png::{CompressionType, FilterType as PngFilter, PngEncoder},
    imageops::FilterType,
};

use super::*;
use super::{raster::Rasterizer, samples::Walk, theme::Fonts, words::staff as say};
use crate::{
    booth::{CameraState, PrinterState},
    contract::VoidCause,
    lang::{Text, Third},
    session::{
        PhotoSize, TextSize,
        desk::{Asks, DeskTouch, Tile},
    },
};

mod first;

pub const TALL: Vec2 = vec2(1080.0, 1920.0);
pub const WIDE: Vec2 = vec2(1920.0, 1080.0);
pub const SMALL: Vec2 = vec2(1280.0, 720.0);

struct Shown {
    walk: Walk,
    health: Health,
    published: Published,
    pictures: Pictures,
    touch: Option<Touch>,
    rests: bool,
}

/// Read once: the two files are large.
static FONTS: LazyLock<Fonts> = LazyLock::new(|| {
    let read =
        |name: &str| std::fs::read(format!("/usr/share/fonts/opentype/noto/{name}")).map(Arc::new);
    Fonts {
        regular: read("NotoSansCJK-Regular.ttc").expect("fonts-noto-cjk is installed"),
        bold: read("NotoSansCJK-Bold.ttc").ok(),
    }
});

fn fonts() -> Fonts {
    FONTS.clone()
}

fn upload(ctx: &Context, name: &str, picture: &RgbImage) -> TextureHandle {
    let size = [picture.width() as usize, picture.height() as usize];
    ctx.load_texture(
        name,
        ColorImage::from_rgb(size, picture.as_raw()),
        TextureOptions::LINEAR,
    )
}

fn pictures(ctx: &Context) -> Pictures {
    let live = samples::live_picture();
    Pictures {
        live: Some(LivePicture {
            texture: upload(ctx, "live", &live),
            frame_size: Size::new(live.width(), live.height()),
            camera: Arc::new(Camera::played("sample")),
        }),
        still: Some(upload(ctx, "still", &live)),
        card: Some(upload(ctx, "card", &samples::card_picture())),
        portrait: Some(upload(ctx, "portrait", &samples::portrait_picture())),
        choices: (0..3)
            .map(|_| upload(ctx, "choice", &samples::portrait_picture()))
            .collect(),
    }
}

fn draw(ui: &mut egui::Ui, shown: &mut Shown) {
    if shown.pictures.live.is_none() {
        shown.pictures = pictures(ui.ctx());
    }
    let view = View {
        session: &shown.walk.session,
        health: &shown.health,
        queue: &samples::look(&shown.walk.session),
        sticks: &samples::sticks(&shown.walk.session),
        published: &shown.published,
        pictures: &shown.pictures,
        now: shown.walk.now,
    };
    if shown.rests {
        return saver_ui(ui, &view);
    }
    shown.touch = screen_ui(ui, &view).or(shown.touch);
}

fn builder(size: Vec2) -> HarnessBuilder<Shown> {
    Harness::builder()
        .with_size(size)
        .with_context_setup(|ctx| install(ctx, fonts()))
}

fn shown(walk: Walk) -> Shown {
    Shown {
        walk,
        health: samples::health(),
        published: Published::default(),
        pictures: Pictures::default(),
        touch: None,
        rests: false,
    }
}

/// Shows another sample in the same window.
fn show(harness: &mut Harness<'_, Shown>, name: &str, lang: Lang) {
    let shown = harness.state_mut();
    shown.walk = samples::visit(name, lang);
    shown.health = samples::health_of(name);
    shown.published = samples::published_of(name);
    harness.run_steps(1);
}

fn harness(name: &str, lang: Lang, size: Vec2) -> Harness<'static, Shown> {
    let mut shown = shown(samples::visit(name, lang));
    shown.health = samples::health_of(name);
    shown.published = samples::published_of(name);
    builder(size).build_ui_state(draw, shown)
}

/// Returns a builder whose harness can draw.
fn drawing_builder(size: Vec2) -> HarnessBuilder<Shown> {
    builder(size)
        .renderer(Rasterizer::default())
        .with_render_cursor(false)
}

/// Returns that screen as the software renderer draws it.
pub fn harness_drawn(name: &str, lang: Lang, size: Vec2) -> RgbImage {
    let mut harness = drawing_builder(size).build_ui_state(draw, shown(samples::visit(name, lang)));
    harness.run_steps(2);
    let drawn = harness.render().expect("every texture was handed over");
    image::DynamicImage::from(drawn).to_rgb8()
}

/// Returns the labels of all buttons that answer, as shown on the screen.
fn buttons(harness: &Harness<'_, Shown>) -> Vec<String> {
    harness
        .query_all_by_role(Role::Button)
        .filter(|node| !node.accesskit_node().is_disabled())
        .filter_map(|node| node.accesskit_node().label())
        .collect()
}

/// The label of the language button.
const OTHER_LANGUAGE: Text = Text::new("English", "中文");

fn click(harness: &mut Harness<'_, Shown>, label: Text) -> Option<Touch> {
    harness.state_mut().touch = None;
    harness
        .get_by_role_and_label(Role::Button, label.zh)
        .click();
    harness.run_steps(2);
    harness.state().touch
}

#[test]
fn a_third_language_is_one_touch_after_english_and_names_itself() {
    let traditional = include_str!("../../config/languages/zh-Hant.toml");
    let third: &Third = Box::leak(Box::new(Third::from_toml(traditional).unwrap()));
    let mut harness = harness("attract", Lang::En, TALL);
    harness.state_mut().walk.session.offer(third);
    harness.run_steps(2);
    let touched = |harness: &mut Harness<'_, Shown>, label: &str| {
        harness.state_mut().touch = None;
        harness.get_by_role_and_label(Role::Button, label).click();
        harness.run_steps(2);
        harness.state().touch
    };
    let language = Touch::Language(Lang::Third(third));
    assert_eq!(touched(&mut harness, "繁體中文"), Some(language));
    harness.state_mut().walk.touch(language);
    harness.run_steps(2);
    assert_eq!(touched(&mut harness, "開始"), Some(Touch::Start));
    assert_eq!(
        touched(&mut harness, "中文"),
        Some(Touch::Language(Lang::Zh))
    );
}

/// Returns the middle of a button on that screen.
pub fn place_of(name: &str, lang: Lang, size: Vec2, label: Text) -> egui::Pos2 {
    let harness = harness(name, lang, size);
    let button = harness.get_by_role_and_label(Role::Button, label.get(lang));
    button.rect().center()
}

#[test]
fn every_screen_draws_in_both_languages_at_every_size() {
    let folder = std::env::var_os("CAPTURE_STATION_SCREENS").map(PathBuf::from);
    let only = std::env::var("CAPTURE_STATION_ONLY").unwrap_or_default();
    for (size_name, size) in [("tall", TALL), ("wide", WIDE), ("small", SMALL)] {
        for lang in Lang::ALL {
            let start = shown(samples::visit("attract", lang));
            let builder = match &folder {
                Some(_) => drawing_builder(size),
                None => builder(size),
            };
            let mut harness = builder.build_ui_state(draw, start);
            for name in samples::ALL {
                let path = format!("{name}-{lang:?}-{size_name}.png").to_lowercase();
                if !path.contains(&only) {
                    continue;
                }
                show(&mut harness, name, lang);
                if let Some(folder) = &folder {
                    harness.render().unwrap().save(folder.join(path)).unwrap();
                }
            }
        }
    }
}

/// Paints every sample, small, side by side, for judging the whole at one look.
#[test]
#[ignore = "make screens: minutes of drawing by software"]
fn every_screen_on_one_sheet_a_language_and_shape() {
    const SHRUNK: u32 = 5;
    for (shape, size, columns) in [("tall", TALL, 13), ("wide", WIDE, 8)] {
        let (width, height) = (size.x as u32 / SHRUNK, size.y as u32 / SHRUNK);
        let rows = samples::ALL.len().div_ceil(columns);
        for lang in Lang::ALL {
            let paper = image::Rgb([255; 3]);
            let mut sheet =
                RgbImage::from_pixel(width * columns as u32, height * rows as u32, paper);
            let start = shown(samples::visit("attract", lang));
            let mut harness = drawing_builder(size).build_ui_state(draw, start);
            for (i, name) in samples::ALL.into_iter().enumerate() {
                show(&mut harness, name, lang);
                let screen = image::DynamicImage::from(harness.render().unwrap()).into_rgb8();
                let small = image::imageops::thumbnail(&screen, width, height);
                let at = ((i % columns) as i64, (i / columns) as i64);
                let (x, y) = (at.0 * i64::from(width), at.1 * i64::from(height));
                image::imageops::replace(&mut sheet, &small, x, y);
            }
            let name = format!("docs/screens/all-{lang:?}-{shape}.jpg").to_lowercase();
            let mut jpeg = std::fs::File::create(name).unwrap();
            image::codecs::jpeg::JpegEncoder::new_with_quality(&mut jpeg, 80)
                .encode_image(&sheet)
                .unwrap();
        }
    }
}

/// Draws what the book's pages show, half as large as on a small panel, into `docs/screens/book`.
#[test]
#[ignore = "make book-pictures"]
fn the_book_s_pictures() {
    for lang in Lang::ALL {
        let start = shown(samples::visit("attract", lang));
        let mut harness = drawing_builder(SMALL).build_ui_state(draw, start);
        for name in BOOK_SAMPLES {
            show(&mut harness, name, lang);
            keep_for_the_book(&mut harness, &format!("{name}-{lang:?}"));
        }
        let slow = Fault::Outbox("saving took too long".to_owned());
        for (name, fault) in [("disk", Fault::DiskFull), ("outbox", slow)] {
            show(&mut harness, "attract", lang);
            let closes = crate::session::Event::Ready(Err(fault));
            harness.state_mut().walk.apply(closes);
            harness.run_steps(1);
            keep_for_the_book(&mut harness, &format!("blocked-{name}-{lang:?}"));
        }
    }
    let cannot_begin = [
        (
            "config",
            Fault::Config("config.toml line 12: unknown key `colour`".to_owned()),
        ),
        ("models", Fault::Models("a model is missing".to_owned())),
    ];
    for (name, fault) in cannot_begin {
        let mut harness = Harness::builder()
            .with_size(SMALL)
            .renderer(Rasterizer::default())
            .with_render_cursor(false)
            .with_context_setup(|ctx| install(ctx, fonts()))
            .build_ui(move |ui| closed_ui(ui, &fault, None));
        harness.run_steps(2);
        keep_for_the_book(&mut harness, &format!("blocked-{name}"));
    }
    first::keep_the_first_screen_for_the_book();
}

/// The samples that the book shows.
const BOOK_SAMPLES: [&str; 10] = [
    "blocked-camera",
    "blocked-other-camera",
    "blocked-clock",
    "blocked-batch",
    "staff",
    "staff-check",
    "staff-check-mirrored",
    "staff-day",
    "staff-pack-up",
    "staff-sticks",
];

fn keep_for_the_book<S>(harness: &mut Harness<'_, S>, name: &str) {
    let drawn = harness.render().expect("every texture was handed over");
    let drawn = image::DynamicImage::from(drawn).into_rgb8();
    let (width, height) = (drawn.width() / 2, drawn.height() / 2);
    let small = image::imageops::resize(&drawn, width, height, FilterType::CatmullRom);
    let path = format!("docs/screens/book/{name}.png").to_lowercase();
    let file = std::fs::File::create(path).expect("the folder is there");
    PngEncoder::new_with_quality(file, CompressionType::Best, PngFilter::Adaptive)
        .write_image(&small, width, height, ExtendedColorType::Rgb8)
        .expect("a picture is a PNG");
}

#[test]
fn start_begins_a_visit() {
    let mut harness = harness("attract", Lang::Zh, TALL);
    assert_eq!(click(&mut harness, words::START), Some(Touch::Start));
    assert_eq!(click(&mut harness, words::STAFF), Some(Touch::Staff));
    assert_eq!(
        click(&mut harness, OTHER_LANGUAGE),
        Some(Touch::Language(Lang::En))
    );
}

#[test]
fn consent_offers_one_act_at_a_time_and_refusing_beside_it() {
    let mut harness = harness("consent", Lang::Zh, TALL);
    for act in [
        words::TERMS_READ,
        words::FULL_TEXT,
        words::REFUSE,
        words::UNDER_FOURTEEN,
    ] {
        assert!(buttons(&harness).contains(&act.zh.to_owned()), "{}", act.zh);
    }
    assert!(!buttons(&harness).contains(&words::AGREE_FACE.zh.to_owned()));
    assert_eq!(
        click(&mut harness, words::TERMS_READ),
        Some(Touch::TermsRead)
    );
    assert_eq!(click(&mut harness, words::AGREE_FACE), None);
    assert_eq!(click(&mut harness, words::AGREE_SENDING), None);
    assert_eq!(click(&mut harness, words::REFUSE), Some(Touch::Refuse));
    assert_eq!(
        click(&mut harness, words::UNDER_FOURTEEN),
        Some(Touch::UnderFourteen)
    );
    harness.state_mut().walk = samples::visit("consent-half", Lang::Zh);
    harness.run_steps(1);
    assert_eq!(click(&mut harness, words::TERMS_READ), None);
    assert_eq!(
        click(&mut harness, words::AGREE_FACE),
        Some(Touch::AgreeFace)
    );
}

#[test]
fn refusing_is_as_large_as_any_other_way_out() {
    let harness = harness("consent", Lang::Zh, TALL);
    let size = |text: Text| {
        harness
            .get_by_role_and_label(Role::Button, text.zh)
            .rect()
            .size()
    };
    assert_eq!(size(words::REFUSE), size(words::UNDER_FOURTEEN));
    assert!(size(words::REFUSE).y >= 100.0);
}

#[test]
fn review_offers_exactly_two_choices_beside_leaving() {
    let mut harness = harness("review", Lang::Zh, TALL);
    let mut offered = buttons(&harness);
    let beside = [
        words::LEAVE,
        OTHER_LANGUAGE,
        words::LARGE_TYPE,
        words::HELP,
        words::CALL,
        words::ENLARGE,
    ]
    .map(|word| word.zh);
    offered.retain(|label| !beside.contains(&label.as_str()));
    offered.sort();
    let mut expected = vec![words::CONFIRM.zh.to_owned(), words::RETAKE.zh.to_owned()];
    expected.sort();
    assert_eq!(offered, expected);
    assert_eq!(click(&mut harness, words::CONFIRM), Some(Touch::Confirm));
    assert_eq!(click(&mut harness, words::RETAKE), Some(Touch::Retake));
}

#[test]
fn an_accepted_photo_gets_at_most_three_pieces_of_advice() {
    let mut harness = harness("review-advice", Lang::Zh, TALL);
    let shown = |harness: &Harness<'_, Shown>, label: &str| harness.query_by_label(label).is_some();
    assert!(shown(&harness, words::COULD_RETAKE.zh));
    for (advice, told) in [
        ("镜片", 1),
        ("拨到耳后", 1),
        ("纸巾", 1),
        ("偏色", 0),
        ("外套", 0),
    ] {
        assert_eq!(
            harness.query_all_by_label_contains(advice).count(),
            told,
            "{advice}"
        );
    }
    show(&mut harness, "review", Lang::Zh);
    assert!(!shown(&harness, words::COULD_RETAKE.zh));
}

#[test]
fn the_checks_are_one_line_until_something_is_not_right() {
    for size in [TALL, WIDE, SMALL] {
        let mut harness = harness("review", Lang::Zh, size);
        let shown =
            |harness: &Harness<'_, Shown>, word: Text| harness.query_by_label(word.zh).is_some();
        assert!(shown(&harness, words::ALL_PASSED));
        assert!(!shown(&harness, words::GROUP_LIGHT));
        show(&mut harness, "review-advice", Lang::Zh);
        assert!(!shown(&harness, words::ALL_PASSED));
        assert!(shown(&harness, words::GROUP_LIGHT) && shown(&harness, words::REST_PASSED));
        assert!(!shown(&harness, words::GROUP_FILE), "it is right");
    }
}

#[test]
fn the_findings_are_read_at_a_metre() {
    // A line of 28 px type in this typeface.
    const LINE: f32 = 40.0;
    let groups = [
        words::GROUP_EYES_AND_MOUTH,
        words::GROUP_LIGHT,
        words::REST_PASSED,
        words::COULD_RETAKE,
    ];
    for (size, unit) in [(TALL, 1.0), (WIDE, 1.0), (SMALL, 2.0 / 3.0)] {
        for lang in Lang::ALL {
            let harness = harness("review-advice", lang, size);
            for group in groups {
                let height = harness.get_by_label(group.get(lang)).rect().height();
                assert!(
                    height >= LINE * unit,
                    "{lang:?} {size} {}: {height}",
                    group.en
                );
            }
        }
    }
}

#[test]
fn staff_give_a_reason_for_each_fault_before_a_photo_passes() {
    let mut harness = harness("framing-refused", Lang::Zh, TALL);
    assert_eq!(click(&mut harness, words::CALL_STAFF), Some(Touch::Staff));
    show(&mut harness, "help", Lang::Zh);
    assert_eq!(
        click(&mut harness, words::LET_PASS),
        None,
        "one fault has no reason yet"
    );
    let reasons = harness.query_all_by_label(words::REASON_BOOTH.zh).count();
    assert_eq!(reasons, 2, "for each of the two faults");
    assert_eq!(click(&mut harness, words::RETAKE), Some(Touch::Retake));
    show(&mut harness, "help-fixed", Lang::Zh);
    assert!(harness.query_by_label(words::HELP_FIXED.zh).is_some());
    assert_eq!(click(&mut harness, words::LET_PASS), None);
}

#[test]
fn keys_type_and_the_second_page_has_the_letters() {
    let mut harness = harness("tail", Lang::Zh, TALL);
    let key = |label| Text::new(label, label);
    assert_eq!(click(&mut harness, key("7")), Some(Touch::Key('7')));
    assert_eq!(click(&mut harness, key("X")), Some(Touch::Key('X')));
    assert_eq!(
        click(&mut harness, words::KEY_BACKSPACE),
        Some(Touch::Backspace)
    );
    assert_eq!(click(&mut harness, words::KEY_LETTERS), None);
    for letter in ('A'..='Z').chain(['(', ')']) {
        let label = letter.to_string();
        harness.state_mut().touch = None;
        harness.get_by_role_and_label(Role::Button, &label).click();
        harness.run_steps(2);
        assert_eq!(harness.state().touch, Some(Touch::Key(letter)));
    }
    assert_eq!(
        click(&mut harness, words::KEY_BACKSPACE),
        Some(Touch::Backspace)
    );
    assert_eq!(click(&mut harness, words::KEY_DIGITS), None);
    assert_eq!(click(&mut harness, key("0")), Some(Touch::Key('0')));
}

/// Checks that whatever can be touched has a name and that its touch reaches the session.
#[test]
fn every_button_of_every_screen_answers_in_both_languages() {
    let at_the_screen = [words::KEY_DIGITS, words::KEY_LETTERS, words::KEY_CASE];
    let mut harness = harness("attract", Lang::Zh, WIDE);
    let mut deaf = vec![];
    // While a wrong tail makes the next one wait its keys are drawn pale and take nothing.
    for (name, lang) in samples::ALL
        .iter()
        .filter(|name| **name != "tail-rest")
        .flat_map(|name| Lang::ALL.map(|lang| (*name, lang)))
    {
        show(&mut harness, name, lang);
        let mut next = 0;
        while let Some(label) = click_nth(&mut harness, next) {
            next += 1;
            let stays = at_the_screen.iter().any(|word| word.get(lang) == label);
            let answers = harness.state().touch.is_some();
            if !answers && !stays {
                deaf.push(format!("{name} {lang:?}: {label:?}"));
            }
        }
    }
    assert!(deaf.is_empty(), "{deaf:#?}");
}

/// Touches the `n`th button that answers, if there are that many, and returns its label. A key may
/// have put other keys in their places.
fn click_nth(harness: &mut Harness<'_, Shown>, n: usize) -> Option<String> {
    harness.state_mut().touch = None;
    let button = harness
        .query_all_by_role(Role::Button)
        .filter(|node| !node.accesskit_node().is_disabled())
        .nth(n)?;
    let label = button.accesskit_node().label().unwrap_or_default();
    button.click();
    harness.run_steps(2);
    Some(label)
}

#[test]
fn nothing_typed_is_shown() {
    let harness = harness("tail", Lang::Zh, TALL);
    let shown = |label: &str| harness.query_all_by_label(label).count();
    assert_eq!(shown("0"), 1, "the key itself, and no echo");
    assert_eq!(shown("00"), 0);
}

#[test]
fn the_last_seconds_are_counted_down_and_can_be_prolonged() {
    let mut harness = harness("countdown", Lang::Zh, TALL);
    assert!(harness.query_by_label_contains("7 秒").is_some());
    assert_eq!(click(&mut harness, words::MORE_TIME), Some(Touch::MoreTime));
    harness.state_mut().walk = samples::visit("consent", Lang::Zh);
    harness.run_steps(1);
    assert!(harness.query_by_label(words::MORE_TIME.zh).is_none());
}

#[test]
fn a_lost_camera_is_told_over_the_picture_and_the_visit_stays() {
    for name in ["code", "framing", "review"] {
        let mut harness = harness(name, Lang::Zh, TALL);
        assert!(
            harness.query_by_label(words::CAMERA_BACK_MORE.zh).is_none(),
            "{name}"
        );
        harness.state_mut().health.camera = CameraState::Stalled;
        harness.run_steps(1);
        assert!(
            harness.query_by_label(words::CAMERA_BACK_MORE.zh).is_some(),
            "{name}"
        );
    }
}

#[test]
fn only_the_receipt_says_that_the_photo_is_saved() {
    let mut harness = harness("attract", Lang::Zh, TALL);
    for name in samples::ALL {
        show(&mut harness, name, Lang::Zh);
        let said = harness.query_by_label(words::RECEIPT_TITLE.zh).is_some();
        assert_eq!(said, name.starts_with("receipt"), "{name}");
    }
}

/// Returns 15 mm in pixels on the reference panels: 21.5 inches at 1920x1080, either way up, and
/// 15.6 inches at 1280x720.
fn finger(size: Vec2) -> f32 {
    const MM: f32 = 15.0;
    const MM_PER_INCH: f32 = 25.4;
    let inches = if size == SMALL { 15.6 } else { 21.5 };
    MM / MM_PER_INCH * size.length() / inches
}

#[test]
fn every_button_is_at_least_15_mm_on_the_reference_panels() {
    for size in [TALL, WIDE, SMALL] {
        let least = finger(size);
        let mut harness = harness("attract", Lang::Zh, size);
        for (name, lang) in samples::ALL
            .iter()
            .flat_map(|name| Lang::ALL.map(|lang| (*name, lang)))
        {
            show(&mut harness, name, lang);
            for node in harness.query_all_by_role(Role::Button) {
                let button = node.rect().size();
                assert!(
                    button.min_elem() >= least,
                    "{name} {lang:?} {size}: {:?} {button:?}, {least} px are 15 mm",
                    node.accesskit_node().label()
                );
            }
        }
    }
}

#[test]
fn seated_and_short_people_reach_what_is_touched_on_a_tall_screen() {
    const UPPER: f32 = 0.4;
    let mut harness = harness("attract", Lang::Zh, TALL);
    for (name, lang) in samples::ALL
        .iter()
        .filter(|name| !is_for_staff(name))
        .flat_map(|name| Lang::ALL.map(|lang| (*name, lang)))
    {
        show(&mut harness, name, lang);
        for node in harness.query_all_by_role(Role::Button) {
            let top = node.rect().top();
            let label = node.accesskit_node().label();
            assert!(top >= TALL.y * UPPER, "{name} {lang:?}: {label:?} at {top}");
        }
    }
}

#[test]
fn the_shortest_visit_is_five_touches_and_four_digits() {
    let mut harness = harness("attract", Lang::Zh, TALL);
    let mut touches = 0;
    let mut press = |harness: &mut Harness<'_, Shown>, label: Text| {
        touches += 1;
        let walk = |harness: &mut Harness<'_, Shown>, event| {
            harness.state_mut().walk.apply(event);
            harness.run_steps(1);
        };
        let touch = click(harness, label).expect(label.zh);
        if touch == Touch::Start {
            walk(harness, crate::session::Event::Start(samples::id()));
        } else {
            walk(harness, crate::session::Event::Touch(touch));
        }
    };
    for label in [
        words::START,
        words::TERMS_READ,
        words::AGREE_FACE,
        words::AGREE_SENDING,
    ] {
        press(&mut harness, label);
    }
    harness
        .state_mut()
        .walk
        .apply(crate::session::Event::Scanned(crate::code::Reading {
            bytes: b"opaque sample".to_vec(),
            card: None,
        }));
    let walk = &mut harness.state_mut().walk;
    walk.see(samples::good(), samples::all_lines());
    harness.run_steps(1);
    for digit in ["1", "2", "3", "4"] {
        press(&mut harness, Text::new(digit, digit));
    }
    let walk = &mut harness.state_mut().walk;
    walk.see(samples::good(), samples::all_lines())
        .wait(900)
        .see(samples::good(), samples::all_lines())
        .standardised(samples::portrait());
    harness.run_steps(1);
    press(&mut harness, words::CONFIRM);
    harness
        .state_mut()
        .walk
        .apply(crate::session::Event::Saved {
            visit: samples::id(),
            result: Ok(samples::receipt()),
        });
    let state = harness.state().walk.session.state();
    assert!(matches!(state, State::Receipt(_)), "{state:?}");
    assert_eq!(touches, 5 + 4);
}

#[test]
fn every_time_out_is_counted_down_and_can_be_extended() {
    let mut harness = harness("attract", Lang::Zh, TALL);
    let mut seen = 0;
    for name in samples::ALL {
        show(&mut harness, name, Lang::Zh);
        let session = &harness.state().walk.session;
        // A visitor cannot extend the time of the booth's own work.
        let works = matches!(session.state(), State::Standardising(_) | State::Saving(_));
        let Some(end) = session.deadline().filter(|_| !works) else {
            continue;
        };
        let before_end = std::time::Duration::from_secs(5);
        let now = end.as_duration().saturating_sub(before_end);
        harness.state_mut().walk.now.mono = crate::time::Mono::from_start(now);
        harness.run_steps(1);
        let touch = click(&mut harness, words::MORE_TIME);
        assert_eq!(touch, Some(Touch::MoreTime), "{name}");
        harness.state_mut().walk.touch(Touch::MoreTime);
        let later = harness.state().walk.session.deadline();
        assert!(later > Some(end), "{name}");
        seen += 1;
    }
    assert!(seen > 30, "{seen}");
}

#[test]
fn who_walks_away_leaves_nothing_on_any_screen() {
    let mut harness = harness("attract", Lang::Zh, TALL);
    for name in samples::ALL {
        show(&mut harness, name, Lang::En);
        let walk = &mut harness.state_mut().walk;
        let mut ends = 0;
        while let Some(end) = walk.session.deadline() {
            walk.now.mono = end;
            walk.apply(crate::session::Event::Tick);
            ends += 1;
            assert!(ends < 5, "{name} never ends");
        }
        let session = &walk.session;
        let blocked = name.starts_with("blocked") || name == "saving";
        let state = session.state();
        assert_eq!(matches!(state, State::Blocked(_)), blocked, "{name}");
        assert_eq!(matches!(state, State::Idle), !blocked, "{name}");
        harness.run_steps(1);
        let left = [
            samples::person().masked_name,
            samples::id().short(),
            words::RECEIPT_TITLE.zh.to_owned(),
        ];
        for words in left {
            let found = harness.query_all_by_label_contains(&words).count();
            assert_eq!(found, 0, "{name}: {words}");
        }
    }
}
#[test]
fn buttons_stay_on_the_screen_and_apart() {
    for size in [TALL, SMALL] {
        let screen = egui::Rect::from_min_size(egui::Pos2::ZERO, size);
        let mut harness = harness("attract", Lang::Zh, size);
        for (name, lang) in samples::ALL
            .iter()
            .flat_map(|name| Lang::ALL.map(|lang| (*name, lang)))
        {
            show(&mut harness, name, lang);
            let rects: Vec<_> = harness
                .query_all_by_role(Role::Button)
                .map(|node| node.rect())
                .collect();
            for (i, rect) in rects.iter().enumerate() {
                assert!(screen.contains_rect(*rect), "{name} {lang:?}: {rect:?}");
                let hidden = rects[..i]
                    .iter()
                    .find(|other| rect.intersect(**other).is_positive());
                assert!(
                    hidden.is_none(),
                    "{name} {lang:?}: {rect:?} over {hidden:?}"
                );
            }
        }
    }
}

#[test]
fn a_blocked_booth_says_why_and_lets_staff_in() {
    let mut harness = harness("blocked", Lang::Zh, TALL);
    assert!(harness.query_by_label_contains("设备配置有误").is_some());
    assert!(harness.query_by_label_contains("unknown key").is_some());
    assert_eq!(click(&mut harness, words::STAFF), Some(Touch::Staff));
}

#[test]
fn a_closed_booth_has_nothing_to_touch() {
    let mut closed = Harness::builder()
        .with_size(TALL)
        .with_context_setup(|ctx| install(ctx, fonts()))
        .build_ui(|ui| {
            let published = samples::published_of("blocked-camera");
            closed_ui(ui, &Fault::NotEnrolled, published.service.as_ref());
        });
    closed.run_steps(1);
    assert!(closed.query_by_label_contains("+86 (010)").is_some());
    assert_eq!(closed.query_all_by_role(Role::Button).count(), 0);
    assert!(closed.query_by_label_contains("尚未登记").is_some());
}

/// Touches a button of one of the staff's pages.
fn at_desk(harness: &mut Harness<'_, Shown>, label: Text) -> Option<DeskTouch> {
    let touch = click(harness, label)?;
    let Touch::Desk(touch) = touch else {
        panic!("{touch:?}");
    };
    Some(touch)
}

#[test]
fn staff_see_one_light_why_and_the_booth_s_health() {
    let mut harness = harness("staff", Lang::Zh, WIDE);
    for text in ["48210 张", "connect timed out after 5 s", "47 分钟"] {
        let found = harness.query_all_by_label_contains(text).count();
        assert!(found > 0, "{text}");
    }
    let says = |harness: &Harness<'_, Shown>, text: Text| {
        harness.query_all_by_label(text.get(Lang::Zh)).count() > 0
    };
    assert!(says(&harness, say::LIGHT_DEGRADED) && says(&harness, say::WHY_OFFLINE));
    let left = click(&mut harness, words::DESK_LEAVE);
    assert_eq!(left, Some(Touch::StaffLeave));
    show(&mut harness, "staff-closed", Lang::Zh);
    assert!(says(&harness, say::LIGHT_CLOSED) && says(&harness, say::WHY_DISK_FULL));
    show(&mut harness, "staff-open", Lang::Zh);
    assert!(says(&harness, say::LIGHT_OPEN) && says(&harness, say::NOTHING_AGAINST));
}

#[test]
fn every_page_is_one_touch_from_home_and_back_is_always_at_one_place() {
    for size in [TALL, WIDE, SMALL] {
        let mut harness = harness("staff", Lang::Zh, size);
        let corner = harness
            .get_by_role_and_label(Role::Button, words::DESK_LEAVE.zh)
            .rect();
        for tile in Tile::ALL {
            show(&mut harness, "staff", Lang::Zh);
            let touch = at_desk(&mut harness, say::tile(tile));
            assert_eq!(touch, Some(DeskTouch::Open(tile)));
            let touch = Touch::Desk(DeskTouch::Open(tile));
            harness.state_mut().walk.touch(touch);
            harness.run_steps(1);
            let back = harness
                .get_by_role_and_label(Role::Button, say::BACK.zh)
                .rect();
            assert_eq!(back, corner, "{tile:?}");
            assert_eq!(at_desk(&mut harness, say::BACK), Some(DeskTouch::Home));
            let hand_over = at_desk(&mut harness, say::HAND_OVER);
            assert_eq!(hand_over, Some(DeskTouch::HandOver));
        }
    }
}

#[test]
fn an_operator_sees_what_they_may_not_open() {
    let mut harness = harness("staff-operator", Lang::Zh, TALL);
    for tile in Tile::ALL {
        let may = !matches!(tile, Tile::Engineer | Tile::PackUp);
        let touch = click(&mut harness, say::tile(tile));
        assert_eq!(touch.is_some(), may, "{tile:?}");
    }
    show(&mut harness, "staff-row-operator", Lang::Zh);
    assert_eq!(click(&mut harness, say::VOID), None);
    assert!(click(&mut harness, say::WITHDRAW).is_some());
}

#[test]
fn a_capture_is_voided_with_a_cause_and_withdrawn_only_after_a_question() {
    let mut harness = harness("staff-row", Lang::Zh, TALL);
    let id = samples::opened();
    let retry = at_desk(&mut harness, say::RETRY);
    assert_eq!(retry, Some(DeskTouch::Retry(id)));
    let ask = at_desk(&mut harness, say::VOID);
    assert_eq!(ask, Some(DeskTouch::Ask(Asks::WhyVoid)));
    show(&mut harness, "staff-void", Lang::Zh);
    for cause in VoidCause::ALL {
        let void = at_desk(&mut harness, say::cause(cause));
        assert_eq!(void, Some(DeskTouch::Void(id, cause)));
    }
    let keep = Some(DeskTouch::Ask(Asks::Nothing));
    assert_eq!(at_desk(&mut harness, say::KEEP), keep);
    show(&mut harness, "staff-withdraw", Lang::Zh);
    assert_eq!(at_desk(&mut harness, say::KEEP), keep);
    let withdraw = at_desk(&mut harness, say::WITHDRAW_YES);
    assert_eq!(withdraw, Some(DeskTouch::Withdraw(id)));
}

#[test]
fn a_day_that_does_not_add_up_says_so_and_cannot_be_closed() {
    let mut harness = harness("staff-day", Lang::Zh, WIDE);
    let close = at_desk(&mut harness, say::CLOSE_DAY);
    assert_eq!(close, Some(DeskTouch::CloseDay));
    show(&mut harness, "staff-day-gap", Lang::Zh);
    assert_eq!(click(&mut harness, say::CLOSE_DAY), None);
    let told = words::with(say::GAP_CAPTURES, Lang::Zh, 1);
    assert!(harness.query_by_label(&told).is_some());
}

#[test]
fn a_receipt_tells_the_audits_date_only_where_the_photo_is_on_its_way() {
    let mut harness = harness("receipt", Lang::Zh, WIDE);
    // Saved on a Monday.
    let audit = words::with(words::RECEIPT_NEXT_2_BY, Lang::Zh, "2027-03-24（预计）");
    assert!(harness.query_by_label(&audit).is_some());
    show(&mut harness, "receipt-owed", Lang::Zh);
    assert!(harness.query_by_label(&audit).is_none());
    let usual = words::RECEIPT_NEXT_2.zh;
    assert!(harness.query_by_label(usual).is_some());
}

#[test]
fn a_receipt_marks_estimates_until_the_year_is_announced() {
    let mut harness = harness("receipt", Lang::Zh, WIDE);
    assert_eq!(harness.query_all_by_label_contains("预计").count(), 2);
    harness.state_mut().published = samples::announced();
    harness.run_steps(1);
    assert_eq!(harness.query_all_by_label_contains("预计").count(), 0);
    // Tuesday is off, which nobody could know before.
    let audit = words::with(words::RECEIPT_NEXT_2_BY, Lang::Zh, "2027-03-25");
    assert!(harness.query_by_label(&audit).is_some());
}

#[test]
fn a_published_service_line_takes_the_place_of_the_one_that_was_built_in() {
    let mut harness = harness("code-answers-large", Lang::En, TALL);
    assert!(harness.query_by_label_contains("Phone +86 (010)").is_some());
    assert!(
        harness
            .query_by_label_contains("Monday to Friday")
            .is_some()
    );
    assert!(harness.query_by_label_contains("020-83398378").is_none());
    show(&mut harness, "stopped-accepted", Lang::Zh);
    assert!(
        harness
            .query_by_label_contains("客服电话 +86 (010)")
            .is_some()
    );
    show(&mut harness, "blocked-camera", Lang::Zh);
    assert!(harness.query_by_label_contains("周一至周五").is_some());
}

#[test]
fn a_slip_is_offered_where_a_printer_is_ready_and_only_until_it_was_asked_for() {
    let print = Text::new("打印小票", "Print a slip");
    for size in [TALL, WIDE, SMALL] {
        let mut harness = harness("receipt-slip", Lang::Zh, size);
        assert_eq!(click(&mut harness, print), Some(Touch::PrintSlip));
        let (mut without, health) = (harness, samples::health_of("receipt"));
        without.state_mut().health = Health {
            printer: Some(PrinterState::NoPaper),
            ..health
        };
        without.run_steps(2);
        assert!(!buttons(&without).contains(&print.zh.to_owned()));
        for name in [
            "receipt",
            "receipt-slip-printing",
            "receipt-slip-printed",
            "receipt-slip-paper",
        ] {
            show(&mut without, name, Lang::Zh);
            without.run_steps(1);
            let offered = buttons(&without);
            assert!(
                !offered.contains(&print.zh.to_owned()),
                "{name} {offered:?}"
            );
            assert!(
                offered.contains(&words::DONE.zh.to_owned()),
                "{name} {offered:?}"
            );
        }
    }
}

/// With `CAPTURE_STATION_SCREENS=dir` every slip is also drawn there.
#[test]
fn a_slip_shows_what_its_screen_shows_and_fits_its_paper() {
    use super::slip::Slip;
    let folder = std::env::var_os("CAPTURE_STATION_SCREENS").map(PathBuf::from);
    for (name, lang, width) in [
        ("receipt", Lang::Zh, 384),
        ("receipt", Lang::En, 384),
        ("receipt-owed", Lang::Zh, 576),
        ("receipt-owed", Lang::En, 576),
    ] {
        let walk = samples::visit(name, lang);
        let health = samples::health_of(name);
        let State::Receipt(receipt) = walk.session.state() else {
            panic!("{:?}", walk.session.state());
        };
        let slip = Slip {
            receipt,
            batch: walk.session.batch().map(AsRef::as_ref),
            station: &health.station,
            link: &health.link,
            calendar: crate::calendar::Calendar::shipped(),
            trust: health.time_trust,
            lang,
        };
        let mut screen = harness(name, lang, WIDE);
        screen.run_steps(1);
        for step in slip.steps() {
            assert!(screen.query_by_label(&step).is_some(), "{step}");
        }
        let drawn = slip.draw(fonts(), width);
        assert_eq!(drawn.width(), width);
        assert!(drawn.height() > width, "{}", drawn.height());
        let is_black = |x: u32, y: u32| drawn.get_pixel(x, y).0 == [0];
        let ends = (0..width).filter(|x| is_black(*x, 0) || is_black(*x, drawn.height() - 1));
        assert_eq!(ends.count(), 0, "something is cut off");
        if let Some(folder) = &folder {
            let file = format!("slip-{name}-{}-{width}.png", lang.of_documents().name());
            drawn.save(folder.join(file)).unwrap();
        }
    }
}

#[test]
fn a_stick_that_is_being_written_starts_nothing_else() {
    let mut harness = harness("staff-sticks", Lang::Zh, TALL);
    let export = at_desk(&mut harness, say::EXPORT);
    assert_eq!(export, Some(DeskTouch::Export(91)));
    let import = at_desk(&mut harness, say::IMPORT);
    assert_eq!(import, Some(DeskTouch::Import(91)));
    show(&mut harness, "staff-sticks-copying", Lang::Zh);
    assert_eq!(click(&mut harness, say::EXPORT), None);
    assert_eq!(click(&mut harness, say::IMPORT), None);
}

/// A text as it was set: words, design px, whether its place holds it.
type Set = (String, f32, bool);

/// Returns every text that a sample sets.
fn texts(harness: &mut Harness<'_, Shown>, name: &str, lang: Lang, size: TextSize) -> Vec<Set> {
    show(harness, name, lang);
    harness.state_mut().walk.touch(Touch::TextSize(size));
    harness.run_steps(1);
    let forget = |data: &mut egui::util::IdTypeMap| data.remove_temp::<Vec<Set>>(egui::Id::NULL);
    harness.ctx.data_mut(forget);
    harness.run_steps(1);
    harness.ctx.data_mut(forget).unwrap_or_default()
}

#[test]
fn no_text_is_cut_off_in_any_language_at_any_size() {
    let mut cut = vec![];
    for window in [TALL, WIDE, SMALL] {
        let mut harness = harness("attract", Lang::Zh, window);
        for (name, lang) in samples::ALL
            .iter()
            .flat_map(|name| Lang::ALL.map(|lang| (*name, lang)))
        {
            for size in [TextSize::Usual, TextSize::Large] {
                let set = texts(&mut harness, name, lang, size);
                assert!(!set.is_empty());
                let outside = set.into_iter().filter(|(_, _, fits)| !fits);
                cut.extend(outside.map(|(text, px, _)| {
                    format!("{name} {lang:?} {size:?} {window}: {px:.0} px {text}")
                }));
            }
        }
    }
    assert!(cut.is_empty(), "{cut:#?}");
}

/// Returns whether only staff read this screen.
fn is_for_staff(name: &str) -> bool {
    ["staff", "help", "blocked"]
        .iter()
        .any(|of| name.starts_with(of))
}

#[test]
fn students_read_no_type_below_28_px_at_1080_wide() {
    const LEAST: f32 = 27.9;
    let mut small = vec![];
    for window in [TALL, WIDE, SMALL] {
        let mut harness = harness("attract", Lang::Zh, window);
        for (name, lang) in samples::ALL
            .iter()
            .filter(|name| !is_for_staff(name))
            .flat_map(|name| Lang::ALL.map(|lang| (*name, lang)))
        {
            let set = texts(&mut harness, name, lang, TextSize::Usual);
            let below = set.into_iter().filter(|(_, px, _)| *px < LEAST);
            small.extend(
                below.map(|(text, px, _)| format!("{name} {lang:?} {window}: {px:.1} px {text}")),
            );
        }
    }
    assert!(small.is_empty(), "{small:#?}");
}

#[test]
fn what_is_spoken_stands_on_the_screen() {
    let mut spoken = 0;
    for lang in Lang::ALL {
        let mut harness = harness("attract", lang, WIDE);
        for name in samples::ALL {
            show(&mut harness, name, lang);
            let Some(caption) = caption(&harness.state().walk.session) else {
                continue;
            };
            let caption = caption.get(lang);
            let found = harness.query_all_by_label_contains(caption).count();
            assert!(found > 0, "{name} {lang:?}: {caption}");
            spoken += 1;
        }
    }
    assert!(spoken > 50, "{spoken}");
}

#[test]
fn the_touch_that_wakes_the_screen_presses_no_button() {
    let start = place_of("attract", Lang::Zh, TALL, words::START);
    let press = |harness: &mut Harness<'_, Shown>| {
        for pressed in [true, false] {
            harness.event(egui::Event::PointerButton {
                pos: start,
                button: egui::PointerButton::Primary,
                pressed,
                modifiers: egui::Modifiers::NONE,
            });
            // A touch wakes the screen before its own picture is drawn.
            harness.state_mut().rests = false;
            harness.run_steps(1);
        }
        harness.state_mut().touch.take()
    };
    let mut harness = harness("attract", Lang::Zh, TALL);
    harness.state_mut().rests = true;
    harness.run_steps(2);
    assert_eq!(harness.query_all_by_role(Role::Button).count(), 0);
    assert!(harness.query_by_label(words::TOUCH_TO_BEGIN.zh).is_some());
    assert_eq!(press(&mut harness), None);
    assert_eq!(press(&mut harness), Some(Touch::Start));
}

#[test]
fn help_lies_over_any_screen_and_is_closed_again() {
    let mut harness = harness("framing", Lang::Zh, TALL);
    let open = Touch::Help(HelpPage::Open);
    assert_eq!(click(&mut harness, words::HELP), Some(open));
    show(&mut harness, "framing-answers", Lang::Zh);
    let phone = harness.query_all_by_label_contains("020-83398378");
    assert_eq!(phone.count(), 1);
    assert!(harness.query_by_label(words::SHOOT.zh).is_none());
    let close = Touch::Help(HelpPage::Closed);
    assert_eq!(click(&mut harness, words::CLOSE), Some(close));
}

#[test]
fn the_photo_is_shown_at_print_size_too() {
    for size in [TALL, WIDE, SMALL] {
        let harness = harness("review", Lang::Zh, size);
        assert!(harness.query_by_label(words::PRINT_SIZE.zh).is_some());
    }
}

/// Returns the size in px at which a finished photo is drawn.
fn photo_size(harness: &Harness<'_, Shown>, lang: Lang) -> Vec2 {
    let label = words::PHOTO.get(lang);
    harness
        .get_by_role_and_label(Role::Image, label)
        .rect()
        .size()
}

#[test]
fn a_photo_is_looked_at_in_no_less_than_its_own_size() {
    const OWN: Vec2 = vec2(480.0, 640.0);
    for panel in [TALL, WIDE, SMALL, vec2(1366.0, 768.0)] {
        let mut harness = harness("attract", Lang::Zh, panel);
        let named = samples::ALL
            .into_iter()
            .filter(|name| name.starts_with("review"))
            // The one that is chosen is looked at next.
            .filter(|name| *name != "review-choice");
        for (name, lang) in named.flat_map(|name| Lang::ALL.map(|lang| (name, lang))) {
            show(&mut harness, name, lang);
            let photo = photo_size(&harness, lang) + Vec2::splat(0.01);
            assert!(
                photo.x >= OWN.x && photo.y >= OWN.y,
                "{name} {lang:?} {panel}: {photo}"
            );
        }
    }
    let tall_and_small = harness("review", Lang::Zh, vec2(720.0, 1280.0));
    assert!(photo_size(&tall_and_small, Lang::Zh).x + 0.01 >= OWN.x);
}

#[test]
fn a_touch_fills_a_tall_screen_with_the_photo_and_another_takes_it_back() {
    let mut harness = harness("review", Lang::Zh, TALL);
    let beside = photo_size(&harness, Lang::Zh);
    for (button, size) in [
        (words::ENLARGE, PhotoSize::Alone),
        (words::SHRINK, PhotoSize::Beside),
    ] {
        let touch = Touch::Photo(size);
        assert_eq!(click(&mut harness, button), Some(touch));
        harness.state_mut().touch = None;
        harness
            .get_by_role_and_label(Role::Image, words::PHOTO.zh)
            .click();
        harness.run_steps(2);
        assert_eq!(harness.state().touch, Some(touch), "the photo itself");
        harness.state_mut().walk.touch(touch);
        harness.run_steps(1);
        assert!(harness.query_by_label(words::REVIEW_TITLE.zh).is_some());
        assert!(harness.query_by_label(words::CONFIRM.zh).is_some());
    }
    assert_eq!(photo_size(&harness, Lang::Zh), beside);
    show(&mut harness, "review-enlarged", Lang::Zh);
    assert!(photo_size(&harness, Lang::Zh).x > beside.x * 1.4);
}

#[test]
fn staff_are_called_by_one_touch_from_every_student_s_screen() {
    let mut screens = 0;
    for size in [TALL, WIDE] {
        let mut harness = harness("attract", Lang::Zh, size);
        for name in samples::ALL {
            show(&mut harness, name, Lang::Zh);
            let session = &harness.state().walk.session;
            if !session.state().may_call_staff() || session.staff_call().is_some() {
                continue;
            }
            let touch = click(&mut harness, words::CALL);
            assert_eq!(touch, Some(Touch::CallStaff), "{name} {size}");
            screens += 1;
        }
    }
    assert!(screens > 2 * 60, "{screens}");
}

#[test]
fn who_called_reads_so_with_the_time_and_may_ring_again_after_a_while() {
    let mut harness = harness("code", Lang::Zh, TALL);
    harness.state_mut().walk.touch(Touch::CallStaff);
    harness.run_steps(1);
    let said = words::with(words::CALLED, Lang::Zh, "10:00");
    assert!(harness.query_by_label(&said).is_some());
    assert!(
        harness.query_by_label(words::LEAVE.zh).is_some(),
        "no dead end"
    );
    harness.state_mut().walk.wait(7_000);
    harness.run_steps(1);
    let at = words::with(words::CALLED_AT, Lang::Zh, "10:00");
    assert!(harness.query_by_label(&said).is_none());
    assert!(harness.query_by_label(&at).is_some());
    assert!(!buttons(&harness).contains(&at));
    harness.state_mut().walk.wait(24_000);
    harness.run_steps(1);
    assert_eq!(click(&mut harness, words::CALL), Some(Touch::CallStaff));
}

#[test]
fn staff_read_when_they_were_called() {
    let mut harness = harness("staff", Lang::Zh, TALL);
    let called = words::with(say::WHY_CALLED, Lang::Zh, "09:58");
    assert!(harness.query_by_label(&called).is_some());
    show(&mut harness, "staff-open", Lang::Zh);
    assert!(harness.query_by_label_contains("呼叫").is_none());
}

#[test]
fn a_picture_that_is_not_good_enough_shows_what_to_do_and_asks_for_another() {
    let fault = crate::checks::words::fault(crate::profile::CheckId::EyesOpen);
    for size in [TALL, WIDE, SMALL] {
        let mut harness = harness("flawed", Lang::Zh, size);
        assert!(harness.query_by_label(fault.zh).is_some());
        assert!(harness.query_by_label(words::FLAWED_PLACE.zh).is_some());
        assert!(photo_size(&harness, Lang::Zh).x + 0.01 >= 480.0);
        assert_eq!(click(&mut harness, words::CALL_STAFF), Some(Touch::Staff));
        assert_eq!(click(&mut harness, words::RETAKE), Some(Touch::Retake));
        show(&mut harness, "flawed-glare", Lang::Zh);
        assert!(harness.query_by_label(words::GLARE_TIP.zh).is_some());
    }
}
