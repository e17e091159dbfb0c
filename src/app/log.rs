//! The log: written to standard error, with its last lines kept for the engineer's page. No line
//! ever holds a person.

use std::{
    collections::VecDeque,
    io::{self, Write},
    sync::{Mutex, MutexGuard, PoisonError},
};

const KEPT_LINES: usize = 200;

static TAIL: Mutex<VecDeque<String>> = Mutex::new(VecDeque::new());

/// Writes to standard error and keeps the last lines; each call consists of whole lines, as the
/// logger writes them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Tee;

impl Write for Tee {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        remember(&String::from_utf8_lossy(bytes));
        io::stderr().write_all(bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        io::stderr().flush()
    }
}

/// Returns the last lines, oldest first.
pub fn tail(most: usize) -> Vec<String> {
    let tail = kept();
    let skipped = tail.len().saturating_sub(most);
    tail.iter().skip(skipped).cloned().collect()
}

fn remember(text: &str) {
    let mut tail = kept();
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    tail.extend(lines.map(plain));
    while tail.len() > KEPT_LINES {
        tail.pop_front();
    }
}

fn kept() -> MutexGuard<'static, VecDeque<String>> {
    TAIL.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Removes a terminal's colours: ESC, `[`, numbers, a letter.
fn plain(line: &str) -> String {
    let mut parts = line.split('\u{1b}');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|c: char| c.is_ascii_alphabetic());
        text.extend(end.and_then(|end| part.get(end + 1..)));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_lines_are_kept_without_colours() {
        assert_eq!(
            plain("\u{1b}[2m10:00\u{1b}[0m \u{1b}[32m INFO\u{1b}[0m the visit is at"),
            "10:00  INFO the visit is at"
        );
        for n in 0..KEPT_LINES + 5 {
            remember(&format!("line {n} of the tail's test\n"));
        }
        let last = tail(3);
        let newest = format!("line {} of the tail's test", KEPT_LINES + 4);
        assert_eq!((last.len(), last.last()), (3, Some(&newest)));
        assert_eq!(tail(usize::MAX).len(), KEPT_LINES);
    }
}
