//! Repeatable chance: the same seed throws the same numbers, today and next year (splitmix64).

pub struct Dice(u64);

impl Dice {
    pub const fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x2545_f491_4f6c_dd1d))
    }

    pub const fn throw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// Even in `low..high`.
    pub fn between(&mut self, low: f32, high: f32) -> f32 {
        low + (high - low) * ((self.throw() >> 40) as f32 / 16_777_216.0)
    }

    /// Even in `-most..most`.
    pub fn around(&mut self, most: f32) -> f32 {
        self.between(-most, most)
    }

    /// Below `n`, which is at least 1.
    pub const fn below(&mut self, n: u64) -> u64 {
        self.throw() % n
    }

    /// Normal with deviation 1, from one throw: its four 16-bit parts summed.
    pub const fn normal(&mut self) -> f32 {
        let parts = self.throw();
        let sum =
            (parts & 0xffff) + (parts >> 16 & 0xffff) + (parts >> 32 & 0xffff) + (parts >> 48);
        (sum as f32 / 65_535.0 - 2.0) * 1.732
    }
}
