//! How a sitter is seen from the booth's camera, as it stands now: what commissioning and `camera test` measure.

/// One look at the seat.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Seat {
    /// Mean brightness, 0 to 255.
    pub brightness: f32,
    /// Mean step of brightness from a pixel to the next.
    pub sharpness: f32,
    pub sitter: Seated,
}

/// Whom the seat serves.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Seated {
    Nobody,
    CrownCutOff {
        face_px: f32,
    },
    /// No portrait can be cut of this sitter where they are.
    NotServed {
        face_px: f32,
    },
    /// Others are served too, whose eyes are so much higher or lower at the same distance.
    Served {
        face_px: f32,
        higher_cm: f32,
        lower_cm: f32,
    },
}
