//! The audit log: what the system and the staff did, one JSON line each, chained by hash. No person is named in it.
//!
//! Each line carries the hash of the line before it, so an edited or missing line shows. A log that was cut at its end
//! shows only against a head kept elsewhere: [`Audit::head`] is what the platform is to be told.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use super::disk::sync_folder;
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
    /// The log itself was found edited, or ended in half a line.
    LogDamaged {
        line: u64,
    },
    /// The log is not the one whose end the platform was told: it was cut, edited or replaced by an older one.
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
            | Self::LogRolledBack { .. }
            | Self::NoteRefused { .. }
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
}

impl Audit {
    /// Opens or makes the log. A log that does not verify is gone on with, after a line that says so.
    pub fn open(path: &Path, now: Wall) -> io::Result<Self> {
        let text = match fs::read(path) {
            Err(why) if why.kind() == io::ErrorKind::NotFound => Vec::new(),
            other => other?,
        };
        let mut file = OpenOptions::new()
            .append(true)
            .create(true)
            .mode(0o600)
            .open(path)?;
        if text.is_empty() {
            path.parent().map_or(Ok(()), sync_folder)?;
        }
        if text.last().is_some_and(|byte| *byte != b'\n') {
            file.write_all(b"\n")?;
        }
        let mut log = Self {
            path: path.to_owned(),
            file,
            head: end_of(&text),
        };
        if let Err(Altered { line }) = verify(&text) {
            log.append(Act::LogDamaged { line }, None, now)?;
        }
        Ok(log)
    }

    /// Adds one line, durably. `by` is an operator's number.
    pub fn append(&mut self, event: Act, by: Option<u32>, at: Wall) -> io::Result<()> {
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
        self.file.write_all(&json)?;
        self.file.sync_data()?;
        self.head = head;
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

/// Follows the chain through the bytes of a whole log. A cut end shows only against an [`AuditHead`] from elsewhere.
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
    if log.last().is_some_and(|byte| *byte != b'\n') {
        return Err(Altered { line: head.lines });
    }
    Ok(head)
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
    log.split(|byte| *byte == b'\n')
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
    fn half_a_line_is_gone_on_with_and_said() {
        let folder = tempfile::tempdir().unwrap();
        let text = log_of_three(folder.path());
        let path = folder.path().join("audit.jsonl");
        fs::write(&path, &text[..text.len() - 9]).unwrap();
        let mut log = Audit::open(&path, NOW).unwrap();
        log.append(Act::StaffLeft, None, NOW).unwrap();
        let text = fs::read_to_string(&path).unwrap();
        assert!(
            text.lines()
                .nth(3)
                .unwrap()
                .contains(r#""act":"log_damaged","line":3"#),
            "{text}"
        );
        assert_eq!(text.lines().count(), 5);
    }
}
