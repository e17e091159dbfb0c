//! A bar on stderr while many pictures are judged; nothing where stderr is not a terminal.

use std::io::{self, IsTerminal, Write};

use super::columns::shorten;

const CELLS: usize = 24;
/// Columns left for the name of the current picture.
const NAME: usize = 36;
const CLEAR: &str = "\r\u{1b}[K";

/// The state of the bar.
pub struct Progress<'w> {
    err: &'w mut dyn Write,
    live: bool,
    total: usize,
}

impl<'w> Progress<'w> {
    pub fn new(err: &'w mut dyn Write, total: usize) -> Self {
        let live = io::stderr().is_terminal() && total > 1;
        Self { err, live, total }
    }

    /// Shows that `done` of all are done and `now` is next.
    pub fn show(&mut self, done: usize, now: &str) -> io::Result<()> {
        if self.live {
            let bar = bar(done, self.total);
            let name = shorten(now, NAME);
            write!(self.err, "{CLEAR}{bar} {done}/{} {name}", self.total)?;
            self.err.flush()?;
        }
        Ok(())
    }

    /// Removes the bar, so that a line can be printed in its place.
    pub fn clear(&mut self) -> io::Result<()> {
        if self.live {
            write!(self.err, "{CLEAR}")?;
            self.err.flush()?;
        }
        Ok(())
    }
}

fn bar(done: usize, total: usize) -> String {
    let full = (done * CELLS / total.max(1)).min(CELLS);
    format!("{}{}", "█".repeat(full), "░".repeat(CELLS - full))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_is_as_long_at_the_end_as_at_the_start() {
        for (done, total) in [(0, 7), (3, 7), (7, 7), (9, 7), (0, 0)] {
            assert_eq!(bar(done, total).chars().count(), CELLS);
        }
        assert!(!bar(7, 7).contains('░') && !bar(0, 7).contains('█'));
    }

    #[test]
    fn a_pipe_gets_no_bar() {
        let mut written = Vec::new();
        let mut progress = Progress {
            err: &mut written,
            live: false,
            total: 3,
        };
        progress.show(1, "照片.jpg").unwrap();
        progress.clear().unwrap();
        assert!(written.is_empty());
    }
}
