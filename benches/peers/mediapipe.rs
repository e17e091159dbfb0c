//! MediaPipe in a Python of its own (`peer.py`): runs of frames in, times out.

use std::{
    io::{BufRead as _, BufReader, Write as _},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use image::RgbImage;
use serde::Deserialize;

use crate::Spent;

const PYTHON: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/target/mediapipe/bin/python");
const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/benches/peers/peer.py");

pub struct MediaPipe {
    pub version: String,
    child: Child,
    to: Option<ChildStdin>,
    from: BufReader<ChildStdout>,
}

/// The result of one run.
pub struct Answer {
    pub mesh: Vec<Spent>,
    pub irises: Vec<Spent>,
    pub mask: Vec<Spent>,
    /// In how many frames the mesh found a face.
    pub seen: usize,
}

#[derive(Deserialize)]
struct Said {
    mesh: Times,
    irises: Times,
    mask: Times,
    seen: usize,
}

/// Milliseconds per frame.
#[derive(Deserialize)]
struct Times {
    cpu: Vec<f32>,
    wall: Vec<f32>,
}

impl MediaPipe {
    /// Starts it; `None` where it is not installed or does not start.
    pub fn started() -> Option<Self> {
        if !Path::new(PYTHON).exists() {
            return None;
        }
        let mut child = Command::new(PYTHON)
            .arg(SCRIPT)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let (to, from) = (child.stdin.take(), BufReader::new(child.stdout.take()?));
        let mut started = Self {
            version: String::new(),
            child,
            to,
            from,
        };
        started.version = started.line();
        (!started.version.is_empty()).then_some(started)
    }

    /// Lets it analyse a run of frames, as one sitting.
    pub fn look(&mut self, run: &[RgbImage]) -> Answer {
        let to = self.to.as_mut().unwrap();
        to.write_all(&(run.len() as u32).to_le_bytes()).unwrap();
        for frame in run {
            to.write_all(frame.as_raw()).unwrap();
        }
        to.flush().unwrap();
        let said: Said = serde_json::from_str(&self.line()).unwrap();
        Answer {
            mesh: said.mesh.spent(),
            irises: said.irises.spent(),
            mask: said.mask.spent(),
            seen: said.seen,
        }
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        self.from.read_line(&mut line).unwrap();
        line.trim().to_owned()
    }
}

impl Times {
    fn spent(self) -> Vec<Spent> {
        let pairs = self.cpu.into_iter().zip(self.wall);
        pairs.map(|(cpu, wall)| Spent { cpu, wall }).collect()
    }
}

impl Drop for MediaPipe {
    /// Closes its input, which ends it.
    fn drop(&mut self) {
        drop(self.to.take());
        drop(self.child.wait());
    }
}
