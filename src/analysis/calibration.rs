//! How readings of the networks are converted to the standard's terms.
//!
//! Gains and shares are fitted on synthetic sitters, whose truth is known to a degree and a pixel:
//! `cargo bench --bench trial
//! -- --calibrate` prints them. Zeros are people's: `make faces` prints them from labelled
//! photographs, with their spread.

/// Converts the mesh's readings to the standard's terms.
pub struct Calibration {
    /// Degrees read per degree of yaw.
    pub yaw_gain: f32,
    /// Degrees read on level heads: halfway between the medians of men and women, who read 4
    /// degrees lower, so that one limit refuses both alike.
    pub pitch_zero_deg: f32,
    /// Degrees read per degree of pitch. A drawn head reads only two thirds of its turn; on
    /// photographs the fit moves by one degree where an independent estimator (3DDFA) moves by one,
    /// so the gain measured on people is used.
    pub pitch_gain: f32,
    /// True width of a face, cheek to cheek, over the mesh's.
    pub width_share: f32,
    /// True distance from the eyes to the chin over the mesh's.
    pub chin_share: f32,
    /// How far below the middle of the eyes the irises are when they look into the camera, in half
    /// eye widths.
    pub gaze_down_zero: f32,
    /// Rise of the corners of a relaxed mouth, in mouth widths.
    pub smile_zero: f32,
}

pub const CALIBRATION: Calibration = Calibration {
    yaw_gain: 1.0,
    pitch_zero_deg: -3.0,
    pitch_gain: 1.0,
    width_share: 1.0061,
    chin_share: 1.0082,
    gaze_down_zero: 0.0,
    smile_zero: 0.0013,
};
