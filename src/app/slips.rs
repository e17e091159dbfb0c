//! The printer's thread: it draws and prints slips, and looks at the printer meanwhile.

use std::{
    sync::{
        Arc,
        mpsc::{Receiver, RecvTimeoutError},
    },
    time::Duration,
};

use super::wires::Wires;
use crate::{
    booth::{Link, PrinterState},
    contract::Batch,
    lang::Lang,
    printer::{self, Patience, Port},
    provision::fonts,
    session::{Event, Receipted},
    time::Mono,
    ui::slip::Slip,
};

/// How often the printer is looked at while nothing is printed.
const LOOK: Duration = Duration::from_secs(10);

/// A receipt to be printed.
pub struct Job {
    pub receipt: Receipted,
    pub batch: Arc<Batch>,
    pub lang: Lang,
}

/// The booth's printer, and the name that stands on its slips.
pub struct Slips {
    pub port: Port,
    pub width_dots: u32,
    pub station: String,
}

impl Slips {
    /// Prints until the queue closes. A slip is tried once; its visit waits for none.
    pub fn run(&self, wires: &Wires, jobs: &Receiver<Job>) {
        Self::note(wires, self.look(wires));
        loop {
            match jobs.recv_timeout(LOOK) {
                Ok(job) => {
                    let result = self.print(wires, &job);
                    Self::note(wires, result.clone().err().unwrap_or(PrinterState::Ready));
                    wires.tell(Event::Printed {
                        visit: job.receipt.visit,
                        result,
                    });
                }
                Err(RecvTimeoutError::Timeout) => Self::note(wires, self.look(wires)),
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
    }

    fn look(&self, wires: &Wires) -> PrinterState {
        let clock = || wires.clock.now().mono;
        printer::look(&self.port, patience(wires, &clock))
    }

    fn print(&self, wires: &Wires, job: &Job) -> Result<(), PrinterState> {
        let fonts = fonts::load().map_err(|why| PrinterState::Fault(why.to_string()))?;
        let link = wires.link.newest();
        let published = wires.published.newest().unwrap_or_default();
        let slip = Slip {
            receipt: &job.receipt,
            batch: Some(&job.batch),
            station: &self.station,
            link: link.as_deref().unwrap_or(&Link::Unknown),
            calendar: &published.calendar,
            trust: wires.clock.now().trust,
            lang: job.lang,
        };
        let picture = slip.draw(fonts, self.width_dots);
        let clock = || wires.clock.now().mono;
        printer::print(&self.port, &picture, patience(wires, &clock))
    }

    /// Shows staff what the printer said, and logs it where it is new.
    fn note(wires: &Wires, state: PrinterState) {
        if wires.printer.newest().is_some_and(|known| *known == state) {
            return;
        }
        if state == PrinterState::Ready {
            tracing::info!("the slip printer is ready");
        } else {
            tracing::warn!(?state, "the slip printer prints nothing");
        }
        wires.printer.put(state);
    }
}

fn patience<'a>(wires: &'a Wires, clock: &'a dyn Fn() -> Mono) -> Patience<'a> {
    Patience {
        clock,
        stop: &wires.stop,
    }
}

#[cfg(all(test, feature = "demo"))]
mod tests {
    #![expect(clippy::unwrap_used, reason = "tests")]

    use std::{sync::mpsc::sync_channel, thread};

    use super::*;
    use crate::{
        printer::tests::{Fake, Manner, Paper},
        reader::{decoder::Decoder, luma::Luma, passes::Look},
        session::{SlipStep, State, Touch},
        ui::samples,
    };

    fn slips(fake: &Fake, width_dots: u32) -> Slips {
        Slips {
            port: Port::Network(fake.address()),
            width_dots,
            station: "booth-03".to_owned(),
        }
    }

    fn job(lang: Lang) -> Job {
        Job {
            receipt: samples::receipt(),
            batch: Arc::new(samples::batch(|_profile| ())),
            lang,
        }
    }

    /// Prints one slip on a made-up printer. Returns its answer, what the visit and staff heard,
    /// and the picture on the paper.
    fn printed(manner: Manner, width: u32, lang: Lang) -> (Event, PrinterState, Paper) {
        let fake = Fake::new(manner);
        let (wires, inbox) = Wires::new();
        let (queue, jobs) = sync_channel(1);
        thread::scope(|scope| {
            let served = scope.spawn(|| {
                fake.serve();
                fake.serve()
            });
            let (slips, wires) = (slips(&fake, width), &wires);
            scope.spawn(move || slips.run(wires, &jobs));
            queue.send(job(lang)).unwrap();
            let event = inbox.recv().unwrap();
            drop(queue);
            let state = PrinterState::clone(&wires.printer.newest().unwrap());
            (event, state, served.join().unwrap())
        })
    }

    #[test]
    fn the_code_on_the_paper_is_the_receipts_in_both_widths_and_languages() {
        for (width, lang) in [
            (384, Lang::Zh),
            (384, Lang::En),
            (576, Lang::Zh),
            (576, Lang::En),
        ] {
            let (event, state, paper) = printed(Manner::Ready, width, lang);
            let Event::Printed { visit, result } = event else {
                panic!("{event:?}");
            };
            assert_eq!((visit, result), (samples::id(), Ok(())));
            assert_eq!(state, PrinterState::Ready);
            let slip = paper.slip();
            assert_eq!(slip.width(), width);
            let picture = Luma::new(slip.width(), slip.height(), slip.into_raw()).unwrap();
            let codes = Decoder::new().look(&picture, Look::Plain);
            let [code] = codes.as_slice() else {
                panic!("{} codes", codes.len());
            };
            assert_eq!(code.bytes, samples::receipt().link.as_bytes());
            assert!(
                code.module_px().unwrap() > 3.5,
                "modules of half a millimetre"
            );
        }
    }

    #[test]
    fn staff_and_the_visit_hear_that_paper_is_needed() {
        let (event, state, _) = printed(Manner::NoPaper, 384, Lang::Zh);
        assert_eq!(state, PrinterState::NoPaper);
        let mut walk = samples::visit("receipt", Lang::Zh);
        walk.touch(Touch::PrintSlip).apply(event);
        let State::Receipt(receipt) = walk.session.state() else {
            panic!("{:?}", walk.session.state());
        };
        assert_eq!(receipt.slip, SlipStep::NotPrinted(PrinterState::NoPaper));
    }
}
