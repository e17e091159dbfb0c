//! Is all of a picture there? Counts the blocks of a baseline scan by their Huffman codes, without
//! decoding them to pixels.
//!
//! A frame that lost a part on the bus still ends with EOI, and decoders silently fill the missing
//! part with grey.

use super::markers::{DHT, DRI, SOS, Segment, Segments};

/// Returns whether the scan holds exactly the blocks of its frame. `None` where this is
/// undecidable: progressive or several scans.
pub fn is_complete(jpeg: &[u8]) -> Option<bool> {
    let mut plan = Plan::default();
    let mut scan = None;
    for segment in Segments::of(jpeg)? {
        match segment.marker {
            SOS if scan.is_none() => scan = Some(segment),
            SOS => return None,
            DHT => plan.note_tables(segment.body)?,
            DRI => plan.restart_each = u32::from(u16::from_be_bytes(*segment.body.first_chunk()?)),
            0xc0 | 0xc1 => plan.note_frame(segment.body)?,
            _ if segment.is_frame() => return None,
            _ => {}
        }
    }
    let scan = scan?;
    let blocks = plan.blocks_of_unit(&scan)?;
    Some(walk(scan.coded, &plan, &blocks).is_some())
}

/// What the headers say about the scan.
#[derive(Default)]
struct Plan {
    width: u32,
    height: u32,
    /// (id, horizontal, vertical sampling)
    components: Vec<(u8, u32, u32)>,
    /// DC tables 0..4, then AC tables 0..4.
    tables: [Option<Box<Table>>; 8],
    restart_each: u32,
}

/// The DC and AC table of one block.
type Block<'a> = (&'a Table, &'a Table);

impl Plan {
    fn note_frame(&mut self, body: &[u8]) -> Option<()> {
        let (&[_, h0, h1, w0, w1, count], rest) = body.split_first_chunk::<6>()?;
        self.width = u32::from(u16::from_be_bytes([w0, w1]));
        self.height = u32::from(u16::from_be_bytes([h0, h1]));
        let parts = rest.chunks_exact(3).take(usize::from(count));
        self.components = parts
            .filter_map(|part| match part {
                [id, sampling, _] => {
                    Some((*id, u32::from(sampling >> 4), u32::from(sampling & 15)))
                }
                _ => None,
            })
            .collect();
        let sane = |&(_, h, v): &(u8, u32, u32)| (1..=4).contains(&h) && (1..=4).contains(&v);
        (self.components.len() == usize::from(count) && self.components.iter().all(sane))
            .then_some(())
    }

    fn note_tables(&mut self, mut body: &[u8]) -> Option<()> {
        while let Some((&[place, ref counts @ ..], rest)) = body.split_first_chunk::<17>() {
            let count: usize = counts.iter().map(|&n| usize::from(n)).sum();
            let (values, rest) = rest.split_at_checked(count)?;
            let slot = usize::from(place >> 4) * 4 + usize::from(place & 15);
            *self.tables.get_mut(slot)? = Some(Box::new(Table::new(counts, values)?));
            body = rest;
        }
        Some(())
    }

    /// Returns the blocks of one coding unit in their order.
    fn blocks_of_unit(&self, scan: &Segment<'_>) -> Option<Vec<Block<'_>>> {
        let (&count, rest) = scan.body.split_first()?;
        if usize::from(count) != self.components.len() {
            return None;
        }
        let mut blocks = Vec::new();
        for (&(id, h, v), selector) in self.components.iter().zip(rest.chunks_exact(2)) {
            let &[selected, tables] = selector.first_chunk::<2>()?;
            if selected != id {
                return None;
            }
            let dc = self.tables.get(usize::from(tables >> 4))?.as_deref()?;
            let ac = self.tables.get(4 + usize::from(tables & 15))?.as_deref()?;
            // A scan of one component has no sampling to interleave.
            let repeats = if count == 1 { 1 } else { h * v };
            blocks.extend((0..repeats).map(|_| (dc, ac)));
        }
        Some(blocks)
    }

    fn units(&self) -> u32 {
        let most =
            |of: fn(&(u8, u32, u32)) -> u32| self.components.iter().map(of).max().unwrap_or(1);
        let (h, v) = if self.components.len() == 1 {
            (1, 1)
        } else {
            (most(|c| c.1), most(|c| c.2))
        };
        self.width.div_ceil(8 * h) * self.height.div_ceil(8 * v)
    }
}

/// Reads every block; `None` where the data ends early, goes on too long or is invalid.
fn walk(coded: &[u8], plan: &Plan, blocks: &[Block<'_>]) -> Option<()> {
    let mut bits = Bits::new(coded);
    for unit in 0..plan.units() {
        if plan.restart_each > 0 && unit > 0 && unit.is_multiple_of(plan.restart_each) {
            bits.restart(unit / plan.restart_each - 1)?;
        }
        for (dc, ac) in blocks {
            skip_block(&mut bits, dc, ac)?;
        }
    }
    bits.nothing_more().then_some(())
}

fn skip_block(bits: &mut Bits<'_>, dc: &Table, ac: &Table) -> Option<()> {
    let size = dc.read(bits)?;
    bits.skip(u32::from(size))?;
    let mut at = 1;
    while at < 64 {
        let code = ac.read(bits)?;
        let (run, size) = (code >> 4, code & 15);
        match (run, size) {
            (15, 0) => at += 16,
            (_, 0) => return Some(()),
            _ => {
                at += run + 1;
                bits.skip(u32::from(size))?;
            }
        }
    }
    (at == 64).then_some(())
}

/// One Huffman table: codes of up to nine bits by look-up, longer ones by length.
struct Table {
    /// Length in the high byte, value in the low one; 0 for a longer code.
    short: [u16; 1 << SHORT],
    /// For each length: one more than its last code, and what to add to a code to get its index
    /// among the values.
    lengths: [(u32, i32); 17],
    values: Vec<u8>,
}

const SHORT: u32 = 9;

impl Table {
    fn new(counts: &[u8; 16], values: &[u8]) -> Option<Self> {
        let mut table = Self {
            short: [0; 1 << SHORT],
            lengths: [(0, 0); 17],
            values: values.to_vec(),
        };
        let (mut code, mut place) = (0_u32, 0_i32);
        for ((length, count), slot) in (1_u32..).zip(counts).zip(table.lengths.iter_mut().skip(1)) {
            let first = code;
            *slot = (first + u32::from(*count), place - first as i32);
            for _ in 0..*count {
                if code >> length != 0 {
                    return None;
                }
                if length <= SHORT {
                    let value = values.get(place as usize)?;
                    let start = (code << (SHORT - length)) as usize;
                    let same = table
                        .short
                        .get_mut(start..start + (1 << (SHORT - length)))?;
                    same.fill((length as u16) << 8 | u16::from(*value));
                }
                code += 1;
                place += 1;
            }
            code <<= 1;
        }
        Some(table)
    }

    fn read(&self, bits: &mut Bits<'_>) -> Option<u8> {
        let ahead = bits.peek16();
        let short = *self.short.get((ahead >> (16 - SHORT)) as usize)?;
        if short != 0 {
            bits.skip(u32::from(short >> 8))?;
            return Some(short as u8);
        }
        for length in SHORT + 1..=16 {
            let code = ahead >> (16 - length);
            let (end, shift) = *self.lengths.get(length as usize)?;
            if code < end {
                bits.skip(length)?;
                let place = usize::try_from(code as i32 + shift).ok()?;
                return self.values.get(place).copied();
            }
        }
        None
    }
}

/// The bits of entropy-coded data, without stuffed bytes, up to the next marker.
struct Bits<'a> {
    coded: &'a [u8],
    at: usize,
    held: u64,
    count: u32,
}

impl<'a> Bits<'a> {
    const fn new(coded: &'a [u8]) -> Self {
        Self {
            coded,
            at: 0,
            held: 0,
            count: 0,
        }
    }

    /// Returns the next 16 bits, with zeros beyond the end.
    fn peek16(&mut self) -> u32 {
        self.fill();
        let window = if self.count >= 16 {
            self.held >> (self.count - 16)
        } else {
            self.held << (16 - self.count)
        };
        (window & 0xffff) as u32
    }

    fn skip(&mut self, count: u32) -> Option<()> {
        if self.count < count {
            self.fill();
        }
        self.count = self.count.checked_sub(count)?;
        self.held &= (1 << self.count) - 1;
        Some(())
    }

    fn fill(&mut self) {
        while self.count <= 48 {
            let Some(&byte) = self.coded.get(self.at) else {
                return;
            };
            if byte == 0xff {
                if self.coded.get(self.at + 1) != Some(&0) {
                    return;
                }
                self.at += 1;
            }
            self.at += 1;
            self.held = self.held << 8 | u64::from(byte);
            self.count += 8;
        }
    }

    /// Skips restart marker `number`, which must come now.
    fn restart(&mut self, number: u32) -> Option<()> {
        self.fill();
        if self.count >= 8 {
            return None;
        }
        (self.held, self.count) = (0, 0);
        while self.coded.get(self.at..self.at + 2) == Some(&[0xff, 0xff]) {
            self.at += 1;
        }
        let expected = 0xd0 + (number % 8) as u8;
        let found = self.coded.get(self.at..self.at + 2)?;
        self.at += 2;
        (found == [0xff, expected]).then_some(())
    }

    /// Returns whether only padding follows: some cameras fill up with zeros or ones before EOI.
    /// Anything else is the rest of another picture.
    fn nothing_more(&self) -> bool {
        const SLACK: usize = 4;
        let rest = self.coded.get(self.at..).unwrap_or_default();
        let held = (self.count / 8) as usize;
        held + rest.len() <= SLACK || rest.iter().all(|&byte| matches!(byte, 0 | 0xff))
    }
}
