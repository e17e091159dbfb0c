//! The first start: what a booth shows until it is enrolled, for whoever sets it up.

use egui::{Align2, Rect, vec2};

use super::{
    area::{self, Cut},
    ends,
    icons::Icon,
    keypad, page, scan,
    sheet::{Call, Sheet},
    staff,
    theme::{self, Type},
    words::{self, first as say},
};
use crate::{
    first_start::{
        Comparing, FirstStart, NotEnrolled, PinEntry, PinTrouble, Probe, Reach, Step, Ticket,
        TicketTrouble, Touch, Wired, leads_on,
    },
    lang::{Lang, Text},
    session,
    time::Wall,
};

/// The steps as they are counted above.
const STEPS: [Text; 7] = [
    say::STEP_LANGUAGE,
    say::STEP_TICKET,
    say::STEP_COMPARE,
    say::STEP_NETWORK,
    say::STEP_TIME,
    say::STEP_PIN,
    say::STEP_ENROL,
];

/// Groups of a fingerprint beside each other.
const GROUPS_A_ROW: usize = 4;

/// Whether the next step can help, or what is wrong must be put right first.
#[derive(Clone, Copy)]
enum Helps {
    Yes,
    No,
}

pub fn first_ui(sheet: &mut Sheet<'_>, start: &FirstStart) -> Option<Touch> {
    let (mut rest, foot) = page::frame(sheet);
    let head = rest.cut_top(sheet.px(112.0));
    page::steps_row(sheet, head, &STEPS, step_of(start.step()));
    rest.cut_top(sheet.px(28.0));
    let touch = match start.step() {
        // Its buttons are the languages.
        Step::Language => return language_ui(sheet, rest.union(foot), start),
        Step::Ticket(trouble) => ticket_ui(sheet, rest, *trouble),
        Step::Fingerprint(comparing) => {
            let ticket = start.ticket()?;
            fingerprint_ui(sheet, rest, ticket, comparing)
        }
        Step::Network(probe) => network_ui(sheet, rest, probe.as_ref()),
        Step::Time(probe) => time_ui(sheet, rest, probe),
        Step::Pin(entry) => pin_ui(sheet, rest, entry),
        Step::Enrolling => enrolling_ui(sheet, rest),
        Step::Failed(why) => failed_ui(sheet, rest, why),
        Step::Enrolled(station) => enrolled_ui(sheet, rest, station),
    };
    touch.or(other_language(sheet, foot, start))
}

const fn step_of(step: &Step) -> usize {
    match step {
        Step::Language => 0,
        Step::Ticket(_) => 1,
        Step::Fingerprint(_) => 2,
        Step::Network(_) => 3,
        Step::Time(_) => 4,
        Step::Pin(_) => 5,
        Step::Enrolling | Step::Failed(_) => 6,
        Step::Enrolled(_) => STEPS.len(),
    }
}

fn other_language(sheet: &mut Sheet<'_>, mut foot: Rect, start: &FirstStart) -> Option<Touch> {
    let place = foot.cut_right(sheet.px(240.0));
    let other = start.lang().next(start.third_language());
    sheet
        .button(place, Call::Quiet, Some(Icon::Globe), other.name())
        .then_some(Touch::Language(other))
}

fn language_ui(sheet: &mut Sheet<'_>, mut rest: Rect, start: &FirstStart) -> Option<Touch> {
    let acts = rest.cut_bottom(sheet.px(150.0));
    rest.cut_bottom(sheet.px(28.0));
    let looks = (Icon::Sliders, theme::BLUE, theme::BLUE_PALE);
    let title = sheet.word(say::LANGUAGE_TITLE);
    // Nobody has chosen a language yet.
    let both = format!("{}\n{}", say::LANGUAGE_MORE.zh, say::LANGUAGE_MORE.en);
    ends::message(sheet, rest, looks, title, &both);
    let third = start.third_language().map(Lang::Third);
    let offered: Vec<Lang> = Lang::ALL.into_iter().chain(third).collect();
    let mut touch = None;
    for (i, lang) in offered.iter().enumerate() {
        let place = area::column(acts, offered.len(), sheet.px(24.0), i);
        let touched = sheet.button(place, Call::Primary, Some(Icon::Globe), lang.name());
        touch = touch.or(touched.then_some(Touch::Language(*lang)));
    }
    touch
}

fn ticket_ui(
    sheet: &mut Sheet<'_>,
    mut rest: Rect,
    trouble: Option<TicketTrouble>,
) -> Option<Touch> {
    if let Some(trouble) = trouble {
        scan::notice_above(sheet, &mut rest, sheet.word(say::ticket(trouble)));
    }
    let waits = rest.cut_bottom(sheet.px(100.0));
    let word = sheet.word(say::TICKET_WAITS);
    let align = Align2::CENTER_CENTER;
    sheet.text(waits, Type::Body, theme::INK_SOFT, align, word);
    let looks = (Icon::Disk, theme::BLUE, theme::BLUE_PALE);
    let (title, more) = (sheet.word(say::TICKET_TITLE), sheet.word(say::TICKET_MORE));
    ends::message(sheet, rest, looks, title, more);
    None
}

fn fingerprint_ui(
    sheet: &mut Sheet<'_>,
    mut rest: Rect,
    ticket: &Ticket,
    comparing: &Comparing,
) -> Option<Touch> {
    if let Comparing::NotKept(_) = comparing {
        scan::notice_above(sheet, &mut rest, sheet.word(say::NOT_KEPT));
    }
    let acts = rest.cut_bottom(sheet.px(130.0));
    rest.cut_bottom(sheet.px(28.0));
    let share = if sheet.is_wide() { 0.38 } else { 0.3 };
    let (mut asked, groups) = sheet.panes(rest, share, sheet.px(48.0));
    let word = sheet.word(say::COMPARE_TITLE);
    sheet.paragraph(&mut asked, Type::Title, theme::INK, sheet.px(16.0), word);
    let word = sheet.word(say::COMPARE_MORE);
    sheet.paragraph(
        &mut asked,
        Type::Body,
        theme::INK_SOFT,
        sheet.px(16.0),
        word,
    );
    let place = words::with(say::COMPARE_PLATFORM, sheet.lang, &ticket.content.platform);
    sheet.text(
        asked,
        Type::Small,
        theme::INK_SOFT,
        Align2::LEFT_TOP,
        &place,
    );
    groups_ui(sheet, groups, &ticket.groups());

    let [other, same] = [0, 1].map(|i| area::column(acts, 2, sheet.px(24.0), i));
    let word = sheet.word(say::COMPARE_OTHER);
    let differs = sheet.button(other, Call::Secondary, Some(Icon::Cross), word);
    let (call, word) = match comparing {
        Comparing::Keeping => (Call::Later, say::COMPARE_KEEPING),
        Comparing::Shown | Comparing::NotKept(_) => (Call::Primary, say::COMPARE_SAME),
    };
    let word = sheet.word(word);
    let same = sheet.button(same, call, Some(Icon::Tick), word);
    differs
        .then_some(Touch::OtherFingerprint)
        .or(same.then_some(Touch::Next))
}

fn groups_ui(sheet: &mut Sheet<'_>, place: Rect, groups: &[String]) {
    let gap = sheet.px(16.0);
    let rows = groups.len().div_ceil(GROUPS_A_ROW);
    for (i, group) in groups.iter().enumerate() {
        let row = area::row(place, rows, gap, i / GROUPS_A_ROW);
        let cell = area::column(row, GROUPS_A_ROW, gap, i % GROUPS_A_ROW);
        sheet.panel(cell, theme::CARD, theme::LINE);
        let align = Align2::CENTER_CENTER;
        sheet.text(cell, Type::Title, theme::INK, align, group);
    }
}

fn network_ui(sheet: &mut Sheet<'_>, mut rest: Rect, probe: Option<&Probe>) -> Option<Touch> {
    let acts = rest.cut_bottom(sheet.px(130.0));
    rest.cut_bottom(sheet.px(28.0));
    let Some(probe) = probe else {
        let looks = (Icon::Globe, theme::BLUE, theme::BLUE_PALE);
        let title = sheet.word(say::NETWORK_TITLE);
        let more = sheet.word(say::NETWORK_LOOKING);
        ends::message(sheet, rest, looks, title, more);
        return other_ticket(sheet, area::column(acts, 3, sheet.px(24.0), 0));
    };
    let word = sheet.word(say::NETWORK_TITLE);
    sheet.paragraph(&mut rest, Type::Title, theme::INK, sheet.px(20.0), word);
    let mut note = rest.cut_bottom(sheet.px(if sheet.is_wide() { 84.0 } else { 130.0 }));
    if let Reach::Stranger(why) | Reach::Nowhere(why) = &probe.reach {
        let half = note.height() * 0.5;
        let detail = note.cut_bottom(half);
        sheet.text(
            detail,
            Type::Fine,
            theme::INK_FAINT,
            Align2::LEFT_CENTER,
            why,
        );
    }
    if probe.has_wifi || probe.wired != Wired::Plugged {
        let word = sheet.word(say::WIRED_ONLY);
        sheet.text(
            note,
            Type::Small,
            theme::INK_SOFT,
            Align2::LEFT_CENTER,
            word,
        );
    }
    found_ui(sheet, rest, probe);
    let next = if leads_on(probe) {
        Helps::Yes
    } else {
        Helps::No
    };
    again_or_next(sheet, acts, next)
}

/// Draws cable, address and platform: what is right, and what to do about the rest.
fn found_ui(sheet: &mut Sheet<'_>, place: Rect, probe: &Probe) {
    let address = probe.address.map_or_else(
        || sheet.word(say::ADDRESS_NONE).to_owned(),
        |address| address.to_string(),
    );
    let is_reached = matches!(probe.reach, Reach::Platform(_));
    let lines = [
        (
            say::NETWORK_CABLE,
            probe.wired == Wired::Plugged,
            sheet.word(say::wired(probe.wired)).to_owned(),
        ),
        (say::NETWORK_ADDRESS, probe.address.is_some(), address),
        (
            say::NETWORK_PLATFORM,
            is_reached,
            sheet.word(say::reach(&probe.reach)).to_owned(),
        ),
    ];
    // What the platform's line says may take several lines.
    let heights = [0.24, 0.24, 0.52];
    let whole = place.height().min(sheet.px(660.0));
    let mut rest = place;
    for ((name, is_right, text), share) in lines.into_iter().zip(heights) {
        let mut row = rest.cut_top(whole * share);
        row.cut_bottom(sheet.px(16.0));
        line_ui(sheet, row, (name, is_right, &text));
    }
}

fn line_ui(sheet: &mut Sheet<'_>, row: Rect, (name, is_right, text): (Text, bool, &str)) {
    sheet.card(row);
    let mut inner = row.shrink2(vec2(sheet.px(32.0), sheet.px(12.0)));
    let side = sheet.px(44.0);
    let (icon, ink) = if is_right {
        (Icon::Tick, theme::GOOD)
    } else {
        (Icon::Warning, theme::WARN)
    };
    let place = inner.cut_left(side);
    sheet.icon(area::middle(place, vec2(side, side)), icon, ink);
    inner.cut_left(sheet.px(24.0));
    let label = inner.cut_left(sheet.px(180.0));
    let align = Align2::LEFT_CENTER;
    let word = sheet.word(name);
    sheet.text(label, Type::Body, theme::INK_SOFT, align, word);
    sheet.balanced(inner, Type::Body, theme::INK, align, text);
}

/// Draws the three ways on: another ticket, once more, and the next step if that can help.
fn again_or_next(sheet: &mut Sheet<'_>, acts: Rect, next_helps: Helps) -> Option<Touch> {
    let [other, again, next] = [0, 1, 2].map(|i| area::column(acts, 3, sheet.px(24.0), i));
    let other = other_ticket(sheet, other);
    let (on, once_more) = match next_helps {
        Helps::Yes => (Call::Primary, Call::Secondary),
        Helps::No => (Call::Later, Call::Primary),
    };
    let word = sheet.word(say::TRY_AGAIN);
    let again = sheet.button(again, once_more, Some(Icon::Again), word);
    let word = sheet.word(say::NEXT);
    let next = sheet.button(next, on, None, word);
    other
        .or(again.then_some(Touch::Again))
        .or(next.then_some(Touch::Next))
}

fn other_ticket(sheet: &mut Sheet<'_>, place: Rect) -> Option<Touch> {
    let word = sheet.word(say::OTHER_TICKET);
    let touched = sheet.button(place, Call::Quiet, Some(Icon::Disk), word);
    touched.then_some(Touch::OtherTicket)
}

fn time_ui(sheet: &mut Sheet<'_>, mut rest: Rect, probe: &Probe) -> Option<Touch> {
    let acts = rest.cut_bottom(sheet.px(130.0));
    rest.cut_bottom(sheet.px(28.0));
    let word = sheet.word(say::TIME_TITLE);
    sheet.paragraph(&mut rest, Type::Title, theme::INK, sheet.px(20.0), word);
    let clocks = rest.cut_top(sheet.px(210.0));
    rest.cut_top(sheet.px(28.0));
    let platform = match probe.reach {
        Reach::Platform(date) => date,
        Reach::Stranger(_) | Reach::Date | Reach::Nowhere(_) => None,
    };
    let shown = [
        (say::TIME_BOOTH, Some(probe.clock)),
        (say::TIME_PLATFORM, platform),
    ];
    for (i, (name, time)) in shown.into_iter().enumerate() {
        clock_ui(
            sheet,
            area::column(clocks, 2, sheet.px(24.0), i),
            name,
            time,
        );
    }
    let text = verdict(probe, sheet.lang);
    if probe.has_right_time() {
        sheet.paragraph(&mut rest, Type::Body, theme::GOOD, 0.0, &text);
    } else {
        scan::notice_above(sheet, &mut rest, &text);
    }
    let next = match probe.reach {
        Reach::Date => Helps::No,
        Reach::Platform(_) | Reach::Stranger(_) | Reach::Nowhere(_) => Helps::Yes,
    };
    again_or_next(sheet, acts, next)
}

fn clock_ui(sheet: &mut Sheet<'_>, place: Rect, name: Text, time: Option<Wall>) {
    sheet.card(place);
    let mut inner = place.shrink2(vec2(sheet.px(32.0), sheet.px(24.0)));
    let label = inner.cut_top(sheet.px(48.0));
    let align = Align2::LEFT_CENTER;
    let word = sheet.word(name);
    sheet.text(label, Type::Small, theme::INK_SOFT, align, word);
    let text = time.map_or_else(
        || sheet.word(say::TIME_UNKNOWN).to_owned(),
        |time| time.in_china().strftime("%Y-%m-%d %H:%M:%S").to_string(),
    );
    sheet.text(inner, Type::Heading, theme::INK, align, &text);
}

/// Returns what the comparison of the clocks means, and what to do.
fn verdict(probe: &Probe, lang: Lang) -> String {
    match (&probe.reach, probe.apart()) {
        (Reach::Date, _) => say::TIME_BREAKS_TLS.get(lang).to_owned(),
        (_, None) => say::TIME_NO_DATE.get(lang).to_owned(),
        (_, Some(_)) if probe.has_right_time() => say::TIME_RIGHT.get(lang).to_owned(),
        (_, Some((apart, is_ahead))) => {
            let s = apart.as_secs();
            let span = format!("{}:{:02}:{:02}", s / 3600, s / 60 % 60, s % 60);
            let text = if is_ahead {
                say::TIME_AHEAD
            } else {
                say::TIME_BEHIND
            };
            words::with(text, lang, span)
        }
    }
}

fn pin_ui(sheet: &mut Sheet<'_>, mut rest: Rect, entry: &PinEntry) -> Option<Touch> {
    let pad = if sheet.is_wide() {
        let pad = rest.cut_right(rest.width() * 0.44);
        rest.max.x -= sheet.px(72.0);
        pad
    } else {
        rest.cut_bottom(sheet.px(820.0))
    };
    let pad = area::middle(pad, vec2(sheet.px(760.0).min(pad.width()), pad.height()));
    if let Some(trouble) = &entry.trouble {
        scan::notice_above(sheet, &mut rest, sheet.word(say::pin(trouble)));
    }
    let mut inner = area::middle(rest, vec2(rest.width(), sheet.px(560.0).min(rest.height())));
    let title = if entry.is_repeated() {
        say::PIN_AGAIN_TITLE
    } else {
        say::PIN_TITLE
    };
    let word = sheet.word(title);
    sheet.paragraph(&mut inner, Type::Title, theme::INK, sheet.px(16.0), word);
    let word = sheet.word(if entry.is_being_kept {
        say::PIN_KEEPING
    } else {
        say::PIN_MORE
    });
    sheet.paragraph(
        &mut inner,
        Type::Body,
        theme::INK_SOFT,
        sheet.px(24.0),
        word,
    );
    let dots = inner.cut_top(sheet.px(90.0));
    staff::pin_dots(sheet, dots, entry.typed.len());
    if let Some(PinTrouble::NotKept(why)) = &entry.trouble {
        sheet.text(inner, Type::Fine, theme::INK_FAINT, Align2::LEFT_TOP, why);
    }
    keypad::pin_pad(sheet, pad).and_then(key_of)
}

/// Returns a key of the pad as this start's touch.
const fn key_of(touch: session::Touch) -> Option<Touch> {
    if let session::Touch::Key(key) = touch {
        Some(Touch::Key(key))
    } else if let session::Touch::Backspace = touch {
        Some(Touch::Backspace)
    } else {
        None
    }
}

fn enrolling_ui(sheet: &mut Sheet<'_>, rest: Rect) -> Option<Touch> {
    let looks = (Icon::Globe, theme::BLUE, theme::BLUE_PALE);
    let title = sheet.word(say::ENROLLING_TITLE);
    let more = sheet.word(say::ENROLLING_MORE);
    ends::message(sheet, rest, looks, title, more);
    None
}

fn failed_ui(sheet: &mut Sheet<'_>, mut rest: Rect, why: &NotEnrolled) -> Option<Touch> {
    let acts = rest.cut_bottom(sheet.px(130.0));
    let detail = rest.cut_bottom(sheet.px(90.0));
    let (cause, needs_ticket) = match why {
        NotEnrolled::CodeRefused => (None, true),
        NotEnrolled::Ticket(cause) => (Some(cause), true),
        NotEnrolled::Line(cause) | NotEnrolled::Disk(cause) => (Some(cause), false),
        NotEnrolled::Date => (None, false),
    };
    if let Some(cause) = cause {
        let align = Align2::CENTER_CENTER;
        sheet.text(detail, Type::Fine, theme::INK_FAINT, align, cause);
    }
    let looks = (Icon::Warning, theme::WARN, theme::WARN_PALE);
    let title = sheet.word(say::FAILED_TITLE);
    let more = sheet.word(say::not_enrolled(why));
    ends::message(sheet, rest, looks, title, more);

    let [other, again] = [0, 1].map(|i| area::column(acts, 2, sheet.px(24.0), i));
    let (other_call, again_call) = if needs_ticket {
        (Call::Primary, Call::Secondary)
    } else {
        (Call::Secondary, Call::Primary)
    };
    let word = sheet.word(say::OTHER_TICKET);
    let other = sheet.button(other, other_call, Some(Icon::Disk), word);
    let word = sheet.word(say::TRY_AGAIN);
    let again = sheet.button(again, again_call, Some(Icon::Again), word);
    other
        .then_some(Touch::OtherTicket)
        .or(again.then_some(Touch::Again))
}

fn enrolled_ui(sheet: &mut Sheet<'_>, mut rest: Rect, station: &str) -> Option<Touch> {
    let act = rest.cut_bottom(sheet.px(150.0));
    let looks = (Icon::Tick, theme::GOOD, theme::GOOD_PALE);
    let name = words::with(say::ENROLLED_AS, sheet.lang, station);
    let more = format!("{name}\n{}", sheet.word(say::ENROLLED_MORE));
    let title = sheet.word(say::ENROLLED_TITLE);
    ends::message(sheet, rest, looks, title, &more);
    let place = area::middle(act, vec2(act.width().min(sheet.px(720.0)), act.height()));
    let word = sheet.word(say::OPEN);
    let open = sheet.button(place, Call::Primary, None, word);
    open.then_some(Touch::Next)
}
