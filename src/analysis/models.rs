//! The pinned networks: their files, and the check that a file is the right one.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

/// The networks used by the analysis, from the `mediapipe` 0.10.21 wheel (Apache-2.0).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Model {
    /// Finds faces: `BlazeFace`, short range.
    FaceDetection,
    /// Places 468 points on a face.
    FaceLandmark,
    /// Places the iris and the lids of one eye.
    IrisLandmark,
    /// Separates the person from the background, for wide pictures.
    Selfie,
}

impl Model {
    pub const ALL: [Self; 4] = [
        Self::FaceDetection,
        Self::FaceLandmark,
        Self::IrisLandmark,
        Self::Selfie,
    ];

    pub const fn file_name(self) -> &'static str {
        match self {
            Self::FaceDetection => "face_detection_short_range.tflite",
            Self::FaceLandmark => "face_landmark.tflite",
            Self::IrisLandmark => "iris_landmark.tflite",
            Self::Selfie => "selfie_segmentation_landscape.tflite",
        }
    }

    /// Returns the size of the file in bytes.
    pub const fn bytes(self) -> usize {
        match self {
            Self::FaceDetection => 229_714,
            Self::FaceLandmark => 1_242_398,
            Self::IrisLandmark => 2_640_568,
            Self::Selfie => 250_145,
        }
    }

    /// Returns the SHA-256 of the file, in lower-case hexadecimal.
    pub const fn sha256(self) -> &'static str {
        match self {
            Self::FaceDetection => {
                "bbff11cebd1eb27a1e004cae0b0e63ec8c551cbf34a4451148b4908b8db3eca8"
            }
            Self::FaceLandmark => {
                "1055cb9d4a9ca8b8c688902a3a5194311138ba256bcc94e336d8373a5f30c814"
            }
            Self::IrisLandmark => {
                "d1744d2a09c25f501d39eba4faff47e53ecca8852c5ce19bce8eeac39357521f"
            }
            Self::Selfie => "a77d03f4659b9f6b6c1f5106947bf40e99d7655094b6527f214ea7d451106edd",
        }
    }

    /// Checks that these bytes are the pinned file.
    pub fn verify(self, bytes: &[u8]) -> Result<(), ModelError> {
        if bytes.len() == self.bytes() && hex(&Sha256::digest(bytes)) == self.sha256() {
            Ok(())
        } else {
            Err(ModelError::Altered {
                file: self.file_name(),
            })
        }
    }
}

/// The bytes of each model's file, as read by an edge.
pub struct Models {
    pub face_detection: Vec<u8>,
    pub face_landmark: Vec<u8>,
    pub iris_landmark: Vec<u8>,
    pub selfie: Vec<u8>,
}

impl Models {
    /// Collects the files through `read`, which is called with each file's name.
    pub fn load<E>(mut read: impl FnMut(&'static str) -> Result<Vec<u8>, E>) -> Result<Self, E> {
        Ok(Self {
            face_detection: read(Model::FaceDetection.file_name())?,
            face_landmark: read(Model::FaceLandmark.file_name())?,
            iris_landmark: read(Model::IrisLandmark.file_name())?,
            selfie: read(Model::Selfie.file_name())?,
        })
    }

    pub fn get(&self, model: Model) -> &[u8] {
        match model {
            Model::FaceDetection => &self.face_detection,
            Model::FaceLandmark => &self.face_landmark,
            Model::IrisLandmark => &self.iris_landmark,
            Model::Selfie => &self.selfie,
        }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    #[error("the model file {file} is damaged or not the pinned one: run the set-up again")]
    Altered { file: &'static str },
    #[error("the model file {file} cannot be used: {why}")]
    Unusable { file: &'static str, why: String },
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a String cannot fail.
        write!(text, "{byte:02x}").ok();
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_altered_file_is_named() {
        let error = Model::Selfie.verify(&vec![0; 250_145]).unwrap_err();
        assert!(
            error
                .to_string()
                .contains("selfie_segmentation_landscape.tflite")
        );
    }
}
