//! Short chimes, generated here and played by the system's player, and sentences read aloud by its
//! voice; without them the booth is silent.

use std::{
    f32::consts::TAU,
    io::Write,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::{LazyLock, Mutex},
};

use crate::{
    lang::{Lang, Text},
    session::settings::Volume,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chime {
    /// Something succeeded.
    Ok,
    /// One second of a count, or the shutter.
    Tick,
    /// Something needs a look.
    Warn,
    /// A member of staff is needed at the booth.
    Call,
}

/// Plays a chime with the system's player and returns at once; without a player it is silent.
pub fn play(chime: Chime, volume: Volume) {
    static SPEAKER: LazyLock<Mutex<Speaker>> = LazyLock::new(|| {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
        Mutex::new(Speaker::find(&folders))
    });
    // Another thread is starting a chime: one is enough.
    if volume != Volume::Silent
        && let Ok(mut speaker) = SPEAKER.try_lock()
    {
        speaker.play(chime, volume);
    }
}

/// Reads a sentence aloud with the system's voice and returns at once; it cuts a sentence under way
/// short. Only the catalogue's sentences can be said: no name ever reaches another program.
pub fn say(sentence: Text, lang: Lang) {
    static VOICE: LazyLock<Mutex<Voice>> = LazyLock::new(|| {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let folders: Vec<PathBuf> = std::env::split_paths(&path).collect();
        Mutex::new(Voice::find(&folders))
    });
    if let Ok(mut voice) = VOICE.try_lock() {
        voice.say(sentence, lang);
    }
}

/// Samples per second, mono, 16 bits.
pub const RATE: u32 = 22_050;

/// (pitch in Hz, start and length in ms): notes may overlap.
type Note = (f32, u32, u32);

impl Chime {
    const fn notes(self) -> &'static [Note] {
        match self {
            Self::Ok => &[(880.0, 0, 260), (1_318.5, 110, 380)],
            Self::Tick => &[(1_046.5, 0, 60)],
            Self::Warn => &[(392.0, 0, 240), (329.6, 220, 360)],
            Self::Call => &[
                (659.3, 0, 240),
                (880.0, 200, 260),
                (659.3, 520, 240),
                (880.0, 720, 300),
            ],
        }
    }

    /// Returns the samples. They begin and end in silence, so that nothing clicks.
    pub fn pcm(self, volume: Volume) -> Vec<i16> {
        let loudness = match volume {
            Volume::Silent => 0.0,
            Volume::Soft => 0.35,
            Volume::Usual => 1.0,
        };
        let notes = self.notes();
        let end = notes
            .iter()
            .map(|(_, start, length)| samples(start + length))
            .max();
        (0..end.unwrap_or(0))
            .map(|at| {
                let sum: f32 = notes.iter().map(|note| sample(*note, at)).sum();
                ((loudness * sum).clamp(-1.0, 1.0) * f32::from(i16::MAX)) as i16
            })
            .collect()
    }
}

const fn samples(ms: u32) -> u32 {
    ms * RATE / 1_000
}

/// Returns one sample of a soft bell: quick rise, slow fall, a little of the octave above.
fn sample((pitch, start, length): Note, at: u32) -> f32 {
    const LOUDNESS: f32 = 0.28;
    const RISE_S: f32 = 0.006;
    let (start, length) = (samples(start), samples(length));
    if at < start || at >= start + length {
        return 0.0;
    }
    let elapsed_s = (at - start) as f32 / RATE as f32;
    let left = 1.0 - (at - start) as f32 / length as f32;
    let envelope = (elapsed_s / RISE_S).min(1.0) * left * left;
    let phase = TAU * pitch * elapsed_s;
    LOUDNESS * envelope * (phase.sin() + 0.25 * (2.0 * phase).sin())
}

/// Plays chimes. Never waits: a player that is still busy is left to finish.
#[derive(Debug)]
pub struct Speaker {
    player: Option<Player>,
    playing: Vec<Child>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Player {
    program: PathBuf,
    arguments: &'static [&'static str],
}

/// More than this at once means that the players hang.
const MOST_AT_ONCE: usize = 4;

const PLAYERS: [(&str, &[&str]); 2] = [
    (
        "aplay",
        &[
            "-q", "-t", "raw", "-f", "S16_LE", "-r", "22050", "-c", "1", "-",
        ],
    ),
    (
        "pw-play",
        &["--raw", "--format=s16", "--rate=22050", "--channels=1", "-"],
    ),
];

impl Speaker {
    /// Uses the first player found in `folders` (those of `PATH`).
    pub fn find(folders: &[PathBuf]) -> Self {
        let player = PLAYERS.iter().find_map(|(name, arguments)| {
            let program = folders
                .iter()
                .map(|folder| folder.join(name))
                .find(|path| path.is_file())?;
            Some(Player { program, arguments })
        });
        Self {
            player,
            playing: Vec::new(),
        }
    }

    /// Creates a speaker without a player: every chime is silent.
    pub const fn silent() -> Self {
        Self {
            player: None,
            playing: Vec::new(),
        }
    }

    pub fn play(&mut self, chime: Chime, volume: Volume) {
        self.playing
            .retain_mut(|player| matches!(player.try_wait(), Ok(None)));
        let Some(player) = &self.player else { return };
        if self.playing.len() >= MOST_AT_ONCE {
            return;
        }
        match start(&player.program, player.arguments, &chime.pcm(volume)) {
            Ok(child) => self.playing.push(child),
            Err(why) => {
                tracing::warn!(%why, "chimes cannot be played; the booth stays silent");
                self.player = None;
            }
        }
    }
}

/// Starts a player. A chime is far shorter than a pipe's buffer (64 kB), so writing it does not
/// wait.
fn start(program: &Path, arguments: &[&str], pcm: &[i16]) -> std::io::Result<Child> {
    let mut child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let bytes: Vec<u8> = pcm.iter().flat_map(|sample| sample.to_le_bytes()).collect();
    if let Some(mut input) = child.stdin.take()
        && let Err(why) = input.write_all(&bytes)
    {
        tracing::debug!(%why, "a player ended early");
    }
    Ok(child)
}

/// Reads sentences aloud. Never waits.
#[derive(Debug)]
pub struct Voice {
    program: Option<(PathBuf, Speaks)>,
    speaking: Option<Child>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Speaks {
    /// A client of speech-dispatcher, which has the better voices.
    SpdSay,
    EspeakNg,
}

const VOICES: [(&str, Speaks); 2] = [("spd-say", Speaks::SpdSay), ("espeak-ng", Speaks::EspeakNg)];

impl Speaks {
    /// Returns arguments for a pace slow enough for a hall.
    fn arguments(self, lang: Lang) -> [&'static str; 4] {
        match (self, lang) {
            (Self::SpdSay, Lang::Zh) => ["--wait", "--language", "zh", "--"],
            (Self::SpdSay, Lang::En) => ["--wait", "--language", "en", "--"],
            (Self::SpdSay, Lang::Third(third)) => ["--wait", "--language", &third.tag, "--"],
            (Self::EspeakNg, Lang::Third(third)) => ["-s", "150", "-v", &third.tag],
            (Self::EspeakNg, Lang::Zh) => ["-s", "150", "-v", "cmn"],
            (Self::EspeakNg, Lang::En) => ["-s", "150", "-v", "en"],
        }
    }
}

impl Voice {
    /// Uses the first voice found in `folders` (those of `PATH`).
    pub fn find(folders: &[PathBuf]) -> Self {
        let program = VOICES.iter().find_map(|(name, speaks)| {
            let paths = folders.iter().map(|folder| folder.join(name));
            let path = paths.into_iter().find(|path| path.is_file())?;
            Some((path, *speaks))
        });
        Self {
            program,
            speaking: None,
        }
    }

    pub fn say(&mut self, sentence: Text, lang: Lang) {
        self.hush();
        let Some((program, speaks)) = &self.program else {
            return;
        };
        let started = Command::new(program)
            .args(speaks.arguments(lang))
            .arg(sentence.get(lang))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        match started {
            Ok(child) => self.speaking = Some(child),
            Err(why) => {
                tracing::warn!(%why, "nothing can be read aloud; the booth stays silent");
                self.program = None;
            }
        }
    }

    /// Stops the sentence under way, as the new one is more up to date.
    fn hush(&mut self) {
        let Some(mut speaking) = self.speaking.take() else {
            return;
        };
        if speaking.kill().is_err() {
            tracing::debug!("a voice had ended already");
        }
        // It was killed, so this does not wait; it only removes the dead child from the process
        // table.
        if let Err(why) = speaking.wait() {
            tracing::debug!(%why, "a voice cannot be waited for");
        }
    }
}

impl Drop for Voice {
    fn drop(&mut self) {
        self.hush();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HELLO: Text = Text::new("请坐好", "Sit upright");

    #[test]
    fn a_sentence_is_given_to_the_first_voice_and_the_next_one_cuts_it_short() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let heard = folder.path().join("heard");
        let script = format!(
            "#!/bin/sh\nprintf '%s\\n' \"$*\" >> {}\nexec sleep 30\n",
            heard.display()
        );
        let program = folder.path().join("espeak-ng");
        std::fs::write(&program, script).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        let mut voice = Voice::find(&[folder.path().to_owned()]);
        let said = |lines: usize| loop {
            let text = std::fs::read_to_string(&heard).unwrap_or_default();
            if text.lines().count() >= lines {
                break text;
            }
            std::thread::park_timeout(std::time::Duration::from_millis(5));
        };
        voice.say(HELLO, Lang::Zh);
        assert!(said(1).contains("cmn 请坐好"));
        let first = voice.speaking.as_ref().unwrap().id();
        voice.say(HELLO, Lang::En);
        assert!(said(2).contains("en Sit upright"));
        let gone = !Path::new(&format!("/proc/{first}")).exists();
        assert!(gone, "the first sentence goes on");
    }

    #[test]
    fn a_system_without_a_voice_says_nothing() {
        let mut voice = Voice::find(&[PathBuf::from("/nowhere")]);
        voice.say(HELLO, Lang::Zh);
        assert!(voice.speaking.is_none());
    }

    #[test]
    fn chimes_are_short_soft_and_do_not_click() {
        const PIPE: usize = 64 * 1024;
        for chime in [Chime::Ok, Chime::Tick, Chime::Warn, Chime::Call] {
            let pcm = chime.pcm(Volume::Usual);
            let loudest = pcm
                .iter()
                .map(|sample| sample.unsigned_abs())
                .max()
                .unwrap();
            assert!((2_000..20_000).contains(&loudest), "{chime:?} {loudest}");
            assert!(pcm.len() * 2 < PIPE);
            assert!(pcm[0].abs() < 50 && pcm[pcm.len() - 1].abs() < 50);
            let step = pcm
                .windows(2)
                .map(|pair| (i32::from(pair[1]) - i32::from(pair[0])).abs())
                .max();
            assert!(step.unwrap() < 9_000, "{chime:?} {step:?}");
        }
    }

    #[test]
    fn a_system_without_a_player_is_silent() {
        let mut speaker = Speaker::find(&[PathBuf::from("/nowhere")]);
        assert_eq!(speaker.player, None);
        speaker.play(Chime::Ok, Volume::Usual);
        assert!(speaker.playing.is_empty());
    }

    #[test]
    fn a_player_that_cannot_start_is_not_tried_again() {
        let mut speaker = Speaker::silent();
        speaker.player = Some(Player {
            program: PathBuf::from("/nowhere/aplay"),
            arguments: &[],
        });
        speaker.play(Chime::Warn, Volume::Soft);
        assert_eq!(speaker.player, None);
    }
}
