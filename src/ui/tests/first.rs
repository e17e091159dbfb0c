//! The screens of a first start: drawn, touched and measured like those of visits.

use super::*;
use crate::first_start::{self, FirstStart, Step};

struct Started {
    start: FirstStart,
    touch: Option<first_start::Touch>,
}

fn started(name: &str, lang: Lang, size: Vec2) -> Harness<'static, Started> {
    let started = Started {
        start: samples::first(name, lang),
        touch: None,
    };
    Harness::builder()
        .with_size(size)
        .with_context_setup(|ctx| install(ctx, fonts()))
        .renderer(Rasterizer::default())
        .with_render_cursor(false)
        .build_ui_state(
            |ui, started: &mut Started| {
                let touch = first_start_ui(ui, &started.start, samples::now(0));
                started.touch = touch.or(started.touch);
            },
            started,
        )
}

/// Every sample in both languages; the first has no language yet.
fn every(mut look: impl FnMut(&str, Lang, Vec2, Harness<'static, Started>)) {
    for (name, lang) in samples::FIRST
        .iter()
        .flat_map(|name| Lang::ALL.map(|lang| (*name, lang)))
    {
        for size in [TALL, WIDE, SMALL] {
            look(name, lang, size, started(name, lang, size));
        }
    }
}

#[test]
fn every_screen_draws_a_first_start_whole_and_large_enough() {
    let folder = std::env::var_os("CAPTURE_STATION_SCREENS").map(PathBuf::from);
    let only = std::env::var("CAPTURE_STATION_ONLY").unwrap_or_default();
    let mut wrong = vec![];
    every(|name, lang, size, mut harness| {
        let path = format!("{name}-{lang:?}-{}x{}.png", size.x, size.y).to_lowercase();
        if !path.contains(&only) {
            return;
        }
        let forget = |data: &mut egui::util::IdTypeMap| {
            data.remove_temp::<Vec<(String, f32, bool)>>(egui::Id::NULL)
        };
        harness.ctx.data_mut(forget);
        harness.run_steps(1);
        let set = harness.ctx.data_mut(forget).unwrap_or_default();
        assert!(!set.is_empty(), "{path}");
        let bad = set.into_iter().filter(|(_, px, fits)| !fits || *px < 22.0);
        wrong.extend(bad.map(|(text, px, fits)| format!("{path}: {px:.0} px, {fits}: {text}")));
        let least = finger(size);
        for node in harness.query_all_by_role(Role::Button) {
            if node.rect().size().min_elem() < least {
                let label = node.accesskit_node().label();
                wrong.push(format!("{path}: {label:?} is too small for a finger"));
            }
        }
        if let Some(folder) = &folder {
            harness.render().unwrap().save(folder.join(path)).unwrap();
        }
    });
    assert!(wrong.is_empty(), "{wrong:#?}");
}

pub fn keep_the_first_screen_for_the_book() {
    let mut harness = started("first-language", Lang::Zh, SMALL);
    harness.run_steps(1);
    keep_for_the_book(&mut harness, "first-language");
}

#[test]
fn every_button_of_a_first_start_answers() {
    let mut deaf = vec![];
    for name in samples::FIRST {
        let mut harness = started(name, Lang::Zh, WIDE);
        for n in 0.. {
            harness.state_mut().touch = None;
            let mut buttons = harness
                .query_all_by_role(Role::Button)
                .filter(|node| !node.accesskit_node().is_disabled());
            let Some(button) = buttons.nth(n) else {
                break;
            };
            let label = button.accesskit_node().label();
            button.click();
            drop(buttons);
            harness.run_steps(2);
            if harness.state().touch.is_none() {
                deaf.push(format!("{name}: {label:?}"));
            }
        }
    }
    assert!(deaf.is_empty(), "{deaf:#?}");
}

#[test]
fn all_sixteen_groups_are_shown_and_nothing_typed_is() {
    let harness = started("first-fingerprint", Lang::Zh, SMALL);
    let groups = harness.state().start.ticket().unwrap().groups();
    for group in &groups {
        assert!(harness.query_all_by_label(group).count() > 0, "{group}");
    }
    let harness = started("first-pin", Lang::Zh, SMALL);
    assert!(matches!(harness.state().start.step(), Step::Pin(entry) if entry.typed.len() == 2));
    assert!(harness.query_by_label("48").is_none());
}
