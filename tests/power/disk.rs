//! A disk with a volatile write cache, served over NBD: what was not flushed may be kept, lost or
//! torn when the power goes.
//!
//! The protocol is the fixed newstyle handshake and simple replies of the NBD specification
//! (`doc/proto.md` of the NBD project): reads, writes with FUA, and flushes are all that a block
//! device needs here.

use std::{
    io::{self, Read, Write},
    os::unix::net::{UnixListener, UnixStream},
    path::Path,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    thread,
};

use capture_station::sitter::Dice;

/// A power cut splits writes into pieces of this many bytes.
pub const SECTOR: usize = 512;

/// One write in the cache.
struct Pending {
    offset: usize,
    bytes: Vec<u8>,
    access: Access,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Durable after the next flush.
    Cached,
    /// Forced unit access: durable at once.
    Forced,
}

/// The durable content, and what the machine sees.
pub struct Disk {
    stable: Vec<u8>,
    seen: Vec<u8>,
    cache: Vec<Pending>,
    /// Counts the cuts: a machine that was plugged in before one reaches nothing any more.
    plugged: u64,
    pub flushes: u64,
    fuse: Option<Fuse>,
    last_cut: Option<Cut>,
}

/// Cuts the power at the n-th write or flush from now: the critical moments lie between two of
/// them, and they are short.
struct Fuse {
    requests: u64,
    dice: Dice,
}

/// What became of the cache at a cut.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Cut {
    pub kept: usize,
    pub lost: usize,
    pub torn: usize,
}

impl Disk {
    pub fn new(bytes: Vec<u8>) -> Self {
        Self {
            seen: bytes.clone(),
            stable: bytes,
            cache: vec![],
            plugged: 0,
            flushes: 0,
            fuse: None,
            last_cut: None,
        }
    }

    pub fn read(&self, offset: usize, length: usize) -> Option<&[u8]> {
        self.seen.get(offset..offset.checked_add(length)?)
    }

    pub fn write(&mut self, offset: usize, bytes: Vec<u8>, access: Access) -> Option<()> {
        let end = offset.checked_add(bytes.len())?;
        self.seen.get_mut(offset..end)?.copy_from_slice(&bytes);
        self.cache.push(Pending {
            offset,
            bytes,
            access,
        });
        Some(())
    }

    pub fn flush(&mut self) {
        self.flushes += 1;
        for write in self.cache.drain(..) {
            let end = write.offset + write.bytes.len();
            self.stable[write.offset..end].copy_from_slice(&write.bytes);
        }
    }

    /// Cuts the power instead of serving the `requests`th write or flush from now.
    pub fn arm(&mut self, requests: u64, dice: Dice) {
        self.fuse = Some(Fuse { requests, dice });
    }

    /// Returns what the fuse did, once it has blown.
    pub const fn blown(&mut self) -> Option<Cut> {
        self.last_cut.take()
    }

    /// Counts one request; returns whether there is still power to serve it.
    fn powered(&mut self, plugged: u64) -> bool {
        if let Some(mut fuse) = self.fuse.take() {
            fuse.requests -= 1;
            if fuse.requests == 0 {
                self.last_cut = Some(self.cut(&mut fuse.dice));
            } else {
                self.fuse = Some(fuse);
            }
        }
        self.plugged == plugged
    }

    /// Cuts the power: each write in the cache, in its order, is kept, lost, or torn between
    /// sectors.
    pub fn cut(&mut self, dice: &mut Dice) -> Cut {
        self.fuse = None;
        let mut cut = Cut::default();
        for write in self.cache.drain(..) {
            let fate = match write.access {
                Access::Forced => 0,
                Access::Cached => dice.below(3),
            };
            match fate {
                0 => cut.kept += 1,
                1 => cut.lost += 1,
                _ => cut.torn += 1,
            }
            for (n, sector) in write.bytes.chunks(SECTOR).enumerate() {
                let survives = fate == 0 || fate == 2 && dice.below(2) == 0;
                if survives {
                    let start = write.offset + n * SECTOR;
                    self.stable[start..start + sector.len()].copy_from_slice(sector);
                }
            }
        }
        self.seen.copy_from_slice(&self.stable);
        self.plugged += 1;
        cut
    }
}

/// A disk that one machine after another is plugged into.
#[derive(Clone)]
pub struct Socket(Arc<Mutex<Disk>>);

impl Socket {
    pub fn new(disk: Disk) -> Self {
        Self(Arc::new(Mutex::new(disk)))
    }

    pub fn disk(&self) -> MutexGuard<'_, Disk> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Serves one machine at `path` until it ends or the power is cut.
    pub fn plug_in(&self, path: &Path) -> io::Result<()> {
        let listener = UnixListener::bind(path)?;
        let socket = self.clone();
        let plugged = self.disk().plugged;
        thread::spawn(move || {
            if let Ok((stream, _)) = listener.accept() {
                // A machine without power ends the connection without a word.
                drop(serve(stream, &socket, plugged));
            }
        });
        Ok(())
    }
}

const OPTION_MAGIC: u64 = 0x4948_4156_454f_5054;
const REPLY_MAGIC: u64 = 0x0003_e889_0455_65a9;
const REQUEST: u32 = 0x2560_9513;
const ANSWER: u32 = 0x6744_6698;
/// Has flags, accepts flushes, accepts forced unit access.
const FEATURES: u16 = 1 | 4 | 8;
const LONGEST: usize = 64 << 20;

fn serve(mut stream: UnixStream, socket: &Socket, plugged: u64) -> io::Result<()> {
    shake_hands(&mut stream, socket)?;
    loop {
        let magic = u32_of(&mut stream)?;
        let flags = u16_of(&mut stream)?;
        let kind = u16_of(&mut stream)?;
        let handle = u64_of(&mut stream)?;
        let offset = u64_of(&mut stream)? as usize;
        let length = u32_of(&mut stream)? as usize;
        if magic != REQUEST || length > LONGEST {
            return Err(io::Error::other("not a request"));
        }
        let mut answer = vec![];
        let mut error = 0_u32;
        match kind {
            0 => match socket.disk().read(offset, length) {
                Some(bytes) => answer.extend_from_slice(bytes),
                None => error = 22,
            },
            1 => {
                let bytes = run_of(&mut stream, length)?;
                let mut disk = socket.disk();
                if !disk.powered(plugged) {
                    return Ok(());
                }
                let access = if flags & 1 == 1 {
                    Access::Forced
                } else {
                    Access::Cached
                };
                if disk.write(offset, bytes, access).is_none() {
                    error = 28;
                }
            }
            2 => return Ok(()),
            3 => {
                let mut disk = socket.disk();
                if !disk.powered(plugged) {
                    return Ok(());
                }
                disk.flush();
            }
            _ => error = 22,
        }
        if socket.disk().plugged != plugged {
            return Ok(());
        }
        stream.write_all(&ANSWER.to_be_bytes())?;
        stream.write_all(&error.to_be_bytes())?;
        stream.write_all(&handle.to_be_bytes())?;
        stream.write_all(&answer)?;
    }
}

fn shake_hands(stream: &mut UnixStream, socket: &Socket) -> io::Result<()> {
    stream.write_all(b"NBDMAGIC")?;
    stream.write_all(&OPTION_MAGIC.to_be_bytes())?;
    // Fixed newstyle, no zeroes.
    stream.write_all(&3_u16.to_be_bytes())?;
    u32_of(stream)?;
    let size = socket.disk().seen.len() as u64;
    loop {
        if u64_of(stream)? != OPTION_MAGIC {
            return Err(io::Error::other("not an option"));
        }
        let option = u32_of(stream)?;
        let length = u32_of(stream)? as usize;
        run_of(stream, length.min(LONGEST))?;
        match option {
            // EXPORT_NAME ends the negotiation without a reply's header.
            1 => {
                stream.write_all(&size.to_be_bytes())?;
                return stream.write_all(&FEATURES.to_be_bytes());
            }
            2 => return Err(io::Error::other("the machine went away")),
            // INFO and GO.
            6 | 7 => {
                let mut export = 0_u16.to_be_bytes().to_vec();
                export.extend(size.to_be_bytes());
                export.extend(FEATURES.to_be_bytes());
                reply(stream, option, 3, &export)?;
                reply(stream, option, 1, &[])?;
                if option == 7 {
                    return Ok(());
                }
            }
            _ => reply(stream, option, (1 << 31) | 1, &[])?,
        }
    }
}

fn reply(stream: &mut UnixStream, option: u32, kind: u32, data: &[u8]) -> io::Result<()> {
    stream.write_all(&REPLY_MAGIC.to_be_bytes())?;
    stream.write_all(&option.to_be_bytes())?;
    stream.write_all(&kind.to_be_bytes())?;
    stream.write_all(&(data.len() as u32).to_be_bytes())?;
    stream.write_all(data)
}

fn run_of(stream: &mut UnixStream, length: usize) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; length];
    stream.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn number<const N: usize>(stream: &mut UnixStream) -> io::Result<[u8; N]> {
    let mut bytes = [0; N];
    stream.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn u16_of(stream: &mut UnixStream) -> io::Result<u16> {
    number(stream).map(u16::from_be_bytes)
}

fn u32_of(stream: &mut UnixStream) -> io::Result<u32> {
    number(stream).map(u32::from_be_bytes)
}

fn u64_of(stream: &mut UnixStream) -> io::Result<u64> {
    number(stream).map(u64::from_be_bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn full(byte: u8) -> Vec<u8> {
        vec![byte; 4 * SECTOR]
    }

    #[test]
    fn what_was_flushed_survives_every_cut_and_what_was_not_survives_some() {
        let (mut kept, mut lost, mut torn) = (false, false, false);
        for seed in 0..64 {
            let mut disk = Disk::new(vec![0; 12 * SECTOR]);
            disk.write(0, full(1), Access::Cached).unwrap();
            disk.flush();
            disk.write(4 * SECTOR, full(2), Access::Cached).unwrap();
            assert_eq!(disk.read(4 * SECTOR, SECTOR).unwrap(), &full(2)[..SECTOR]);
            let cut = disk.cut(&mut Dice::new(seed));
            assert_eq!(disk.read(0, 4 * SECTOR).unwrap(), full(1));
            let after = disk.read(4 * SECTOR, 4 * SECTOR).unwrap();
            let survived = after.chunks(SECTOR).filter(|s| s[0] == 2).count();
            assert!(after.chunks(SECTOR).all(|s| s.iter().all(|b| *b == s[0])));
            assert_eq!(cut.kept + cut.lost + cut.torn, 1);
            kept |= cut.kept == 1 && survived == 4;
            lost |= cut.lost == 1 && survived == 0;
            torn |= cut.torn == 1 && (1..4).contains(&survived);
        }
        assert!(kept && lost && torn);
    }

    #[test]
    fn a_forced_write_survives_alone_and_over_what_was_written_before() {
        for seed in 0..32 {
            let mut disk = Disk::new(vec![0; 4 * SECTOR]);
            disk.write(0, full(1), Access::Cached).unwrap();
            disk.write(0, full(2), Access::Forced).unwrap();
            disk.cut(&mut Dice::new(seed));
            assert_eq!(disk.read(0, 4 * SECTOR).unwrap(), full(2));
        }
    }

    #[test]
    fn a_fuse_blows_at_its_request_and_nothing_is_served_after_it() {
        let mut disk = Disk::new(vec![0; SECTOR]);
        disk.arm(3, Dice::new(1));
        assert!(disk.powered(0) && disk.powered(0));
        disk.write(0, vec![1; SECTOR], Access::Cached).unwrap();
        assert_eq!(disk.blown(), None);
        assert!(!disk.powered(0) && !disk.powered(0));
        let cut = disk.blown().unwrap();
        assert_eq!(cut.kept + cut.lost + cut.torn, 1);
        assert!(disk.powered(1), "the next machine");
    }

    #[test]
    fn nothing_beyond_the_end_is_read_or_written() {
        let mut disk = Disk::new(vec![0; SECTOR]);
        assert!(disk.read(1, SECTOR).is_none() && disk.read(usize::MAX, 2).is_none());
        assert!(disk.write(SECTOR, vec![1], Access::Cached).is_none());
    }
}
