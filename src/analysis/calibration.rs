//! What the networks read on faces whose truth is known: the synthetic sitters'.
//!
//! The numbers are data, made by `cargo bench --bench trial -- --calibrate` (the command prints this table anew); nobody has
//! calibrated them against real faces yet.

/// How the mesh's readings are brought to the standard's terms.
pub struct Calibration {
    /// Degrees read for each degree of yaw.
    pub yaw_gain: f32,
    /// Degrees read on faces that look straight into the camera.
    pub pitch_zero_deg: f32,
    /// Degrees read for each degree of pitch.
    pub pitch_gain: f32,
    /// True width of a face, cheek to cheek, over the mesh's.
    pub width_share: f32,
    /// True distance from the eyes to the chin over the mesh's.
    pub chin_share: f32,
    /// How far below the middle of their eyes the irises stand that look into the camera, half eye widths.
    pub gaze_down_zero: f32,
    /// Rise of the corners of a calm mouth, mouth widths.
    pub smile_zero: f32,
}

pub const CALIBRATION: Calibration = Calibration {
    yaw_gain: 0.95,
    pitch_zero_deg: 0.06,
    pitch_gain: 0.85,
    width_share: 1.0061,
    chin_share: 1.0082,
    gaze_down_zero: 0.0,
    smile_zero: 0.0013,
};
