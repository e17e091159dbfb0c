//! Text in a terminal: a Chinese character is two columns wide.

/// Returns how many columns `text` takes.
pub fn width(text: &str) -> usize {
    text.chars().map(columns).sum()
}

/// Returns `text` followed by spaces, at least `to` columns wide.
pub fn pad(text: &str, to: usize) -> String {
    format!("{text}{}", " ".repeat(to.saturating_sub(width(text))))
}

/// Returns `text` preceded by spaces, at least `to` columns wide.
pub fn pad_left(text: &str, to: usize) -> String {
    format!("{}{text}", " ".repeat(to.saturating_sub(width(text))))
}

/// Returns `text`, shortened at its end where it takes more than `most` columns.
pub fn shorten(text: &str, most: usize) -> String {
    if width(text) <= most {
        return text.to_owned();
    }
    let mut taken = 1;
    let fitting = text.chars().take_while(|c| {
        taken += columns(*c);
        taken <= most
    });
    fitting.chain(['…']).collect()
}

/// Returns a file's name in a form safe for a terminal: one that holds control codes cannot steer
/// it.
pub fn harmless(name: &str) -> String {
    name.replace(char::is_control, "\u{fffd}")
}

/// Returns 2 for the wide and full-width characters of Unicode's annex 11, 0 for those that join
/// the previous one.
const fn columns(c: char) -> usize {
    match c {
        '\u{300}'..='\u{36f}' | '\u{200b}'..='\u{200f}' | '\u{fe00}'..='\u{fe0f}' => 0,
        '\u{1100}'..='\u{115f}'
        | '\u{2e80}'..='\u{303e}'
        | '\u{3041}'..='\u{a4cf}'
        | '\u{ac00}'..='\u{d7a3}'
        | '\u{f900}'..='\u{faff}'
        | '\u{fe30}'..='\u{fe6f}'
        | '\u{ff00}'..='\u{ff60}'
        | '\u{ffe0}'..='\u{ffe6}'
        | '\u{1f300}'..='\u{1f64f}'
        | '\u{1f900}'..='\u{1f9ff}'
        | '\u{20000}'..='\u{3fffd}' => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn chinese_takes_two_columns_a_character() {
        for (text, columns) in [
            ("", 0),
            ("eye_line", 8),
            ("眼睛高度", 8),
            ("不合格：2 项", 12),
            ("± 5 °", 5),
            ("ΔE 3–4", 6),
            ("e\u{301}", 1),
            ("𠮷", 2),
        ] {
            assert_eq!(width(text), columns, "{text}");
        }
    }

    #[test]
    fn padded_and_shortened_texts_end_in_the_same_column() {
        for text in ["a", "照片", "照片 1.jpg", "一张名字很长的毕业照片.jpg"] {
            let set = pad(&shorten(text, 11), 11);
            assert!((10..=11).contains(&width(&set)), "{set}");
            assert_eq!(width(&pad_left(text, 40)), 40, "{text}");
        }
        assert_eq!(shorten("照片照片照片", 7), "照片照…");
    }

    #[test]
    fn a_name_cannot_steer_the_terminal() {
        assert_eq!(harmless("a\u{1b}[2Jb\n"), "a\u{fffd}[2Jb\u{fffd}");
    }
}
