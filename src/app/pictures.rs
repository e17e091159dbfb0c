//! Pictures that staff import: found on the sticks, read whole, and looked at.

use std::{
    collections::VecDeque,
    fs::{self, File},
    io::Read as _,
    path::{Path, PathBuf},
    sync::Arc,
    time::SystemTime,
};

use image::{RgbImage, imageops};

use super::sticks::Mounted;
use crate::{
    analysis::{Analyser, BYSTANDER_SHARE},
    camera::{
        decode::BadPicture,
        still::{self, LONGEST_FILE, PictureError},
    },
    checks,
    contract::sha256_hex,
    frame::{Camera, Frame, Imported, Origin, Turn},
    guidance::{self, Good, Sight, Verdict},
    layout::Infeasible,
    profile::Profile,
    session::importing::{Found, NotImported, Opened, StickPicture},
    time::Mono,
};

/// Names of files that may be pictures. Those that the booth cannot read are listed as well, since
/// only opening them says why not.
const ENDINGS: [&str; 11] = [
    "jpg", "jpeg", "png", "heic", "heif", "webp", "avif", "tif", "tiff", "bmp", "gif",
];
/// How deep folders are looked through, how many names are looked at, and how many pictures are
/// listed: a stick may hold ten thousand.
const DEEPEST: usize = 3;
const MOST_NAMES: usize = 20_000;
const MOST_LISTED: usize = 300;
/// The longer side to which a picture is reduced, unless its head is then too small: faces are found
/// as well, in a fraction of the time.
const LONG_SIDE: u32 = 2400;
/// What apps that beautify faces write into a picture as its software (EXIF 2.3, tag 0x0131).
const BEAUTIFIERS: [&str; 14] = [
    "meitu",
    "美图",
    "beautycam",
    "美颜",
    "faceu",
    "b612",
    "轻颜",
    "ulike",
    "醒图",
    "xingtu",
    "snow",
    "pitu",
    "facetune",
    "camera360",
];

/// Lists the pictures on the mounted sticks, newest first.
pub fn found(sticks: &[Mounted]) -> Found {
    let mut left = MOST_NAMES;
    let mut all: Vec<Dated> = sticks
        .iter()
        .flat_map(|stick| pictures_on(stick, &mut left))
        .collect();
    all.sort_by(|(a, one), (b, other)| b.cmp(a).then_with(|| one.path.cmp(&other.path)));
    let is_cut_off = all.len() > MOST_LISTED || left == 0;
    all.truncate(MOST_LISTED);
    Found {
        pictures: all.into_iter().map(|(_, picture)| picture).collect(),
        is_cut_off,
    }
}

/// A picture and when it was changed last.
type Dated = (SystemTime, StickPicture);

/// Looks through one stick's folders, the nearest first, as long as names are `left` to look at.
fn pictures_on(stick: &Mounted, left: &mut usize) -> Vec<Dated> {
    let mut pictures = Vec::new();
    let mut folders = VecDeque::from([(PathBuf::new(), 0)]);
    while let Some((folder, depth)) = folders.pop_front().filter(|_| *left > 0) {
        let Ok(entries) = fs::read_dir(stick.place.join(&folder)) else {
            continue;
        };
        for entry in entries.flatten().take(*left) {
            *left -= 1;
            let path = folder.join(entry.file_name());
            // What a link points to is not on the stick.
            let Ok(facts) = entry.metadata() else {
                continue;
            };
            if facts.is_dir() && depth < DEEPEST {
                folders.push_back((path, depth + 1));
            } else if facts.is_file() && has_picture_name(&path) {
                let changed = facts.modified().unwrap_or(SystemTime::UNIX_EPOCH);
                let picture = StickPicture {
                    stick: stick.number,
                    path,
                };
                pictures.push((changed, picture));
            }
        }
    }
    pictures
}

fn has_picture_name(path: &Path) -> bool {
    let name = path.file_name().and_then(|name| name.to_str());
    // Some systems leave a hidden twin beside each file of a stick.
    if name.is_none_or(|name| name.starts_with('.')) {
        return false;
    }
    let ending = path.extension().and_then(|ending| ending.to_str());
    ending.is_some_and(|ending| {
        ENDINGS
            .iter()
            .any(|known| ending.eq_ignore_ascii_case(known))
    })
}

/// A picture as its owner sees it: upright and in sRGB.
pub struct Read {
    rgb: RgbImage,
    imported: Imported,
}

/// Prints only numbers, as it may show a person.
impl std::fmt::Debug for Read {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Read ({}x{})", self.rgb.width(), self.rgb.height())
    }
}

/// Reads and decodes one file, chosen by this operator.
pub fn read(path: &Path, operator: u32) -> Result<Read, NotImported> {
    let bytes = whole(path)?;
    if is_beautified(&bytes) {
        return Err(NotImported::Beautified);
    }
    let imported = Imported {
        sha256: sha256_hex(&bytes),
        operator,
    };
    let picture = still::decode_picture(bytes).map_err(|why| not_read(&why))?;
    Ok(Read {
        rgb: picture.upright().rgb,
        imported,
    })
}

/// Reads a file that does not change meanwhile.
fn whole(path: &Path) -> Result<Vec<u8>, NotImported> {
    let unreadable = |_may_name_somebody| NotImported::Unreadable;
    let mut file = File::open(path).map_err(unreadable)?;
    let before = file.metadata().map_err(unreadable)?;
    if !before.is_file() {
        return Err(NotImported::NoPicture);
    }
    if before.len() > LONGEST_FILE {
        return Err(NotImported::TooLarge);
    }
    let mut bytes = Vec::new();
    let limited = &mut (&mut file).take(LONGEST_FILE + 1);
    limited.read_to_end(&mut bytes).map_err(unreadable)?;
    let after = file.metadata().map_err(unreadable)?;
    let is_same = after.modified().ok() == before.modified().ok()
        && after.len() == before.len()
        && bytes.len() as u64 == before.len();
    if is_same {
        Ok(bytes)
    } else {
        Err(NotImported::Changed)
    }
}

const fn not_read(why: &PictureError) -> NotImported {
    match why {
        PictureError::Io(_) => NotImported::Unreadable,
        PictureError::TooLong => NotImported::TooLarge,
        PictureError::NoPicture => NotImported::NoPicture,
        PictureError::Foreign(_) => NotImported::OtherKind,
        PictureError::Transparent => NotImported::Transparent,
        PictureError::Bad(BadPicture::Size) => NotImported::Size,
        PictureError::Bad(
            BadPicture::NoJpeg
            | BadPicture::CutOff
            | BadPicture::Damaged
            | BadPicture::Cmyk
            | BadPicture::Deep,
        ) => NotImported::Damaged,
    }
}

/// Returns whether the picture's EXIF data names an app that beautifies.
fn is_beautified(jpeg: &[u8]) -> bool {
    let Some(software) = checks::software(jpeg) else {
        return false;
    };
    let software = software.to_lowercase();
    BEAUTIFIERS.iter().any(|app| software.contains(app))
}

/// Finds the one face of a picture and its crop by the batch's bands. The frame gets this `number`.
pub fn open(
    read: Read,
    number: u64,
    profile: &Profile,
    analyser: &mut Analyser,
) -> Result<Opened, NotImported> {
    let Read { rgb, imported } = read;
    let longer = rgb.width().max(rgb.height());
    if longer > LONG_SIDE {
        let side = |side: u32| (u64::from(side) * u64::from(LONG_SIDE) / u64::from(longer)) as u32;
        let reduced = imageops::thumbnail(&rgb, side(rgb.width()), side(rgb.height()));
        let seen = look(reduced, imported.clone(), number, profile, analyser);
        if !matches!(seen, Err(NotImported::SmallHead | NotImported::NoFace)) {
            return seen;
        }
    }
    look(rgb, imported, number, profile, analyser)
}

fn look(
    rgb: RgbImage,
    imported: Imported,
    number: u64,
    profile: &Profile,
    analyser: &mut Analyser,
) -> Result<Opened, NotImported> {
    let frame = Arc::new(Frame {
        number,
        at: Mono::default(),
        rgb,
        origin: Origin::Imported(imported),
        turn: Turn::None,
        camera: Arc::new(Camera::played("imported")),
    });
    let analysis = analyser.analyse_still(frame);
    if analysis.face.is_none() {
        return Err(NotImported::NoFace);
    }
    if analysis.second_face() >= BYSTANDER_SHARE {
        return Err(NotImported::SeveralFaces);
    }
    let (crop, placed) = guidance::solve(&analysis, profile).map_err(|why| match why {
        Infeasible::TooFar => NotImported::SmallHead,
        Infeasible::TooClose
        | Infeasible::TooFarLeft
        | Infeasible::TooFarRight
        | Infeasible::TooHigh
        | Infeasible::TooLow
        | Infeasible::Proportions => NotImported::NotCut,
    })?;
    Ok(Opened {
        sight: Sight {
            track: None,
            verdict: Verdict::Good(Good {
                crop,
                placed,
                margin: 0.0,
            }),
            asks: vec![],
            right: vec![],
            analysis: Arc::new(analysis),
        },
        crop,
    })
}

#[cfg(test)]
mod tests {
    use image::{Rgb, codecs::jpeg::JpegEncoder};

    use super::*;
    use crate::{
        analysis::tests::models,
        geometry::Size,
        portrait::{self, BackgroundMode},
        sitter::{Person, Pose, Scene, render},
    };

    const OPERATOR: u32 = 3;

    fn stick(folder: &Path) -> Mounted {
        Mounted {
            number: 7,
            place: folder.to_owned(),
        }
    }

    fn jpeg(picture: &RgbImage) -> Vec<u8> {
        let mut bytes = Vec::new();
        JpegEncoder::new_with_quality(&mut bytes, 92)
            .encode_image(picture)
            .unwrap();
        bytes
    }

    /// Adds EXIF data with one entry.
    fn with_exif(jpeg: &[u8], entry: &[u8], rest: &[u8]) -> Vec<u8> {
        let head = &b"Exif\0\0MM\0*\0\0\0\x08\0\x01"[..];
        let body = [head, entry, &[0; 4], rest].concat();
        let length = u16::try_from(body.len() + 2).unwrap().to_be_bytes();
        [&[0xff, 0xd8, 0xff, 0xe1][..], &length, &body, &jpeg[2..]].concat()
    }

    fn sitter(scene: &Scene, size: Size) -> RgbImage {
        render(&Person::from_seed(1), &Pose::good(size), scene, size).rgb
    }

    #[test]
    fn a_stick_s_pictures_are_listed_newest_first_and_nothing_else_is() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        fs::create_dir_all(at("DCIM/100/deep/deeper")).unwrap();
        fs::create_dir(at("folder.jpg")).unwrap();
        for (age, name) in [
            "DCIM/100/new.JPG",
            "old.png",
            "DCIM/older.heic",
            ".hidden.jpg",
            "letter.txt",
            "DCIM/100/deep/deeper/lost.jpg",
        ]
        .into_iter()
        .enumerate()
        {
            let file = File::create(at(name)).unwrap();
            let minutes = std::time::Duration::from_mins(60 - age as u64);
            file.set_modified(SystemTime::UNIX_EPOCH + minutes).unwrap();
        }
        std::os::unix::fs::symlink("/etc/hostname", at("link.jpg")).unwrap();
        let found = found(&[stick(folder.path())]);
        let names: Vec<String> = found.pictures.iter().map(StickPicture::name).collect();
        assert_eq!(names, ["new.JPG", "old.png", "older.heic"]);
        assert!(found.pictures.iter().all(|picture| picture.stick == 7));
        assert!(!found.is_cut_off);
        assert!(
            !format!("{found:?}").contains("new"),
            "a name may be a person's"
        );
    }

    #[test]
    fn ten_thousand_pictures_are_a_list_with_an_end() {
        let folder = tempfile::tempdir().unwrap();
        for n in 0..10_000 {
            File::create(folder.path().join(format!("{n}.jpg"))).unwrap();
        }
        let found = found(&[stick(folder.path())]);
        assert!(found.is_cut_off);
        assert_eq!(found.pictures.len(), MOST_LISTED);
    }

    #[test]
    fn each_file_that_is_no_photo_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let small = jpeg(&RgbImage::new(40, 40));
        let app = b"Meitu 9.1\0";
        let software = [
            &[0x01, 0x31, 0, 2][..],
            &u32::try_from(app.len()).unwrap().to_be_bytes(),
            &[0, 0, 0, 26],
        ]
        .concat();
        let long = vec![0; LONGEST_FILE as usize + 1];
        for (content, expected) in [
            (&b""[..], NotImported::NoPicture),
            (b"a letter to the school", NotImported::NoPicture),
            (b"\0\0\0\x1cftypheic\0\0\0\0", NotImported::OtherKind),
            (&small[..small.len() / 2], NotImported::Damaged),
            (&jpeg(&RgbImage::new(8, 8)), NotImported::Size),
            (&with_exif(&small, &software, app), NotImported::Beautified),
            (&long, NotImported::TooLarge),
        ] {
            let file = folder.path().join("photo.jpg");
            fs::write(&file, content).unwrap();
            assert_eq!(read(&file, OPERATOR).err(), Some(expected));
        }
        let missing = folder.path().join("missing.jpg");
        assert_eq!(
            read(&missing, OPERATOR).err(),
            Some(NotImported::Unreadable)
        );
        let directory = folder.path();
        assert_eq!(
            read(directory, OPERATOR).err(),
            Some(NotImported::NoPicture)
        );
        // The kernel states no size for this file: it has more bytes than it had before.
        let growing = Path::new("/proc/version");
        assert_eq!(read(growing, OPERATOR).err(), Some(NotImported::Changed));
    }

    #[test]
    fn a_photo_is_turned_upright_and_made_into_a_portrait_that_names_its_file() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("photo.jpg");
        let lying = image::imageops::rotate270(&sitter(&Scene::default(), Size::new(900, 1200)));
        let turn = [0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0];
        let bytes = with_exif(&jpeg(&lying), &turn, &[]);
        fs::write(&file, &bytes).unwrap();

        let mut analyser = Analyser::new(&models()).unwrap();
        let profile = Profile::standard_99();
        let read = read(&file, OPERATOR).unwrap();
        let opened = open(read, 5, &profile, &mut analyser).unwrap();
        let analysis = &opened.sight.analysis;
        assert_eq!(analysis.frame.size(), Size::new(900, 1200));
        let made = portrait::standardise(
            analysis,
            opened.crop,
            &profile,
            &mut analyser,
            BackgroundMode::Profile,
            None,
        )
        .unwrap();
        assert!(made.passes(), "{made:?}");
        let imported = made.original.imported.unwrap();
        assert_eq!(imported.sha256, sha256_hex(&bytes));
        assert_eq!(imported.operator, OPERATOR);
        let kept = made.original.jpeg;
        assert!(
            !kept.windows(4).any(|part| part == b"Exif"),
            "place and owner stay behind"
        );
    }

    #[test]
    fn a_large_picture_is_reduced_unless_its_head_is_then_too_small() {
        let mut analyser = Analyser::new(&models()).unwrap();
        let profile = Profile::standard_99();
        let mut size_of = |rgb: RgbImage| {
            let imported = Imported {
                sha256: String::new(),
                operator: OPERATOR,
            };
            let opened = open(Read { rgb, imported }, 5, &profile, &mut analyser);
            opened.map(|opened| opened.sight.analysis.frame.size().width)
        };
        let resized = |picture: &RgbImage, width, height| {
            imageops::resize(picture, width, height, imageops::FilterType::Triangle)
        };
        let head = sitter(&Scene::default(), Size::new(600, 800));
        assert_eq!(size_of(resized(&head, 2700, 3600)), Ok(LONG_SIDE * 3 / 4));
        let mut wide = RgbImage::from_pixel(3600, 800, Rgb([228, 232, 236]));
        imageops::overlay(&mut wide, &head, 1500, 0);
        assert_eq!(size_of(wide), Ok(3600));
        assert_eq!(
            size_of(resized(&head, 300, 400)),
            Err(NotImported::SmallHead)
        );
        let wall = RgbImage::from_pixel(900, 900, Rgb([200, 210, 220]));
        assert_eq!(size_of(wall), Err(NotImported::NoFace));
        let two = Scene {
            second_person: true,
            ..Scene::default()
        };
        let two = sitter(&two, Size::new(1280, 720));
        assert_eq!(size_of(two), Err(NotImported::SeveralFaces));
    }
}
