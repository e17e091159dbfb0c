//! How the booth's camera, as it stands now, sees a sitter: measured by commissioning and by
//! `camera test`.

/// One look at the seat.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Seat {
    /// Mean brightness, 0 to 255.
    pub brightness: f32,
    /// Mean difference of brightness between adjacent pixels.
    pub sharpness: f32,
    pub sitter: Seated,
}

/// Which sitters the seat serves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Seated {
    Nobody,
    CrownCutOff {
        face_px: f32,
    },
    /// No portrait can be cropped of this sitter where they are.
    NotServed {
        face_px: f32,
    },
    /// Others are served too, with eyes up to this much higher or lower at the same distance.
    Served {
        face_px: f32,
        higher_cm: f32,
        lower_cm: f32,
    },
}
