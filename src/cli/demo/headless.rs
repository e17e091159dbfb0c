//! One whole visit by clicks on labels, in the real app, with its screens drawn by software.

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
    sync::{Arc, mpsc::Receiver},
    thread,
    time::Duration,
};

use anyhow::{Context, ensure};
use egui_kittest::{Harness, kittest::Queryable};
use serde::Serialize;

use super::{DemoArgs, Language, Stage, writeln_stdout};
use crate::{
    app::{Kiosk, opening::Opened, play::POCKET, wires::Wires},
    code::Reading,
    guidance::{Advice, Told},
    lang::{Lang, Text},
    provision::fonts,
    session::{Desk, Event, State},
    time::Mono,
    ui::{self, raster::Rasterizer, words},
};

/// No step of the visit may take longer than this.
const PATIENCE: Duration = Duration::from_mins(3);
/// Pause between two steps, in which the threads work.
const STEP: Duration = Duration::from_millis(15);

/// A person's own time in the shortest visit: consent 8 s, the phone 1.2 s, four digits 4 s,
/// sitting 8 s, review 5 s.
const PAUSES: Duration = Duration::from_millis(26_200);

/// The results of the visit, as one line of JSON.
#[derive(Serialize)]
struct Report {
    delivered: bool,
    visit_ms: u128,
    /// From holding up the phone to the keypad.
    code_ms: u128,
    judged_to_review_ms: u128,
    confirm_to_receipt_ms: u128,
    /// The booth's own time, plus [`PAUSES`].
    with_human_pauses_ms: u128,
    analysis_ms_median: f32,
    /// In the order in which the sitter saw it.
    advice: Vec<String>,
}

/// Plays the visit, leaves its pictures and files in `out`, and returns whether the platform has
/// it.
pub fn play(
    args: &DemoArgs,
    opened: Opened,
    wires: Arc<Wires>,
    inbox: Receiver<Event>,
    stage: &Stage,
    out: &Path,
) -> anyhow::Result<ExitCode> {
    let screens = out.join("screens");
    fs::create_dir_all(&screens).with_context(|| format!("cannot make {}", screens.display()))?;
    let fonts = fonts::load()?;
    let context = egui::Context::default();
    let kiosk = Kiosk::start(opened, Arc::clone(&wires), inbox, &context);
    let harness = Harness::builder()
        .with_size(egui::vec2(args.size.0, args.size.1))
        .with_context_setup(move |ctx| ui::install(ctx, fonts))
        .with_render_cursor(false)
        .renderer(Rasterizer::default())
        .build_ui_state(
            |ui, kiosk: &mut Kiosk| {
                kiosk.think(ui.ctx());
                kiosk.draw(ui);
            },
            kiosk,
        );
    let mut visit = Visit {
        harness,
        wires,
        screens,
        lang: match args.lang {
            Language::Zh => Lang::Zh,
            Language::En => Lang::En,
        },
        advice: vec![],
        pin: stage.pin.clone(),
        has_phone: args.folder.is_none(),
    };
    let report = visit.whole()?;
    let delivered = report.delivered;
    leave_files(stage, out)?;
    writeln_stdout(&serde_json::to_string(&report)?)?;
    Ok(if delivered {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

struct Visit<'a> {
    harness: Harness<'a, Kiosk>,
    wires: Arc<Wires>,
    screens: PathBuf,
    lang: Lang,
    advice: Vec<Advice>,
    pin: String,
    /// Whether the camera shows the sitter's phone; otherwise a hand scanner reads the code.
    has_phone: bool,
}

impl Visit<'_> {
    fn whole(&mut self) -> anyhow::Result<Report> {
        self.until("the booth opens", |state| matches!(state, State::Idle))?;
        self.wait(Duration::from_millis(1_500));
        if self.lang == Lang::En {
            self.click(Lang::En.name())?;
        }
        self.picture("1-attract")?;
        let began = self.now();
        self.touch(words::START)?;
        self.batch()?;
        self.consent()?;
        let code_ms = self.code_and_tail()?;
        let judged = self.framing()?;
        self.review()?;
        self.harness.run_steps(1);
        let judged_to_review_ms = self.now().since(judged).as_millis();
        self.wait(Duration::from_millis(400));
        self.picture("6-review")?;
        let confirmed = self.now();
        self.touch(words::CONFIRM)?;
        self.until("the receipt", |state| matches!(state, State::Receipt(_)))?;
        let confirm_to_receipt_ms = self.now().since(confirmed).as_millis();
        let visit_ms = self.now().since(began).as_millis();
        self.wait(Duration::from_millis(300));
        self.picture("7-receipt")?;
        let delivered = self.delivery();
        self.staff()?;
        Ok(Report {
            delivered,
            visit_ms,
            code_ms,
            judged_to_review_ms,
            confirm_to_receipt_ms,
            with_human_pauses_ms: PAUSES.as_millis()
                + code_ms
                + judged_to_review_ms
                + confirm_to_receipt_ms,
            analysis_ms_median: self.wires.pace.median_ms(),
            advice: self
                .advice
                .iter()
                .map(|advice| advice.sentence().get(self.lang).to_owned())
                .collect(),
        })
    }

    /// Holds up the school's code, where no batch is pinned.
    fn batch(&mut self) -> anyhow::Result<()> {
        self.until("the visit to begin", |state| !matches!(state, State::Idle))?;
        if !matches!(self.harness.state().session().state(), State::Batch(_)) {
            return Ok(());
        }
        self.wait(Duration::from_millis(300));
        self.picture("1-batch")
    }

    fn consent(&mut self) -> anyhow::Result<()> {
        self.until("consent", |state| matches!(state, State::Consent(_)))?;
        self.wait(Duration::from_millis(100));
        self.touch(words::TERMS_READ)?;
        self.wait(Duration::from_millis(300));
        self.picture("2-consent")?;
        self.touch(words::AGREE_FACE)?;
        self.touch(words::AGREE_SENDING)
    }

    /// Returns how long the code took to be read, once the phone was out of the pocket, in ms.
    fn code_and_tail(&mut self) -> anyhow::Result<u128> {
        self.until("the code's step", |state| matches!(state, State::Code(_)))?;
        let asked = self.now();
        self.wait(Duration::from_millis(150));
        self.picture("3-code")?;
        // Tries once more with the phone held up, if it is not read yet.
        self.wait(Duration::from_millis(1_100));
        if matches!(self.harness.state().session().state(), State::Code(_)) {
            self.picture("3-code")?;
        }
        if !self.has_phone {
            self.scan();
        }
        self.until("the code to be read", |state| {
            matches!(state, State::Tail(_))
        })?;
        let code = self.now().since(asked).saturating_sub(POCKET);
        self.wait(Duration::from_millis(100));
        for digit in ["0", "0", "2"] {
            self.click(digit)?;
        }
        self.picture("4-tail")?;
        self.sit_at_the_keys()?;
        self.click("8")?;
        Ok(code.as_millis())
    }

    fn sit_at_the_keys(&mut self) -> anyhow::Result<()> {
        self.until(
            "the camera to see who types",
            |state| matches!(state, State::Tail(tailing) if tailing.is_seen()),
        )
    }

    /// Shows the code again and types the tail from the chair, if the sitter moved too quickly.
    fn give_again(&mut self) -> anyhow::Result<()> {
        if matches!(self.harness.state().session().state(), State::Code(_)) {
            if !self.has_phone {
                self.scan();
            }
            return Ok(());
        }
        self.sit_at_the_keys()?;
        while let State::Tail(tailing) = self.harness.state().session().state()
            && !tailing.entry.typed.is_empty()
        {
            self.touch(words::KEY_BACKSPACE)?;
        }
        for digit in ["0", "0", "2", "8"] {
            self.click(digit)?;
        }
        Ok(())
    }

    /// Does what the window's loop does with a hand scanner's keys.
    fn scan(&self) {
        let bytes = "made-up 采集码".as_bytes().to_vec();
        self.wires
            .tell(Event::Scanned(Reading { bytes, card: None }));
    }

    /// Lets the sitter be guided until the picture is taken; returns the moment in which it was
    /// judged good.
    fn framing(&mut self) -> anyhow::Result<Mono> {
        let end = self.now().plus(PATIENCE);
        let mut coached = false;
        let mut held = false;
        loop {
            ensure!(
                self.now() < end,
                "the sitter was never good: {:?}",
                self.advice
            );
            self.step();
            let now = self.now();
            let state = self.harness.state().session().state();
            if matches!(state, State::Code(_) | State::Tail(_)) {
                self.give_again()?;
                continue;
            }
            ensure!(
                !matches!(state, State::Idle),
                "the visit ended before the sitter was good: {:?}",
                self.advice
            );
            let State::Framing(framing) = state else {
                return Ok(now);
            };
            let hold = framing.held(now);
            let told = framing.saying.map(|saying| saying.told);
            if let Some(Told::Advice(advice)) = told
                && self.advice.last() != Some(&advice)
            {
                self.advice.push(advice);
            }
            let lesson = matches!(
                self.advice.last(),
                Some(Advice::TiltLeft | Advice::TiltRight)
            );
            if lesson && !coached {
                coached = true;
                self.wait(Duration::from_millis(250));
                self.picture("5-framing-advice")?;
            } else if hold > 0.35 && !held {
                held = true;
                self.picture("5-framing-good")?;
            }
        }
    }

    /// Waits for the finished photo; one that is not good enough is taken again.
    fn review(&mut self) -> anyhow::Result<()> {
        let is_made = |state: &State| matches!(state, State::Review(_) | State::Flawed(_));
        self.until("the photo to be made", is_made)?;
        while matches!(self.harness.state().session().state(), State::Flawed(_)) {
            self.touch(words::RETAKE)?;
            self.framing()?;
            self.until("the photo to be made", is_made)?;
        }
        Ok(())
    }

    /// Waits until the platform's receipt has settled the parcel.
    fn delivery(&mut self) -> bool {
        let end = self.now().plus(PATIENCE);
        while self.now() < end {
            self.step();
            let ledger = self.wires.ledger.newest();
            if ledger.is_some_and(|ledger| ledger.counts.delivered > 0 && ledger.counts.queued == 0)
            {
                return true;
            }
        }
        false
    }

    fn staff(&mut self) -> anyhow::Result<()> {
        self.touch(words::DONE)?;
        self.until("the next visitor", |state| matches!(state, State::Idle))?;
        if self.lang == Lang::En {
            self.click(Lang::En.name())?;
        }
        self.touch(words::STAFF)?;
        self.until("the PIN pad", |state| matches!(state, State::Staff(_)))?;
        self.click("1")?;
        self.touch(words::KEY_ENTER)?;
        for digit in self.pin.clone().chars() {
            self.click(&digit.to_string())?;
        }
        self.picture("8-staff-pin")?;
        self.touch(words::KEY_ENTER)?;
        self.until("the staff page", |state| {
            matches!(state, State::Staff(Desk::Open(_)))
        })?;
        self.wait(Duration::from_millis(2_300));
        self.picture("9-staff")
    }

    fn until(&mut self, what: &str, there: impl Fn(&State) -> bool) -> anyhow::Result<()> {
        let end = self.now().plus(PATIENCE);
        while !there(self.harness.state().session().state()) {
            ensure!(
                self.now() < end,
                "waited in vain for {what}: {:?}",
                self.harness.state().session().state()
            );
            self.step();
        }
        Ok(())
    }

    fn wait(&mut self, wait: Duration) {
        let end = self.now().plus(wait);
        while self.now() < end {
            self.step();
        }
    }

    fn step(&mut self) {
        thread::sleep(STEP);
        self.harness.step();
    }

    fn touch(&mut self, word: Text) -> anyhow::Result<()> {
        self.click(word.get(self.lang))
    }

    fn click(&mut self, label: &str) -> anyhow::Result<()> {
        self.harness
            .query_all_by_label(label)
            .next()
            .with_context(|| format!("the screen has no button {label}"))?
            .click();
        // One step for the press, one for its effect.
        self.harness.run_steps(2);
        Ok(())
    }

    fn picture(&mut self, name: &str) -> anyhow::Result<()> {
        let drawn = self.harness.render();
        let picture = drawn.map_err(|why| anyhow::anyhow!("the screen cannot be drawn: {why}"))?;
        picture.save(self.screens.join(format!("{name}.png")))?;
        Ok(())
    }

    fn now(&self) -> Mono {
        self.wires.clock.now().mono
    }
}

/// Writes what the platform has, as it opened it.
fn leave_files(stage: &Stage, out: &Path) -> anyhow::Result<()> {
    for id in stage.platform.captures()? {
        let opened = stage.platform.open_parcel(id)?;
        fs::write(out.join("portrait.jpg"), &opened.portrait)?;
        fs::write(out.join("original.jpg"), &opened.original)?;
        fs::write(
            out.join("manifest.json"),
            serde_json::to_vec_pretty(&opened.manifest)?,
        )?;
    }
    Ok(())
}
