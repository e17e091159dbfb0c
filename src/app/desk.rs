//! The desk thread: staff's requests that take time. Sticks, the day, the camera's lock, files of
//! the station, the doctor.

use std::{
    fs::{self, File},
    io::{self, Read},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::Ordering,
        mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel},
    },
    thread,
    time::Duration,
};

use super::{
    asker::Question,
    compute::Job,
    log, opening, pictures,
    sticks::{self, Mounted},
    store::{
        Request,
        desk::{Ask, Receipts},
    },
    threads,
    wires::Wires,
};
use crate::{
    booth::{self, CameraState},
    camera::{
        self, Controls,
        commissioned::{self, Commissioned, NotAccepted, NotOne, Standing},
        controls::{EXPOSURE_ABSOLUTE, FOCUS_ABSOLUTE, WHITE_BALANCE},
        devices::{self, Device},
        modes,
    },
    contract::{CALENDAR_FILE, EXPORT_MANIFEST, KEYS_FILE, RECEIPTS_FILE},
    jws,
    outbox::{self, Act, OutboxError, RECEIPTS_TOGETHER},
    plain_text,
    provision::{doctor, fonts, models},
    session::{
        Event,
        commissioning::{Control, Locked, Measured, NotLocked},
        desk::{Carrying, Chore, Examined, News},
        importing::NotImported,
    },
    station::{self, Pins, Station},
    updates::Releases,
};

/// How often to check whether a stick was plugged in.
const LOOK: Duration = Duration::from_secs(2);
/// How long the camera may settle before it is locked, and how often it is checked meanwhile.
const SETTLES: Duration = Duration::from_secs(6);
const GLANCE: Duration = Duration::from_millis(100);
/// A stick whose files add up to more than this holds no receipts.
const LARGEST_RECEIPTS_BYTES: u64 = 64 * 1024 * 1024;
const MOST_RECEIPTS: usize = 100_000;
/// Most names at a stick's top that are looked at.
const MOST_ENTRIES: usize = 10_000;
/// A `station-command+jws` on a stick, and its largest size.
const COMMAND_FILE: &str = "command.jws";
const LARGEST_COMMAND_BYTES: u64 = 16 * 1024;
/// Lines of the log that fit a page.
const LOG_LINES: usize = 30;

/// What the desk thread works with.
#[derive(Clone)]
pub struct DeskParts {
    pub data: PathBuf,
    pub station: PathBuf,
    /// Folders below which sticks are mounted.
    pub sticks: Vec<PathBuf>,
    /// The configured camera, without what was commissioned.
    pub camera: camera::Settings,
}

/// What the thread owns: its parts and the threads that it asks.
#[derive(Clone)]
pub struct DeskThread {
    pub parts: DeskParts,
    pub store: SyncSender<Request>,
    pub compute: SyncSender<Job>,
    pub ask: SyncSender<Question>,
}

impl DeskThread {
    /// Runs chores until the queue closes, and looks for sticks meanwhile.
    pub fn run(&self, wires: &Arc<Wires>, chores: &Receiver<Chore>) {
        loop {
            self.look_for_sticks(wires);
            self.look_at_commissioning(wires);
            match chores.recv_timeout(LOOK) {
                Ok(chore) => self.go(chore, wires),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
        }
    }

    fn look_for_sticks(&self, wires: &Wires) {
        let mounted = sticks::mounted(&self.parts.sticks);
        let found: Vec<_> = mounted.iter().filter_map(sticks::describe).collect();
        let known = wires.sticks.newest();
        let is_new = |stick: &Mounted| {
            let mut known = known.iter().flat_map(|known| known.iter());
            !known.any(|known| known.number == stick.number)
        };
        for stick in mounted.iter().filter(|stick| is_new(stick)) {
            self.obey_command_on(&stick.place);
        }
        if known.is_none_or(|known| *known != found) {
            wires.sticks.put(found);
        }
    }

    fn look_at_commissioning(&self, wires: &Wires) {
        let done = commissioned(&self.parts.camera, &self.parts.station);
        let known = wires.commissioned.newest();
        if known.is_none_or(|known| *known != done) {
            wires.commissioned.put(done);
        }
    }

    /// Obeys a platform command on a stick to end lock-outs, for a booth whose camera does not read
    /// its code. Plugging the stick in proves nothing: the command is signed and works once.
    fn obey_command_on(&self, stick: &Path) {
        if let Some(command) = command_on(stick) {
            // A closed queue means that the kiosk is shutting down.
            drop(self.ask.send(Question::EndLockouts(command)));
        }
    }

    fn go(&self, chore: Chore, wires: &Arc<Wires>) {
        match chore {
            Chore::LookAtDays => self.days(None, wires),
            Chore::CloseDay(day) => self.days(Some(day), wires),
            // Many captures take minutes: the day can be looked at meanwhile.
            Chore::Export(stick) => self.beside(wires, move |desk, wires| {
                desk.export(stick, wires);
            }),
            Chore::Import(stick) => self.beside(wires, move |desk, wires| {
                desk.import(stick, wires);
            }),
            Chore::AcceptCamera => {
                let accepted = self.accept_camera();
                tell(wires, News::Measured(Measured::Camera(accepted)));
            }
            Chore::LockCamera => {
                let locked = self.lock_camera(wires);
                tell(wires, News::Measured(Measured::Lock(locked)));
            }
            Chore::NoteCheck => {
                let now = wires.clock.now().wall;
                match station::keep_check(&self.parts.station, now) {
                    Ok(()) => wires.checked.put(now),
                    Err(why) => self.trouble(why.to_string()),
                }
                self.ask(Ask::Note(Act::BoothChecked));
            }
            Chore::Keep(settings) => {
                if let Err(why) = station::keep_settings(&self.parts.station, &settings) {
                    self.trouble(why.to_string());
                }
                self.ask(Ask::Note(Act::SettingsChanged));
            }
            Chore::Examine => tell(wires, News::Examined(Arc::new(self.examine(wires)))),
            Chore::TakeOver(_)
            | Chore::PinRefused
            | Chore::Left
            | Chore::Look(_)
            | Chore::Retry(_)
            | Chore::RetryAll
            | Chore::Amend(..)
            | Chore::LookAtSeat
            | Chore::TakePlate
            | Chore::TestShot => {}
            Chore::FindPictures(ask) => self.beside(wires, move |desk, wires| {
                let found = pictures::found(&sticks::mounted(&desk.parts.sticks));
                tell(wires, News::Pictures(ask, found));
            }),
            Chore::OpenPicture {
                ask,
                picture,
                operator,
                batch,
            } => self.beside(wires, move |desk, wires| {
                let read = desk.stick(picture.stick).ok_or(NotImported::Unreadable);
                match read.and_then(|stick| pictures::read(&stick.join(&picture.path), operator)) {
                    // A closed queue means that the kiosk is shutting down.
                    Ok(read) => drop(desk.compute.send(Job::Import { ask, read, batch })),
                    Err(why) => tell(wires, News::Picture(ask, Err(why))),
                }
            }),
        }
    }

    fn beside(&self, wires: &Arc<Wires>, work: impl FnOnce(&Self, &Wires) + Send + 'static) {
        let (desk, wires) = (self.clone(), Arc::clone(wires));
        if let Err(error) = threads::beside("stick", move || work(&desk, &wires)) {
            tracing::error!(%error, "a thread cannot be started");
        }
    }

    fn ask(&self, ask: Ask) {
        // A closed queue means that the kiosk is shutting down.
        drop(self.store.send(Request::Desk(ask)));
    }

    fn trouble(&self, why: String) {
        tracing::error!(why, "a chore for staff failed");
        drop(self.store.send(Request::Trouble(why)));
    }

    fn days(&self, close: Option<String>, wires: &Wires) {
        let (answer, sheets) = sync_channel(1);
        self.ask(Ask::Days { close, answer });
        let Ok(sheets) = sheets.recv() else { return };
        let roster = Pins::roster(&self.parts.station).unwrap_or_default();
        let names = roster
            .into_iter()
            .map(|operator| (operator.number, operator.name));
        tell(wires, News::Days(sheets, names.collect()));
    }

    fn stick(&self, number: u32) -> Option<PathBuf> {
        let mut mounted = sticks::mounted(&self.parts.sticks).into_iter();
        let found = mounted.find(|mounted| mounted.number == number);
        found.map(|Mounted { place, .. }| place)
    }

    fn export(&self, stick: u32, wires: &Wires) {
        let carried = match self.stick(stick) {
            None => Carrying::Gone,
            Some(stick) => self.export_to(&stick, wires).unwrap_or_else(|why| {
                self.trouble(why.to_string());
                refused(&why)
            }),
        };
        tell(wires, News::Carried(carried));
    }

    fn export_to(&self, stick: &Path, wires: &Wires) -> anyhow::Result<Carrying> {
        let sealing = opening::sealing(&Station::load(&self.parts.station)?)?;
        let outbox = opening::outbox_folder(&self.parts.data);
        let exported = outbox::export(&outbox, &sealing, stick, wires.clock.now(), |done, of| {
            tell(wires, News::Carried(Carrying::Copying { done, of }));
        })?;
        let parcels = exported.parcels;
        self.ask(Ask::Note(Act::Exported { parcels }));
        Ok(Carrying::Exported {
            parcels,
            notes: exported.notes,
            bytes: exported.bytes,
            skipped: exported.skipped,
        })
    }

    fn import(&self, stick: u32, wires: &Wires) {
        let stick = self.stick(stick);
        if let Some(stick) = &stick {
            self.take_keys(stick);
            self.take_calendar(stick);
        }
        let carried = match stick.map(|stick| receipts_on(&stick)) {
            None => Carrying::Gone,
            Some(Err(why)) => Carrying::Failed(why.to_string()),
            Some(Ok(lines)) if lines.is_empty() => Carrying::NoReceipts,
            Some(Ok(lines)) => self.take_receipts(&lines, wires),
        };
        tell(wires, News::Carried(carried));
    }

    /// Takes the platform's newer keys, which come with the receipts that they sign; a booth that
    /// is never online gets them no other way.
    fn take_keys(&self, stick: &Path) {
        let Ok(folders) = folders_of(stick) else {
            return;
        };
        for file in folders.iter().map(|folder| folder.join(KEYS_FILE)) {
            if !file.is_file() {
                continue;
            }
            match Station::renew_from(&self.parts.station, &file) {
                // A closed queue means that the kiosk is shutting down.
                Ok(station) => drop(self.store.send(Request::keys_of(&station))),
                Err(why) => self.trouble(format!("{KEYS_FILE}: {why}")),
            }
        }
    }

    /// Takes what the platform published, after the keys that may have signed it. The thread that
    /// asks the platform finds it at its next beat.
    fn take_calendar(&self, stick: &Path) {
        let Ok(folders) = folders_of(stick) else {
            return;
        };
        for folder in folders {
            match Station::take_calendar(&self.parts.station, &folder) {
                Ok(_) => {}
                // A stick that was written before the booth was last online is nobody's trouble.
                Err(why) => tracing::warn!(%why, "{CALENDAR_FILE} was refused"),
            }
        }
    }

    /// Takes a few receipts at a time: between two requests a visit is saved, and the database's
    /// pulse beats.
    fn take_receipts(&self, lines: &[String], wires: &Wires) -> Carrying {
        let of = lines.len();
        let mut taken = Receipts::default();
        for (nth, together) in lines.chunks(RECEIPTS_TOGETHER).enumerate() {
            let done = nth * RECEIPTS_TOGETHER;
            tell(wires, News::Carried(Carrying::Importing { done, of }));
            let (answer, receipts) = sync_channel(1);
            let lines = together.to_vec();
            self.ask(Ask::Receipts { lines, answer });
            // No answer means that the kiosk is shutting down.
            let Ok(receipts) = receipts.recv() else { break };
            taken = taken + receipts;
        }
        let Receipts {
            delivered,
            known,
            refused,
        } = taken;
        Carrying::Imported {
            delivered,
            known,
            refused,
        }
    }

    /// Makes the plugged-in camera the booth's own; a running camera thread applies it the next
    /// time it looks.
    fn accept_camera(&self) -> Result<(), NotLocked> {
        commissioned::accept(&self.parts.camera, &self.parts.station).map_err(|why| {
            tracing::warn!(%why, "the plugged-in camera was refused");
            match why {
                NotAccepted::NoUsb => NotLocked::OtherSource,
                NotAccepted::Named => NotLocked::Named,
                NotAccepted::Absent => NotLocked::NotPlugged,
                NotAccepted::Several => NotLocked::Several,
                NotAccepted::Unwritable(_) => NotLocked::NotKept,
            }
        })?;
        self.ask(Ask::Note(Act::CameraChanged));
        drop(self.compute.send(Job::ForgetPlate));
        Ok(())
    }

    /// Locks the camera: its thread reopens it with everything automatic, and then again with the
    /// values it settled to.
    fn lock_camera(&self, wires: &Wires) -> Result<Vec<Locked>, NotLocked> {
        let devices = devices::list(Path::new("/sys"));
        let device =
            commissioned::the_one(&self.parts.camera, &devices).map_err(|why| match why {
                NotOne::OtherSource => NotLocked::OtherSource,
                NotOne::NotPlugged => NotLocked::NotPlugged,
                NotOne::Several => NotLocked::Several,
            })?;
        wires.open_camera_with(self.parts.camera.settling(&device));
        let settled = settle(&device, wires);
        let locked = settled.and_then(|settled| {
            let booth = Commissioned::of(&device, &settled);
            booth.save(&self.parts.station).map_err(|why| {
                tracing::error!(%why, "the camera's locked settings cannot be saved");
                NotLocked::NotKept
            })?;
            Ok(settled)
        });
        // The camera thread reads the locked values by itself.
        wires.open_camera_with(self.parts.camera.clone());
        let locked = locked?;
        drop(self.compute.send(Job::ForgetPlate));
        Ok(locked_at(&locked))
    }

    fn examine(&self, wires: &Wires) -> Examined {
        let devices = devices::list(Path::new("/sys"));
        let settings = self.parts.camera.at(Some(&self.parts.station));
        let camera = Standing::of(&settings, &devices);
        let inputs = doctor::Inputs {
            config: Ok("the configuration loads".to_owned()),
            models: models::found().map_err(|error| format!("{error:#}")),
            font: fonts::regular(),
            data: self.parts.data.clone(),
            station: self.parts.station.clone(),
            camera_lacks: doctor::lacks(&camera),
            camera,
            children: doctor::probed(),
            printer: wires.printer.newest().map(Arc::unwrap_or_clone),
            now: wires.clock.now(),
            clock: wires.clock.fault(),
        };
        Examined {
            findings: doctor::examine(&inputs),
            versions: self.versions(&devices),
            log: log::tail(LOG_LINES),
        }
    }

    fn versions(&self, devices: &[Device]) -> Vec<(String, String)> {
        let mut versions = vec![(
            "capture-station".to_owned(),
            env!("CARGO_PKG_VERSION").to_owned(),
        )];
        let record = Releases::installed().record();
        if let Some(last) = record.ok().and_then(|record| record.last) {
            versions.push(("last update".to_owned(), last.to_string()));
        }
        if let Ok(station) = Station::load(&self.parts.station) {
            let key = jws::key_id(&station.signing_key().verifying_key());
            versions.push(("station".to_owned(), station.id().to_owned()));
            versions.push(("station key".to_owned(), key));
            let keys = station.keys_version().to_string();
            versions.push(("platform keys".to_owned(), keys));
            versions.push(("platform".to_owned(), station.platform_url().to_owned()));
        }
        for device in devices {
            let ids = format!("{}:{}", device.vendor, device.product);
            versions.push((device.name.clone(), ids));
        }
        versions
    }
}

fn tell(wires: &Wires, news: News) {
    wires.tell(Event::News(news));
}

/// Waits until pictures have come for as long as the camera may settle, then reads its controls
/// while it still streams.
fn settle(device: &Device, wires: &Wires) -> Result<Vec<(u32, i64)>, NotLocked> {
    let end = wires.clock.now().mono.plus(SETTLES);
    while wires.clock.now().mono < end && !wires.stopped() {
        thread::sleep(GLANCE);
    }
    if wires.camera.newest().as_deref() != Some(&CameraState::Streaming) {
        return Err(NotLocked::NoPicture);
    }
    let controls = modes::controls_of(device.node).map_err(|why: io::Error| {
        tracing::error!(%why, "the camera's controls cannot be read");
        NotLocked::NotKept
    })?;
    let values = controls.iter().map(|(id, _, value)| (*id, *value));
    Ok(values.collect())
}

fn locked_at(settled: &[(u32, i64)]) -> Vec<Locked> {
    let controls = [
        (Control::Exposure, EXPOSURE_ABSOLUTE),
        (Control::WhiteBalance, WHITE_BALANCE),
        (Control::Focus, FOCUS_ABSOLUTE),
    ];
    let value = |id| settled.iter().find(|(known, _)| *known == id);
    controls
        .into_iter()
        .map(|(control, id)| Locked {
            control,
            value: value(id).map(|(_, value)| *value),
        })
        .collect()
}

/// Returns what staff read about a failed export: faults of the stick itself in their language.
fn refused(why: &anyhow::Error) -> Carrying {
    match why.downcast_ref() {
        Some(OutboxError::StickFull) => Carrying::Full,
        Some(OutboxError::StickReadOnly) => Carrying::ReadOnly,
        Some(_) | None => Carrying::Failed(why.to_string()),
    }
}

/// Reads the command from the file of that name at the top of a stick.
fn command_on(stick: &Path) -> Option<String> {
    let mut bytes = vec![];
    let file = File::open(stick.join(COMMAND_FILE)).ok()?;
    file.take(LARGEST_COMMAND_BYTES)
        .read_to_end(&mut bytes)
        .ok()?;
    Some(plain_text::decode(bytes).ok()?.trim().to_owned())
}

/// Returns the folders in which a platform leaves its answers: the top of a stick, and the folders
/// that exports made.
fn folders_of(stick: &Path) -> io::Result<Vec<PathBuf>> {
    let mut folders = vec![stick.to_owned()];
    for entry in fs::read_dir(stick)?.take(MOST_ENTRIES) {
        let folder = entry?.path();
        if folder.join(EXPORT_MANIFEST).is_file() {
            folders.push(folder);
        }
    }
    Ok(folders)
}

fn receipts_on(stick: &Path) -> io::Result<Vec<String>> {
    let too_large = || {
        io::Error::other(format!(
            "{RECEIPTS_FILE} is too large for a file of receipts"
        ))
    };
    let mut lines = vec![];
    let mut room = LARGEST_RECEIPTS_BYTES;
    for file in folders_of(stick)?
        .iter()
        .map(|folder| folder.join(RECEIPTS_FILE))
    {
        if !file.is_file() {
            continue;
        }
        let mut bytes = vec![];
        let read = File::open(&file)?.take(room + 1).read_to_end(&mut bytes)? as u64;
        room = room.checked_sub(read).ok_or_else(too_large)?;
        let text = plain_text::decode(bytes)
            .map_err(|why| io::Error::other(format!("{RECEIPTS_FILE}: {why}")))?;
        let receipts = text.lines().map(str::trim).filter(|line| !line.is_empty());
        lines.extend(receipts.take(MOST_RECEIPTS + 1).map(str::to_owned));
        if lines.len() > MOST_RECEIPTS {
            return Err(too_large());
        }
    }
    Ok(lines)
}

impl Wires {
    /// Asks the camera thread to reopen the camera with `settings`.
    fn open_camera_with(&self, settings: camera::Settings) {
        self.camera_settings.put(settings);
        self.camera_anew.store(true, Ordering::Relaxed);
    }
}

/// Reads from the disk which parts of the commissioning are done.
fn commissioned(camera: &camera::Settings, station: &Path) -> Vec<booth::CommissionedPart> {
    let is_locked = camera.at(Some(station)).controls != Controls::default();
    let locked = is_locked.then_some(booth::CommissionedPart::Camera);
    let plate = station::has_plate(station).then_some(booth::CommissionedPart::Plate);
    locked.into_iter().chain(plate).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn receipts_are_found_at_the_top_and_in_exports_and_nowhere_else() {
        let stick = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let file = stick.path().join(name);
            fs::create_dir_all(file.parent().unwrap()).unwrap();
            fs::write(file, text).unwrap();
        };
        write("receipts.txt", "one\n\n");
        write("capture-station-a/receipts.txt", "two\nthree\n");
        write("capture-station-a/manifest.jws", "signed");
        write("somebody's/receipts.txt", "four\n");
        let mut found = receipts_on(stick.path()).unwrap();
        found.sort();
        assert_eq!(found, ["one", "three", "two"]);
        assert!(receipts_on(&stick.path().join("gone")).is_err());
    }

    #[test]
    fn receipts_saved_on_windows_are_found_and_another_encoding_is_named() {
        use crate::plain_text::tests::{notepad, utf16};
        let stick = tempfile::tempdir().unwrap();
        let file = stick.path().join(RECEIPTS_FILE);
        fs::write(&file, notepad("one\n\ntwo\n")).unwrap();
        assert_eq!(receipts_on(stick.path()).unwrap(), ["one", "two"]);
        fs::write(&file, utf16("one\n")).unwrap();
        let why = receipts_on(stick.path()).unwrap_err().to_string();
        assert!(why.contains("UTF-16"), "{why}");
    }

    #[test]
    fn a_command_is_read_from_the_top_of_a_stick_and_no_larger_file() {
        let stick = tempfile::tempdir().unwrap();
        assert_eq!(command_on(stick.path()), None);
        fs::write(stick.path().join(COMMAND_FILE), "signed\n").unwrap();
        assert_eq!(command_on(stick.path()).as_deref(), Some("signed"));
        fs::write(stick.path().join(COMMAND_FILE), vec![b'x'; 100_000]).unwrap();
        let cut = command_on(stick.path()).unwrap();
        assert_eq!(cut.len() as u64, LARGEST_COMMAND_BYTES);
    }

    #[test]
    fn what_is_commissioned_is_read_from_the_disk() {
        let config = crate::config::Config::from_toml(crate::config::DEFAULT, "default").unwrap();
        let folder = tempfile::tempdir().unwrap();
        let done = || commissioned(&config.camera, folder.path());
        assert_eq!(done(), []);
        station::keep_plate(folder.path(), b"a picture").unwrap();
        assert_eq!(done(), [booth::CommissionedPart::Plate]);
        let mut locked = Commissioned::default();
        locked.controls.exposure = Some(120);
        locked.save(folder.path()).unwrap();
        let both = [
            booth::CommissionedPart::Camera,
            booth::CommissionedPart::Plate,
        ];
        assert_eq!(done(), both);
        station::forget_plate(folder.path()).unwrap();
        assert_eq!(done(), [booth::CommissionedPart::Camera]);
    }

    #[test]
    fn a_control_that_the_camera_lacks_is_named() {
        let locked = locked_at(&[(WHITE_BALANCE, 5_500)]);
        let values: Vec<_> = locked.iter().map(|it| (it.control, it.value)).collect();
        assert_eq!(
            values,
            [
                (Control::Exposure, None),
                (Control::WhiteBalance, Some(5_500)),
                (Control::Focus, None)
            ]
        );
    }

    /// Receipts are handed over a few at a time: a commit for each of thousands stopped the
    /// database's pulse, and with it the kiosk.
    #[test]
    #[expect(clippy::disallowed_methods, reason = "it ends with its queue")]
    fn receipts_are_handed_over_some_at_a_time_and_the_count_is_shown() {
        const LINES: usize = RECEIPTS_TOGETHER * 3 + 5;
        let (wires, inbox) = Wires::new();
        let (store, requests) = sync_channel(1);
        let (compute, _jobs) = sync_channel(1);
        let (ask, _questions) = sync_channel(1);
        let parts = DeskParts {
            data: PathBuf::new(),
            station: PathBuf::new(),
            sticks: vec![],
            camera: camera::Settings::default(),
        };
        let desk = DeskThread {
            parts,
            store,
            compute,
            ask,
        };
        let outbox = thread::spawn(move || {
            let mut sizes = vec![];
            while let Ok(Request::Desk(Ask::Receipts { lines, answer })) = requests.recv() {
                sizes.push(lines.len());
                let delivered = lines.len() as u64;
                let receipts = Receipts {
                    delivered,
                    ..Receipts::default()
                };
                answer.send(receipts).unwrap();
            }
            sizes
        });
        let lines: Vec<_> = (0..LINES).map(|n| n.to_string()).collect();
        let carried = desk.take_receipts(&lines, &wires);
        let expected = Carrying::Imported {
            delivered: LINES as u64,
            known: 0,
            refused: 0,
        };
        assert_eq!(carried, expected);
        drop(desk);
        let full = RECEIPTS_TOGETHER;
        assert_eq!(outbox.join().unwrap(), [full, full, full, 5]);
        let shown: Vec<_> = inbox
            .try_iter()
            .filter_map(|event| {
                let Event::News(News::Carried(Carrying::Importing { done, of })) = event else {
                    return None;
                };
                Some((done, of))
            })
            .collect();
        let steps = [0, full, full * 2, full * 3];
        assert_eq!(shown, steps.map(|done| (done, LINES)));
    }
}
