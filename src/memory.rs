//! Zeroes memory when it is given back: pictures, codes and names do not outlive a visit in it, nor
//! do the copies that libraries make. Memory held by C libraries (SQLite, the decoder of codes) is
//! not covered.

use std::alloc::System;

use zeroizing_alloc::ZeroAlloc;

#[global_allocator]
static WIPING: ZeroAlloc<System> = ZeroAlloc(System);

#[cfg(test)]
mod tests {
    use std::{fs::File, os::unix::fs::FileExt};

    /// The allocator keeps a few words of its own at the beginning of a free block.
    const ITS_OWN: u64 = 64;

    fn read_own_memory(address: u64, length: usize) -> Vec<u8> {
        let mut bytes = vec![0xff; length];
        let memory = File::open("/proc/self/mem").unwrap();
        memory.read_exact_at(&mut bytes, address).unwrap();
        bytes
    }

    /// Returns whether a piece of the picture is left. Its single bytes may be somebody else's by now.
    fn has_remains(memory: &[u8]) -> bool {
        memory.windows(16).any(|piece| piece == [0xa5; 16])
    }

    #[test]
    fn a_picture_that_was_dropped_is_gone_from_memory() {
        // Large enough for a block of its own, small enough that its memory stays with the program.
        let picture = vec![0xa5_u8; 40_000];
        let address = picture.as_ptr() as u64 + ITS_OWN;
        let length = picture.len() - ITS_OWN as usize;
        assert_eq!(read_own_memory(address, length), vec![0xa5; length]);
        drop(picture);
        assert!(!has_remains(&read_own_memory(address, length)));
    }

    #[test]
    fn a_list_that_grew_leaves_nothing_where_it_lay() {
        let mut list = vec![0xa5_u8; 40_000];
        let address = list.as_ptr() as u64 + ITS_OWN;
        let length = list.len() - ITS_OWN as usize;
        list.reserve_exact(1_000_000);
        assert_ne!(list.as_ptr() as u64 + ITS_OWN, address);
        assert!(!has_remains(&read_own_memory(address, length)));
    }
}
