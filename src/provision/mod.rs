//! What is installed beside the program: models, typeface, libraries; and the doctor, who looks
//! whether all of it, and the booth, is as it should be.

pub mod doctor;
pub mod fonts;
pub mod libraries;
pub mod models;
