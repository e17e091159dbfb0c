//! The guided filter (He, Sun, Tang 2010) with a colour guide: a rough map adopts the edges of a
//! picture.
#![expect(
    clippy::indexing_slicing,
    reason = "pixel kernel: every slice has the length of the picture"
)]

/// Fits `map` (any range, one value per pixel) to the edges of `guide` (red, green, blue,
/// 0.0..=1.0).
///
/// In each window of `2 * radius + 1` pixels the map becomes a linear function of the colour; `eps`
/// (squared colour, 1e-6 to 1e-2) says how small a colour difference counts as noise. Both pictures
/// are `columns` wide, row by row. Only the pixels that are `wanted` (by index) are right in the
/// result; the fit of windows that no such pixel lies in is left out. Cost: 18 box means, whatever
/// the radius. Returns the map unchanged if the sizes differ.
pub fn guided_filter(
    guide: &[[f32; 3]],
    map: &[f32],
    columns: usize,
    radius: usize,
    eps: f32,
    wanted: impl Fn(usize) -> bool,
) -> Vec<f32> {
    if columns == 0
        || guide.len() != map.len()
        || !map.len().is_multiple_of(columns)
        || map.is_empty()
    {
        return map.to_vec();
    }
    let mean = |values: Vec<f32>| box_mean(values, columns, radius);
    // Planes of one channel each, since only such loops become vector instructions.
    let planes: [Vec<f32>; 3] =
        std::array::from_fn(|c| guide.iter().map(|pixel| pixel[c]).collect());
    let product = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| a * b).collect::<Vec<_>>();
    let level = mean(map.to_vec());
    let with_map: [Vec<f32>; 3] = std::array::from_fn(|c| mean(product(&planes[c], map)));
    let products: [Vec<f32>; 6] = std::array::from_fn(|k| {
        let (a, b) = PAIRS[k];
        mean(product(&planes[a], &planes[b]))
    });
    let colour = planes.map(mean);
    let mut slopes: [Vec<f32>; 3] = std::array::from_fn(|_| vec![0.0; map.len()]);
    let mut offset = vec![0.0; map.len()];
    let wanted = (0..map.len()).map(|i| f32::from(u8::from(wanted(i))));
    let near = mean(wanted.collect());
    for i in (0..map.len()).filter(|i| near[*i] > 0.0) {
        let m: [f32; 3] = std::array::from_fn(|c| colour[c][i]);
        let covariance = std::array::from_fn(|c| with_map[c][i] - m[c] * level[i]);
        let variance = std::array::from_fn(|k| {
            let (a, b) = PAIRS[k];
            products[k][i] - m[a] * m[b] + if a == b { eps } else { 0.0 }
        });
        let slope = solve(variance, covariance);
        for c in 0..3 {
            slopes[c][i] = slope[c];
        }
        offset[i] = level[i] - slope[0] * m[0] - slope[1] * m[1] - slope[2] * m[2];
    }
    let [a0, a1, a2] = slopes.map(|s| box_mean(s, columns, radius));
    let offset = box_mean(offset, columns, radius);
    (0..map.len())
        .map(|i| a0[i] * guide[i][0] + a1[i] * guide[i][1] + a2[i] * guide[i][2] + offset[i])
        .collect()
}

/// The upper half of a symmetric matrix.
const PAIRS: [(usize, usize); 6] = [(0, 0), (0, 1), (0, 2), (1, 1), (1, 2), (2, 2)];

/// Solves `m x = v` for a symmetric positive definite `m`, given as in [`PAIRS`].
fn solve(m: [f32; 6], v: [f32; 3]) -> [f32; 3] {
    let [a, b, c, d, e, f] = m;
    let (i, j, k) = (d * f - e * e, c * e - b * f, b * e - c * d);
    let det = a * i + b * j + c * k;
    if det.abs() < 1e-20 {
        return [0.0; 3];
    }
    [
        (i * v[0] + j * v[1] + k * v[2]) / det,
        (j * v[0] + (a * f - c * c) * v[1] + (b * c - a * e) * v[2]) / det,
        (k * v[0] + (b * c - a * e) * v[1] + (a * d - b * b) * v[2]) / det,
    ]
}

/// Returns the mean over windows of `2 * radius + 1` pixels, cut off at the borders.
pub fn box_mean(mut values: Vec<f32>, columns: usize, radius: usize) -> Vec<f32> {
    let rows = values.len() / columns.max(1);
    let mut line = vec![0.0; columns];
    let shares: Vec<f32> = (0..columns)
        .map(|x| 1.0 / window(x, columns, radius))
        .collect();
    for row in values.chunks_exact_mut(columns.max(1)) {
        line.copy_from_slice(row);
        let mut sum: f32 = line[..radius.min(columns)].iter().sum();
        for x in 0..columns {
            if x + radius < columns {
                sum += line[x + radius];
            }
            if x > radius {
                sum -= line[x - radius - 1];
            }
            row[x] = sum * shares[x];
        }
    }
    let source = values.clone();
    let mut sums = vec![0.0; columns];
    for row in source.chunks_exact(columns.max(1)).take(radius) {
        add(&mut sums, row, 1.0);
    }
    for y in 0..rows {
        if y + radius < rows {
            add(&mut sums, &source[(y + radius) * columns..][..columns], 1.0);
        }
        if y > radius {
            add(
                &mut sums,
                &source[(y - radius - 1) * columns..][..columns],
                -1.0,
            );
        }
        let share = 1.0 / window(y, rows, radius);
        for (v, sum) in values[y * columns..][..columns].iter_mut().zip(&sums) {
            *v = sum * share;
        }
    }
    values
}

fn add(sums: &mut [f32], row: &[f32], sign: f32) {
    for (sum, v) in sums.iter_mut().zip(row) {
        *sum += sign * v;
    }
}

/// Returns how many of the window's places at `i` lie inside.
fn window(i: usize, length: usize, radius: usize) -> f32 {
    ((i + radius + 1).min(length) - i.saturating_sub(radius)) as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_box_mean_is_the_mean_of_what_is_inside() {
        let values: Vec<f32> = (0..35).map(|i| ((i * 37) % 11) as f32).collect();
        let fast = box_mean(values.clone(), 7, 2);
        for (i, fast) in fast.iter().enumerate() {
            let (x, y) = (i % 7, i / 7);
            let near = |j: &usize| (j % 7).abs_diff(x) <= 2 && (j / 7).abs_diff(y) <= 2;
            let window: Vec<f32> = (0..35).filter(near).map(|j| values[j]).collect();
            let mean = window.iter().sum::<f32>() / window.len() as f32;
            assert!((fast - mean).abs() < 1e-4, "{x} {y}");
        }
    }

    #[test]
    fn a_rough_edge_moves_to_the_edge_of_the_picture() {
        // The picture changes at column 20, the map a little too late and too softly.
        let (columns, rows) = (40, 30);
        let guide: Vec<[f32; 3]> = (0..columns * rows)
            .map(|i| {
                if i % columns < 20 {
                    [0.9; 3]
                } else {
                    [0.1, 0.1, 0.2]
                }
            })
            .collect();
        let map: Vec<f32> = (0..columns * rows)
            .map(|i| ((i % columns) as f32 - 19.0).clamp(0.0, 6.0) / 6.0)
            .collect();
        let fitted = guided_filter(&guide, &map, columns, 8, 1e-4, |_| true);
        let row = &fitted[15 * columns..][..columns];
        assert!(row[18] < 0.3 && row[21] > 0.5, "{row:?}");
        assert!(row[21] - row[18] > 0.4);
    }

    #[test]
    fn a_wanted_pixel_is_the_same_whatever_else_is_wanted() {
        let (columns, rows) = (40, 30);
        let guide: Vec<[f32; 3]> = (0..columns * rows)
            .map(|i| [0, 1, 2].map(|c| ((i * (7 + c)) % 23) as f32 / 23.0))
            .collect();
        let map: Vec<f32> = (0..columns * rows).map(|i| (i % 5) as f32 / 5.0).collect();
        let wanted = |i: usize| i % columns == 12 && i / columns > 20;
        let some = guided_filter(&guide, &map, columns, 4, 1e-3, wanted);
        let all = guided_filter(&guide, &map, columns, 4, 1e-3, |_| true);
        for i in (0..map.len()).filter(|i| wanted(*i)) {
            assert!((some[i] - all[i]).abs() < 1e-4, "{i}");
        }
    }

    #[test]
    fn sizes_that_disagree_change_nothing() {
        let all = |_| true;
        assert_eq!(guided_filter(&[], &[1.0], 1, 3, 1e-3, all), [1.0]);
        assert_eq!(guided_filter(&[[0.0; 3]], &[1.0], 1, 3, 1e-3, all).len(), 1);
        assert!(guided_filter(&[], &[], 0, 3, 1e-3, all).is_empty());
    }
}
