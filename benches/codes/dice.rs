//! The sitter's repeatable random numbers, and more distributions of them.

use capture_station::sitter;

pub struct Dice(sitter::Dice);

impl Dice {
    pub const fn new(seed: u64) -> Self {
        Self(sitter::Dice::new(seed.wrapping_mul(0x2545_f491_4f6c_dd1d)))
    }

    pub fn throw(&mut self) -> u64 {
        self.0.throw()
    }

    /// Returns a number evenly distributed in `low..high`.
    pub fn between(&mut self, low: f32, high: f32) -> f32 {
        self.0.between(low, high)
    }

    /// Returns a number evenly distributed in `-most..most`.
    pub fn around(&mut self, most: f32) -> f32 {
        self.between(-most, most)
    }

    /// Returns a number below `n`, which is at least 1.
    pub fn below(&mut self, n: u64) -> u64 {
        self.throw() % n
    }

    /// Returns a normal number with deviation 1, from one draw: its four 16-bit parts summed.
    pub fn normal(&mut self) -> f32 {
        let parts = self.throw();
        let sum =
            (parts & 0xffff) + (parts >> 16 & 0xffff) + (parts >> 32 & 0xffff) + (parts >> 48);
        (sum as f32 / 65_535.0 - 2.0) * 1.732
    }
}
