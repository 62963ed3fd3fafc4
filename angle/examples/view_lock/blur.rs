//! Gaussian blur of pictures of several channels, both ways.

/// `wide`: the deviation, in pixels. What lies beyond the border looks like the border.
pub(crate) fn blurred(values: &[f32], width: usize, channels: usize, wide: f64) -> Vec<f32> {
    if values.is_empty() {
        return Vec::new();
    }
    let reach = (3.0 * wide).ceil() as usize;
    let weight = |at: usize| (-((at as f64 - reach as f64) / wide).powi(2) / 2.0).exp();
    let sum: f64 = (0..=2 * reach).map(weight).sum();
    let weights: Vec<f32> = (0..=2 * reach).map(|at| (weight(at) / sum) as f32).collect();
    let (row, height) = (width * channels, values.len() / (width * channels));

    let mut rows = vec![0.0_f32; values.len()];
    let mut wider = vec![0.0_f32; row + 2 * reach * channels];
    for (line, blurred) in values.chunks_exact(row).zip(rows.chunks_exact_mut(row)) {
        wider[reach * channels..][..row].copy_from_slice(line);
        for at in 0..reach * channels {
            wider[at] = line[at % channels];
            wider[reach * channels + row + at] = line[row - channels + at % channels];
        }
        for (at, weight) in weights.iter().enumerate() {
            let shifted = &wider[at * channels..][..row];
            blurred.iter_mut().zip(shifted).for_each(|(sum, value)| *sum += weight * value);
        }
    }
    let mut all = vec![0.0_f32; values.len()];
    for (y, blurred) in all.chunks_exact_mut(row).enumerate() {
        for (at, weight) in weights.iter().enumerate() {
            let from = (y + at).saturating_sub(reach).min(height - 1);
            let line = &rows[from * row..][..row];
            blurred.iter_mut().zip(line).for_each(|(sum, value)| *sum += weight * value);
        }
    }
    all
}
