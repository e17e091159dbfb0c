//! The booth when it cannot even begin: one sentence for the visitor, the cause for staff and for
//! the service manager.

use std::{sync::Arc, thread, time::Duration};

use super::{STILL, close_at_end, pulse::Part, threads::beside, trial, watchdog, wires::Wires};
use crate::{booth::Fault, ui};

/// How often a closed booth looks whether it could open.
const LOOK: Duration = Duration::from_mins(5);
/// How often a release looks whether its trial is over.
const LOOK_SOON: Duration = Duration::from_secs(1);

pub struct Closed {
    fault: Fault,
    wires: Arc<Wires>,
}

impl Closed {
    /// Shows `fault` until `look` finds another one, or that there is no fault left.
    pub fn new(
        fault: Fault,
        wires: Arc<Wires>,
        look: impl Fn() -> Option<Fault> + Send + 'static,
        ctx: &egui::Context,
    ) -> Self {
        wires.show_in(ctx.clone());
        watch(&fault, &wires, look);
        Self { fault, wires }
    }
}

/// Reports to the service manager that the booth lives and why it is closed, and ends the program
/// once `look` finds something else than `fault`.
pub(super) fn watch(
    fault: &Fault,
    wires: &Arc<Wires>,
    look: impl Fn() -> Option<Fault> + Send + 'static,
) {
    let (told, shown) = (Arc::clone(wires), fault.clone());
    start("watchdog", move || watchdog::run_closed(&told, &shown));
    let (told, shown) = (Arc::clone(wires), fault.clone());
    let every = if shown == Fault::Updating {
        LOOK_SOON
    } else {
        LOOK
    };
    start("look", move || look_again(&told, &shown, &look, every));
}

/// A thread that ends with the program, which a closed booth does at any moment.
pub(super) fn start(name: &str, work: impl FnOnce() + Send + 'static) {
    if let Err(error) = beside(name, work) {
        tracing::error!(%error, name, "a thread of the closed booth does not start");
    }
}

/// Ends the program, which its service starts again, as soon as another state would be shown.
fn look_again(wires: &Wires, shown: &Fault, look: &dyn Fn() -> Option<Fault>, every: Duration) {
    loop {
        thread::park_timeout(every);
        // A staged release may be the cure.
        if look().as_ref() != Some(shown) || trial::waits() {
            break;
        }
    }
    tracing::info!("the booth may open, or is closed for another reason now: starting it again");
    wires.end();
}

impl eframe::App for Closed {
    fn logic(&mut self, ctx: &egui::Context, _frame: &mut eframe::Frame) {
        self.wires.pulse.beat(Part::Ui, self.wires.clock.now().mono);
        close_at_end(&self.wires, ctx);
        ctx.request_repaint_after(STILL);
    }

    fn ui(&mut self, ui: &mut egui::Ui, _frame: &mut eframe::Frame) {
        ui.ctx().set_cursor_icon(egui::CursorIcon::None);
        let published = self.wires.published.newest().unwrap_or_default();
        ui::closed_ui(ui, &self.fault, published.service.as_ref());
    }

    /// There is nothing to touch and nothing to type.
    fn raw_input_hook(&mut self, _ctx: &egui::Context, input: &mut egui::RawInput) {
        input.events.clear();
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    #[test]
    fn a_closed_booth_ends_only_when_it_would_show_something_else() {
        let shown = Fault::Models("a model is missing".to_owned());
        for changed in [None, Some(Fault::NotEnrolled)] {
            let (wires, _inbox) = Wires::new();
            let found = RefCell::new(vec![changed, Some(shown.clone()), Some(shown.clone())]);
            let look = || found.borrow_mut().pop().unwrap();
            look_again(&wires, &shown, &look, Duration::from_millis(1));
            assert!(found.borrow().is_empty(), "it ended before: {found:?}");
            assert!(wires.stopped());
        }
    }
}
