//! Numbers as Markdown.

/// The value below which this share of the values lies.
pub fn percentile(values: &[f32], share: f32) -> f32 {
    let mut values = values.to_vec();
    values.sort_by(f32::total_cmp);
    let at = (values.len() as f32 * share).ceil() as usize;
    values
        .get(at.saturating_sub(1).min(values.len().saturating_sub(1)))
        .copied()
        .unwrap_or(f32::NAN)
}

pub fn percent(part: usize, whole: usize) -> String {
    format!("{:.1} %", 100.0 * part as f32 / whole.max(1) as f32)
}
