//! The booth's look: colours, type, and the fonts that carry it. The only file that makes a colour.
//!
//! One typeface (Noto Sans CJK SC), one blue, ink on near-white paper. Colour never carries meaning
//! alone: an icon or a word always repeats it.
#![expect(
    clippy::disallowed_methods,
    reason = "the one place where colours are made"
)]

use std::sync::Arc;

use egui::{Color32, FontData, FontDefinitions, FontFamily, FontId, Shadow, Stroke, Visuals, vec2};

/// Text and line drawings.
pub const INK: Color32 = Color32::from_rgb(0x14, 0x24, 0x3b);
/// Explanatory text.
pub const INK_SOFT: Color32 = Color32::from_rgb(0x4f, 0x60, 0x78);
/// What is not yet one's turn; still readable.
pub const INK_FAINT: Color32 = Color32::from_rgb(0x61, 0x70, 0x86);
/// The screen.
pub const PAPER: Color32 = Color32::from_rgb(0xf2, 0xf6, 0xfb);
/// Cards on the screen.
pub const CARD: Color32 = Color32::WHITE;
/// Hairlines, and borders of what is only looked at.
pub const LINE: Color32 = Color32::from_rgb(0xd5, 0xdf, 0xeb);
/// Borders of keys, fields and buttons: what they are is seen by them alone.
pub const EDGE: Color32 = Color32::from_rgb(0x7d, 0x8b, 0x9f);
/// The one primary colour.
pub const BLUE: Color32 = Color32::from_rgb(0x1a, 0x5c, 0xb8);
pub const BLUE_DEEP: Color32 = Color32::from_rgb(0x12, 0x45, 0x8f);
pub const BLUE_PALE: Color32 = Color32::from_rgb(0xe4, 0xee, 0xfb);
/// Text and icons on blue or on pictures.
pub const ON_BLUE: Color32 = Color32::WHITE;
/// Right, done.
pub const GOOD: Color32 = Color32::from_rgb(0x0a, 0x74, 0x63);
pub const GOOD_PALE: Color32 = Color32::from_rgb(0xe0, 0xf4, 0xef);
/// Mind this.
pub const WARN: Color32 = Color32::from_rgb(0x9a, 0x5b, 0x00);
/// The same over pictures, where it has to shine.
pub const AMBER: Color32 = Color32::from_rgb(0xd9, 0x82, 0x00);
pub const WARN_PALE: Color32 = Color32::from_rgb(0xfd, 0xf1, 0xdc);
/// Wrong, stopped.
pub const BAD: Color32 = Color32::from_rgb(0xae, 0x32, 0x28);
/// Guides over the live picture: waiting, and right.
pub const GUIDE: Color32 = Color32::from_rgb(0xff, 0xff, 0xff);
pub const GUIDE_RIGHT: Color32 = Color32::from_rgb(0x3d, 0xe0, 0xc0);
/// Around guides, so that they stand out on a light backdrop too.
pub const CASING: Color32 = Color32::from_rgba_premultiplied(10, 20, 36, 225);
/// The live picture outside the crop, and behind words laid over pictures.
pub const DIM: Color32 = Color32::from_rgba_premultiplied(6, 13, 24, 150);
pub const DIM_STRONG: Color32 = Color32::from_rgba_premultiplied(10, 20, 36, 215);
/// The place of a picture that is not there yet.
pub const EMPTY: Color32 = Color32::from_rgb(0x2a, 0x38, 0x4c);
/// The figures of the requirement drawings.
pub const SKIN: Color32 = Color32::from_rgb(0xf3, 0xd6, 0xbf);
pub const HAIR: Color32 = Color32::from_rgb(0x2f, 0x35, 0x40);
pub const BACKDROP: Color32 = Color32::from_rgb(0xcf, 0xe6, 0xfa);
/// QR modules: as dark and as light as the screen allows.
pub const QR_DARK: Color32 = Color32::BLACK;
pub const QR_LIGHT: Color32 = Color32::WHITE;

/// Corner radii, in units of a 1080-wide screen.
pub const ROUND_CARD: f32 = 28.0;
pub const ROUND_BUTTON: f32 = 24.0;

const REGULAR: &str = "regular";
const BOLD: &str = "bold";
/// Index of the face in `NotoSansCJK-*.ttc` with the glyph shapes of mainland China.
const SIMPLIFIED_CHINESE: u32 = 2;

/// Sizes of type. Points on a 1080-wide screen; [`super::sheet::Sheet`] scales them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Type {
    /// The attract screen's title, or a short code to read out.
    Display,
    /// What a screen asks for.
    Title,
    /// Buttons and card titles.
    Heading,
    Body,
    Small,
    /// For staff only: smaller than anything students have to read.
    Fine,
}

impl Type {
    pub const fn size(self) -> f32 {
        match self {
            Self::Display => 84.0,
            Self::Title => 58.0,
            Self::Heading => 40.0,
            Self::Body => 34.0,
            Self::Small => 28.0,
            Self::Fine => 24.0,
        }
    }

    pub fn font(self, unit: f32) -> FontId {
        let family = match self {
            Self::Display | Self::Title | Self::Heading => FontFamily::Name(BOLD.into()),
            Self::Body | Self::Small | Self::Fine => FontFamily::Proportional,
        };
        FontId::new(self.size() * unit, family)
    }
}

/// The two weights of the typeface: bytes of `NotoSansCJK-Regular.ttc` and, for headings,
/// `-Bold.ttc`.
#[derive(Clone)]
pub struct Fonts {
    pub regular: Arc<Vec<u8>>,
    /// Without it headings are set in the regular weight.
    pub bold: Option<Arc<Vec<u8>>>,
}

/// Sets fonts, colours and touch behaviour, once, before the first picture.
pub fn install(ctx: &egui::Context, fonts: Fonts) {
    ctx.set_fonts(definitions(fonts));
    ctx.set_theme(egui::Theme::Light);
    ctx.all_styles_mut(|style| {
        style.visuals = visuals();
        style.interaction.selectable_labels = false;
        style.interaction.interact_radius = 0.0;
        style.spacing.item_spacing = vec2(0.0, 0.0);
        style.animation_time = 0.12;
    });
}

/// Registers the fonts with egui's text layout, for the screens and for drawings without one.
pub fn definitions(fonts: Fonts) -> FontDefinitions {
    let mut definitions = FontDefinitions::empty();
    let mut add = |name: &str, bytes: Arc<Vec<u8>>| {
        let data = FontData::from_blob(bytes, SIMPLIFIED_CHINESE);
        definitions
            .font_data
            .insert(name.to_owned(), Arc::new(data));
    };
    add(REGULAR, fonts.regular);
    let heading = fonts.bold.map_or(REGULAR, |bold| {
        add(BOLD, bold);
        BOLD
    });
    for (family, font) in [
        (FontFamily::Proportional, REGULAR),
        (FontFamily::Monospace, REGULAR),
        (FontFamily::Name(BOLD.into()), heading),
    ] {
        definitions.families.insert(family, vec![font.to_owned()]);
    }
    definitions
}

fn visuals() -> Visuals {
    Visuals {
        override_text_color: Some(INK),
        panel_fill: PAPER,
        window_fill: CARD,
        extreme_bg_color: CARD,
        selection: egui::style::Selection {
            bg_fill: BLUE_PALE,
            stroke: Stroke::new(1.0, BLUE),
        },
        ..Visuals::light()
    }
}

/// Returns the soft shadow under cards and primary buttons.
pub fn shadow(unit: f32) -> Shadow {
    Shadow {
        offset: [0, (6.0 * unit) as i8],
        blur: (28.0 * unit) as u8,
        spread: 0,
        color: Color32::from_rgba_premultiplied(2, 6, 12, 24),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// WCAG 2.2: relative luminance of an opaque colour.
    fn luminance(color: Color32) -> f32 {
        let linear = |channel: u8| {
            let c = f32::from(channel) / 255.0;
            if c <= 0.040_45 {
                c / 12.92
            } else {
                ((c + 0.055) / 1.055).powf(2.4)
            }
        };
        0.2126 * linear(color.r()) + 0.7152 * linear(color.g()) + 0.0722 * linear(color.b())
    }

    fn contrast(one: Color32, other: Color32) -> f32 {
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    #[test]
    fn text_is_read_on_whatever_it_stands() {
        let pairs = [
            (INK, PAPER),
            (INK, CARD),
            (INK, BLUE_PALE),
            (INK, GOOD_PALE),
            (INK, WARN_PALE),
            (INK_SOFT, PAPER),
            (INK_SOFT, CARD),
            (INK_FAINT, PAPER),
            (INK_FAINT, CARD),
            (BLUE, PAPER),
            (BLUE, CARD),
            (BLUE, BLUE_PALE),
            (GOOD, CARD),
            (GOOD, GOOD_PALE),
            (WARN, CARD),
            (WARN, WARN_PALE),
            (BAD, CARD),
            (BAD, PAPER),
            (ON_BLUE, BLUE),
            (ON_BLUE, BLUE_DEEP),
        ];
        for (ink, ground) in pairs {
            let ratio = contrast(ink, ground);
            assert!(ratio >= 4.5, "{ink:?} on {ground:?}: {ratio:.2}");
        }
    }

    /// WCAG 2.2, criterion 1.4.11: what shows where a key or a field is, and a guide beside its casing.
    #[test]
    fn edges_and_guides_stand_out() {
        let pairs = [
            (EDGE, CARD),
            (EDGE, PAPER),
            (BLUE, CARD),
            (GUIDE, CASING),
            (GUIDE_RIGHT, CASING),
            (CASING, BACKDROP),
            (CASING, SKIN),
        ];
        for (edge, ground) in pairs {
            let ratio = contrast(edge, ground);
            assert!(ratio >= 3.0, "{edge:?} on {ground:?}: {ratio:.2}");
        }
    }
}
