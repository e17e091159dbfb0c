//! What is beside the picture of an overlay: the verdict, and each failed check by its number.

use image::Rgb;

use super::{
    canvas::{Canvas, Colour},
    report::{File, Report, Row, Standing, name},
    table,
};
use crate::{
    checks::words::short,
    geometry::Point,
    lang::{Lang, Text},
    ui::{
        lettering::{Lettering, Words},
        theme::{self, Type},
    },
};

/// Width, in px.
pub const WIDTH: f32 = 620.0;
/// Radius of a number's disc, in px.
pub const DISC: f32 = 15.0;

const INDENT: f32 = DISC * 2.0 + 14.0;
const OTHERS: Text = Text::new("其余 {} 项合格", "{} other checks are right");
const ALL: Text = Text::new("全部 {} 项合格", "All {} checks are right");
const LIMIT: Text = Text::new("要求", "limit");

/// Failed checks with the same sentence, under one number.
pub struct Fault<'r> {
    /// From 1.
    pub number: usize,
    pub rows: Vec<&'r Row>,
}

impl<'r> Fault<'r> {
    /// Returns the refusing checks first, then the advisory ones.
    pub fn all(report: &'r Report) -> Vec<Self> {
        let mut faults: Vec<Self> = vec![];
        let refused = report.rows(Standing::Refused);
        for row in refused.chain(report.rows(Standing::Advice)) {
            let same =
                |fault: &&mut Self| fault.standing() == row.standing() && fault.text() == row.text;
            if let Some(fault) = faults.iter_mut().find(same) {
                fault.rows.push(row);
            } else {
                let (number, rows) = (faults.len() + 1, vec![row]);
                faults.push(Self { number, rows });
            }
        }
        faults
    }

    pub fn standing(&self) -> Standing {
        self.rows
            .first()
            .map_or(Standing::Right, |row| row.standing())
    }

    fn text(&self) -> &'static str {
        self.rows.first().map_or("", |row| row.text)
    }

    /// Returns a line for each measured check, and one for all that were not measured.
    fn lines(&self, lang: Lang) -> Vec<String> {
        let (measured, not): (Vec<&Row>, Vec<&Row>) =
            self.rows.iter().partition(|row| row.value.is_some());
        let mut lines: Vec<String> = measured.into_iter().map(|row| numbers(row, lang)).collect();
        match not.as_slice() {
            [] => {}
            [one] => lines.push(numbers(one, lang)),
            several => lines.push(
                several
                    .iter()
                    .map(|row| name(row.id))
                    .collect::<Vec<_>>()
                    .join(", "),
            ),
        }
        lines
    }
}

/// Returns name, value and limit of a check.
fn numbers(row: &Row, lang: Lang) -> String {
    let value = row
        .value
        .map(|_| format!("{} {}", row.value_text(), row.unit_text()));
    let limit = format!("{} {}", LIMIT.get(lang), row.limit_text());
    let parts: Vec<String> = [Some(name(row.id)), value, Some(limit)]
        .into_iter()
        .flatten()
        .map(|part| part.trim_end().to_owned())
        .collect();
    parts.join("  ·  ")
}

pub fn colour(standing: Standing) -> Colour {
    rgb(match standing {
        Standing::Refused => theme::BAD,
        Standing::Advice => theme::AMBER,
        Standing::Right => theme::GOOD,
    })
}

pub fn rgb(colour: egui::Color32) -> Colour {
    Rgb([colour.r(), colour.g(), colour.b()])
}

/// Draws a number on a disc.
pub fn badge(
    canvas: &mut Canvas,
    lettering: &mut Lettering,
    at: Point,
    number: usize,
    fill: Colour,
) {
    let white = rgb(theme::ON_BLUE);
    canvas.disc(at, DISC + 2.0, white);
    canvas.disc(at, DISC, fill);
    let digits = lettering.words(Type::Fine, &number.to_string());
    let corner = Point::new(at.x - digits.width() / 2.0, at.y - digits.height() / 2.0);
    canvas.write(lettering, &digits, corner, white);
}

/// One piece of the legend: where it begins and what is drawn there.
struct Piece {
    words: Words,
    colour: Colour,
    /// In px from the left.
    indent: f32,
    /// In px below it.
    gap: f32,
    mark: Option<Mark>,
}

enum Mark {
    Number(usize, Standing),
    Tick,
}

/// A laid-out legend.
pub struct Legend {
    pieces: Vec<Piece>,
}

impl Legend {
    pub fn new(
        report: &Report,
        faults: &[Fault<'_>],
        lettering: &mut Lettering,
        lang: Lang,
    ) -> Self {
        let mut legend = Self { pieces: vec![] };
        let verdict = table::verdict(report, lang);
        let standing = table::standing(report);
        legend.add(lettering, Type::Heading, &verdict, colour(standing), 6.0);
        if let Some(file) = &report.file {
            let facts = facts(file);
            legend.add(lettering, Type::Fine, &facts, rgb(theme::INK_SOFT), 26.0);
        }
        for fault in faults {
            legend.fault(lettering, fault, lang);
        }
        let right = report.rows(Standing::Right).count();
        if right > 0 {
            let words = if faults.is_empty() { ALL } else { OTHERS };
            let words = words.get(lang).replacen("{}", &right.to_string(), 1);
            legend.add(lettering, Type::Small, &words, rgb(theme::INK_SOFT), 0.0);
            legend.mark(Mark::Tick);
        }
        legend
    }

    fn fault(&mut self, lettering: &mut Lettering, fault: &Fault<'_>, lang: Lang) {
        self.add(lettering, Type::Small, fault.text(), rgb(theme::INK), 2.0);
        self.mark(Mark::Number(fault.number, fault.standing()));
        for line in fault.lines(lang) {
            self.add(lettering, Type::Fine, &line, rgb(theme::INK_SOFT), 2.0);
            self.last(|piece| piece.indent = INDENT);
        }
        self.last(|piece| piece.gap = 20.0);
    }

    fn add(&mut self, lettering: &mut Lettering, kind: Type, text: &str, colour: Colour, gap: f32) {
        self.pieces.push(Piece {
            words: lettering.wrapped(kind, text, WIDTH - INDENT),
            colour,
            indent: 0.0,
            gap,
            mark: None,
        });
    }

    /// Puts a mark before the last piece.
    fn mark(&mut self, mark: Mark) {
        self.last(|piece| {
            piece.mark = Some(mark);
            piece.indent = INDENT;
        });
    }

    fn last(&mut self, change: impl FnOnce(&mut Piece)) {
        if let Some(piece) = self.pieces.last_mut() {
            change(piece);
        }
    }

    /// Returns its height in px.
    pub fn height(&self) -> f32 {
        let heights = self
            .pieces
            .iter()
            .map(|piece| piece.words.height() + piece.gap);
        heights.sum()
    }

    pub fn draw(&self, canvas: &mut Canvas, lettering: &mut Lettering, at: Point) {
        let mut y = at.y;
        for piece in &self.pieces {
            let place = Point::new(at.x + piece.indent, y);
            canvas.write(lettering, &piece.words, place, piece.colour);
            let first_line = lettering.words(Type::Small, "1").height();
            let disc = Point::new(at.x + DISC, y + first_line / 2.0);
            match piece.mark {
                Some(Mark::Number(number, standing)) => {
                    badge(canvas, lettering, disc, number, colour(standing));
                }
                Some(Mark::Tick) => tick(canvas, disc),
                None => {}
            }
            y += piece.words.height() + piece.gap;
        }
    }
}

fn tick(canvas: &mut Canvas, at: Point) {
    let pen = super::canvas::Pen::new(4.0, colour(Standing::Right));
    let corner = Point::new(at.x - 3.0, at.y + 7.0);
    canvas.line(Point::new(at.x - 9.0, at.y + 1.0), corner, pen);
    canvas.line(corner, Point::new(at.x + 10.0, at.y - 8.0), pen);
}

/// Returns the file's numbers on one line.
fn facts(file: &File) -> String {
    let mut facts = vec![
        format!("{}×{} px", file.width, file.height),
        format!("{} KB", short(file.bytes as f32 / 1024.0)),
    ];
    facts.extend(file.quality.map(|quality| format!("q {quality}")));
    facts.extend(file.dpi.map(|dpi| format!("{dpi} dpi")));
    facts.join("  ·  ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{cli::table::tests::report, profile::CheckId};

    #[test]
    fn checks_that_say_the_same_share_a_number() {
        let mut report = report(&[
            (CheckId::Crown, Standing::Refused),
            (CheckId::Shine, Standing::Advice),
            (CheckId::EyeLine, Standing::Refused),
            (CheckId::Dpi, Standing::Refused),
            (CheckId::Size, Standing::Right),
        ]);
        for (row, text) in report.checks.iter_mut().zip(["head", "dab", "head", "dpi"]) {
            row.text = text;
            row.value = row.value.filter(|_| text != "head");
        }
        let faults = Fault::all(&report);
        let ids: Vec<Vec<CheckId>> = faults
            .iter()
            .map(|fault| fault.rows.iter().map(|row| row.id).collect())
            .collect();
        assert_eq!(
            ids,
            [
                vec![CheckId::Crown, CheckId::EyeLine],
                vec![CheckId::Dpi],
                vec![CheckId::Shine]
            ]
        );
        assert_eq!(faults[0].lines(Lang::En), ["crown, eye_line"]);
        assert!(faults[1].lines(Lang::Zh)[0].contains("要求 ≤ 100"));
    }
}
