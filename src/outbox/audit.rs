//! The audit log: what the system and the staff did, one JSON line each, chained by hash. No person
//! is named in it.
//!
//! Each line carries the hash of the line before it, so an edited or missing line shows. A log that
//! was cut at its end shows only against a head kept elsewhere: [`Audit::head`] is what the
//! platform is to be told.
//!
//! The head moves on only with a line that is durable. So what a full disk or a power cut leaves of
//! a line that was being written was never told to anybody: it is cut off, and the log says how
//! many lines are missing. That is no alteration.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::disk::Folder;
use crate::{
    capture::{AuditHead, CaptureId},
    contract::{VoidCause, sha256_hex},
    time::Wall,
};

/// What can be logged; parcels are told by number and id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case", deny_unknown_fields)]
pub enum Act {
    IndexRebuilt {
        parcels: u64,
        last_seq: u64,
    },
    SequenceRaised {
        last_seq: u64,
    },
    ParcelAdopted {
        seq: u64,
        id: CaptureId,
    },
    ParcelDamaged {
        seq: u64,
        id: CaptureId,
    },
    ParcelRefused {
        seq: u64,
        id: CaptureId,
    },
    ReceiptRefused {
        seq: u64,
        id: CaptureId,
    },
    RetryAsked {
        seq: u64,
        id: CaptureId,
    },
    /// The platform had lost deliveries, and gets those that were kept again.
    SentAgain {
        captures: u64,
    },
    /// The log itself was found edited.
    LogDamaged {
        line: u64,
    },
    /// The disk or a power cut kept so many lines from being written here.
    LogInterrupted {
        lost: u64,
    },
    /// The log is not the one whose end the platform was told: it was cut, edited or replaced by an
    /// older one.
    LogRolledBack {
        told_lines: u64,
    },
    Withdrawn {
        seq: u64,
        id: CaptureId,
    },
    Voided {
        seq: u64,
        id: CaptureId,
        cause: VoidCause,
    },
    NoteRefused {
        id: CaptureId,
        number: u32,
    },
    Exported {
        parcels: u64,
    },
    PinAccepted,
    PinRefused,
    StaffLeft,
    BatchPinned {
        feature_code: String,
    },
    ReceiptsImported {
        delivered: u64,
    },
    DayClosed {
        day: String,
    },
    /// The commissioning or its short check came to its end.
    BoothChecked,
    /// Another camera became the booth's own.
    CameraChanged,
    SettingsChanged,
}

impl Act {
    /// Whether somebody of the staff does it: then the line says who, if that is known.
    pub const fn is_of_staff(&self) -> bool {
        match self {
            Self::RetryAsked { .. }
            | Self::Withdrawn { .. }
            | Self::Voided { .. }
            | Self::Exported { .. }
            | Self::PinAccepted
            | Self::StaffLeft
            | Self::BatchPinned { .. }
            | Self::ReceiptsImported { .. }
            | Self::DayClosed { .. }
            | Self::BoothChecked
            | Self::CameraChanged
            | Self::SettingsChanged => true,
            Self::IndexRebuilt { .. }
            | Self::SequenceRaised { .. }
            | Self::ParcelAdopted { .. }
            | Self::ParcelDamaged { .. }
            | Self::ParcelRefused { .. }
            | Self::ReceiptRefused { .. }
            | Self::LogDamaged { .. }
            | Self::LogInterrupted { .. }
            | Self::LogRolledBack { .. }
            | Self::NoteRefused { .. }
            | Self::SentAgain { .. }
            | Self::PinRefused => false,
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Line {
    seq: u64,
    at: Wall,
    event: Act,
    /// The number of the operator who did it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    by: Option<u32>,
    prev: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the audit log was altered at line {line}")]
pub struct Altered {
    /// From 1.
    pub line: u64,
}

/// The log, open for adding.
pub struct Audit {
    path: PathBuf,
    file: File,
    head: AuditHead,
    /// How many bytes the lines up to the head have.
    bytes: u64,
    /// Whether something may stand behind them that was not written whole.
    is_torn: bool,
    /// Lines that could not be written since the head.
    lost: u64,
}

impl Audit {
    /// Opens or makes the log. A log that does not verify is gone on with, after a line that says
    /// so.
    pub fn open(path: &Path, now: Wall) -> io::Result<Self> {
        let mut text = match fs::read(path) {
            Err(why) if why.kind() == io::ErrorKind::NotFound => Vec::new(),
            other => other?,
        };
        let file = OpenOptions::new()
            .append(true)
            .create(true)
            .mode(0o600)
            .open(path)?;
        if let (true, Some(folder)) = (text.is_empty(), path.parent()) {
            Folder::at(folder).sync()?;
        }
        let is_torn = whole_lines(&text).len() < text.len();
        text.truncate(whole_lines(&text).len());
        let mut log = Self {
            path: path.to_owned(),
            file,
            head: end_of(&text),
            bytes: text.len() as u64,
            is_torn,
            lost: u64::from(is_torn),
        };
        if let Err(Altered { line }) = verify(&text) {
            log.append(Act::LogDamaged { line }, None, now)?;
        } else if is_torn && let Err(why) = log.own_up(now) {
            tracing::warn!("The audit log says later what it lost: {why}");
        }
        Ok(log)
    }

    /// Adds one line, durably, after one that says how many lines the disk refused before. `by` is
    /// an operator's number.
    pub fn append(&mut self, event: Act, by: Option<u32>, at: Wall) -> io::Result<()> {
        let written = self.own_up(at).and_then(|()| self.write(event, by, at));
        self.lost += u64::from(written.is_err());
        written
    }

    /// Says how many lines are missing before the next one, if any are.
    fn own_up(&mut self, at: Wall) -> io::Result<()> {
        if self.lost > 0 {
            self.write(Act::LogInterrupted { lost: self.lost }, None, at)?;
            self.lost = 0;
        }
        Ok(())
    }

    /// Writes a line. What a failed one has left is cut off before anything follows it, at once
    /// where the disk allows.
    fn write(&mut self, event: Act, by: Option<u32>, at: Wall) -> io::Result<()> {
        let line = Line {
            seq: self.head.lines + 1,
            at,
            event,
            by,
            prev: self.head.sha256.clone(),
        };
        let mut json = serde_json::to_vec(&line)?;
        let head = AuditHead {
            lines: line.seq,
            sha256: sha256_hex(&json),
        };
        json.push(b'\n');
        self.cut_torn()?;
        self.is_torn = true;
        let written = self
            .file
            .write_all(&json)
            .and_then(|()| self.file.sync_data());
        if written.is_err() {
            self.cut_torn().unwrap_or_default();
            return written;
        }
        self.is_torn = false;
        self.bytes += json.len() as u64;
        self.head = head;
        Ok(())
    }

    fn cut_torn(&mut self) -> io::Result<()> {
        if self.is_torn {
            self.file.set_len(self.bytes)?;
            self.is_torn = false;
        }
        Ok(())
    }

    pub const fn head(&self) -> &AuditHead {
        &self.head
    }

    /// Where this log ended when it had so many lines; none if it never had.
    pub fn head_at(&self, length: u64) -> io::Result<Option<AuditHead>> {
        Ok(head_at(&fs::read(&self.path)?, length))
    }
}

/// Follows the chain through the bytes of a whole log. A cut end shows only against an
/// [`AuditHead`] from elsewhere; a last line without its end was being written when the power went,
/// and counts as not there.
pub fn verify(log: &[u8]) -> Result<AuditHead, Altered> {
    let mut head = AuditHead::default();
    for raw in lines(log) {
        let altered = Altered {
            line: head.lines + 1,
        };
        let line: Line = serde_json::from_slice(raw).map_err(|_unhelpful| altered)?;
        if line.seq != altered.line || line.prev != head.sha256 {
            return Err(altered);
        }
        head = AuditHead {
            lines: line.seq,
            sha256: sha256_hex(raw),
        };
    }
    Ok(head)
}

/// Without the part of a line that its end may have.
fn whole_lines(log: &[u8]) -> &[u8] {
    let end = log.iter().rposition(|byte| *byte == b'\n');
    log.get(..end.map_or(0, |at| at + 1)).unwrap_or_default()
}

/// The last line, whether or not what is before it verifies.
fn end_of(log: &[u8]) -> AuditHead {
    head_at(log, lines(log).count() as u64).unwrap_or_default()
}

/// Where the log ended when it had so many lines; none if it has fewer.
fn head_at(log: &[u8], length: u64) -> Option<AuditHead> {
    let Some(before) = length.checked_sub(1) else {
        return Some(AuditHead::default());
    };
    let line = lines(log).nth(usize::try_from(before).ok()?)?;
    Some(AuditHead {
        lines: length,
        sha256: sha256_hex(line),
    })
}

fn lines(log: &[u8]) -> impl Iterator<Item = &[u8]> {
    whole_lines(log)
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Wall = Wall::EPOCH;

    fn log_of_three(folder: &Path) -> Vec<u8> {
        let path = folder.join("audit.jsonl");
        let mut log = Audit::open(&path, NOW).unwrap();
        log.append(Act::PinAccepted, Some(2), NOW).unwrap();
        drop(log);
        let mut log = Audit::open(&path, NOW).unwrap();
        log.append(Act::PinRefused, None, NOW).unwrap();
        log.append(Act::StaffLeft, Some(2), NOW).unwrap();
        let written = fs::read(path).unwrap();
        assert_eq!(verify(&written).as_ref(), Ok(log.head()));
        written
    }

    #[test]
    fn an_edited_line_and_a_missing_line_are_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let text = String::from_utf8(log_of_three(folder.path())).unwrap();
        let edited = text.replace("pin_refused", "pin_accepted");
        assert_eq!(verify(edited.as_bytes()), Err(Altered { line: 3 }));
        let all: Vec<_> = text.lines().collect();
        let without = format!("{}\n{}\n", all[0], all[2]);
        assert_eq!(verify(without.as_bytes()), Err(Altered { line: 2 }));
    }

    #[test]
    fn a_cut_end_differs_from_the_head_told_before() {
        let folder = tempfile::tempdir().unwrap();
        let text = String::from_utf8(log_of_three(folder.path())).unwrap();
        let told = verify(text.as_bytes()).unwrap();
        let cut = text.trim_end().rsplit_once('\n').unwrap().0;
        assert_ne!(verify(format!("{cut}\n").as_bytes()).unwrap(), told);
    }

    #[test]
    fn half_a_line_is_cut_off_and_said_and_is_no_alteration() {
        let folder = tempfile::tempdir().unwrap();
        let text = log_of_three(folder.path());
        let path = folder.path().join("audit.jsonl");
        for cut in 1..80 {
            fs::write(&path, &text[..text.len() - cut]).unwrap();
            let mut log = Audit::open(&path, NOW).unwrap();
            log.append(Act::StaffLeft, None, NOW).unwrap();
            let text = fs::read(&path).unwrap();
            assert_eq!(
                verify(&text).as_ref(),
                Ok(log.head()),
                "without {cut} bytes"
            );
            let said = String::from_utf8(text).unwrap();
            assert!(
                said.contains(r#""act":"log_interrupted","lost":1"#),
                "{said}"
            );
            assert!(!said.contains("log_damaged"), "{said}");
            assert_eq!(said.lines().count(), 4);
        }
    }

    #[test]
    fn an_edited_log_that_also_ends_in_half_a_line_is_said_to_be_edited() {
        let folder = tempfile::tempdir().unwrap();
        let text = String::from_utf8(log_of_three(folder.path())).unwrap();
        let edited = text.replace("pin_accepted", "pin_refused");
        let path = folder.path().join("audit.jsonl");
        fs::write(&path, &edited[..edited.len() - 9]).unwrap();
        drop(Audit::open(&path, NOW).unwrap());
        let said = fs::read_to_string(&path).unwrap();
        assert!(said.contains(r#""act":"log_damaged","line":2"#), "{said}");
    }
}
