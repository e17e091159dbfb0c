//! Summarises many values in a few numbers.

/// Returns the value below which this share of the values lies.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_one_of_the_values() {
        let values: Vec<f32> = (1..=100_u8).rev().map(f32::from).collect();
        let seen = [0.05, 0.5, 0.95, 1.0].map(|share| percentile(&values, share));
        assert_eq!(seen, [5.0, 50.0, 95.0, 100.0]);
        assert_eq!(percentile(&[7.0], 0.05), 7.0);
        assert!(percentile(&[], 0.5).is_nan());
    }

    #[test]
    fn a_share_of_nothing_is_nothing() {
        assert_eq!(
            (percent(1, 8), percent(0, 0)),
            ("12.5 %".into(), "0.0 %".into())
        );
    }
}
