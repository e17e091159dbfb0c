//! Prints what `camera test` reports about the seat.

use std::io::{self, Write};

use crate::{
    booth::seat::{Seat, Seated},
    profile::Profile,
};

/// Prints how large the sitter's face is for the standard, and how much higher or lower other
/// sitters' eyes may be.
pub fn describe(seat: &Seat, out: &mut dyn Write) -> io::Result<()> {
    let width = |out: &mut dyn Write, face_px: f32| {
        let least = Profile::standard_99().bands.face_width_px.min;
        writeln!(
            out,
            "The face is {face_px:.0} px wide; a portrait needs at least {least:.0}."
        )
    };
    match seat.sitter {
        Seated::Nobody => writeln!(
            out,
            "Nobody sits there: with a sitter, this test shows whom the seat serves."
        ),
        Seated::CrownCutOff { face_px } => {
            width(out, face_px)?;
            writeln!(
                out,
                "The crown is cut off: tilt the camera up or lower the chair."
            )
        }
        Seated::NotServed { face_px } => {
            width(out, face_px)?;
            writeln!(
                out,
                "With camera and chair as they are now, no portrait of this sitter can be cut."
            )
        }
        Seated::Served {
            face_px,
            higher_cm,
            lower_cm,
        } => {
            width(out, face_px)?;
            writeln!(
                out,
                "Sitters whose eyes are up to {higher_cm:.0} cm higher or {lower_cm:.0} cm lower are served too, at this distance."
            )
        }
    }
}
