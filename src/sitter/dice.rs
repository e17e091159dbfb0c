//! Repeatable random numbers: the same seed gives the same numbers, today and next year
//! (splitmix64).

#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub fn throw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Returns a number evenly distributed in 0..1.
    pub fn share(&mut self) -> f32 {
        (self.throw() >> 40) as f32 / 16_777_216.0
    }

    /// Returns a number evenly distributed in `low..high`.
    pub fn between(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * self.share()
    }

    /// Returns a number around 0, mostly within -1..1: a sum of three even ones.
    pub fn spread(&mut self) -> f32 {
        (self.share() + self.share() + self.share() - 1.5) / 1.5
    }

    /// Returns a number evenly distributed in `0..end`.
    pub fn below(&mut self, end: u64) -> u64 {
        self.throw() % end.max(1)
    }

    /// Returns true once in `n` calls.
    pub fn one_in(&mut self, n: u64) -> bool {
        self.throw().is_multiple_of(n.max(1))
    }

    pub fn pick<T: Copy, const N: usize>(&mut self, from: &[T; N]) -> Option<T> {
        let index = self.below(N as u64);
        from.get(index as usize).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_names_a_sequence() {
        let (mut a, mut b) = (Dice::new(7), Dice::new(7));
        for _ in 0..5 {
            assert_eq!(a.throw(), b.throw());
        }
        assert_ne!(Dice::new(7).throw(), Dice::new(8).throw());
    }
}
