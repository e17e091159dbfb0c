//! A slot in which the newest value replaces the last: pictures are overwritten, facts are queued.

use std::{
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// One value, its version, and a signal when it changes. There may be many writers and readers, and
/// nobody waits for a reader.
#[derive(Debug)]
pub struct Latest<T> {
    slot: Mutex<Slot<T>>,
    changed: Condvar,
}

#[derive(Debug)]
struct Slot<T> {
    value: Option<Arc<T>>,
    version: u64,
}

impl<T> Default for Latest<T> {
    fn default() -> Self {
        Self {
            slot: Mutex::new(Slot {
                value: None,
                version: 0,
            }),
            changed: Condvar::new(),
        }
    }
}

impl<T> Latest<T> {
    pub fn put(&self, value: T) {
        self.put_shared(Arc::new(value));
    }

    pub fn put_shared(&self, value: Arc<T>) {
        let mut slot = self.lock();
        slot.value = Some(value);
        slot.version += 1;
        drop(slot);
        self.changed.notify_all();
    }

    /// Forgets the value, so that nothing of a previous visit can still be read.
    pub fn clear(&self) {
        self.lock().value = None;
    }

    pub fn newest(&self) -> Option<Arc<T>> {
        self.lock().value.clone()
    }

    /// Waits up to `patience` for a value newer than `seen` and remembers its version there.
    pub fn wait_newer(&self, seen: &mut u64, patience: Duration) -> Option<Arc<T>> {
        let slot = self.lock();
        let (slot, _) = self
            .changed
            .wait_timeout_while(slot, patience, |slot| {
                slot.version == *seen || slot.value.is_none()
            })
            .unwrap_or_else(PoisonError::into_inner);
        if slot.version == *seen {
            return None;
        }
        *seen = slot.version;
        slot.value.clone()
    }

    /// Locks the slot. It is consistent between any two statements, so a panic elsewhere does not
    /// spoil it.
    fn lock(&self) -> MutexGuard<'_, Slot<T>> {
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_reader_gets_only_the_newest() {
        let slot = Latest::default();
        slot.put(1);
        slot.put(2);
        let mut seen = 0;
        assert_eq!(
            slot.wait_newer(&mut seen, Duration::ZERO).as_deref(),
            Some(&2)
        );
        assert_eq!(slot.wait_newer(&mut seen, Duration::ZERO), None);
    }

    #[test]
    fn a_cleared_slot_gives_nothing() {
        let slot = Latest::default();
        slot.put(1);
        slot.clear();
        assert_eq!(slot.newest(), None);
        assert_eq!(slot.wait_newer(&mut 0, Duration::ZERO), None);
    }
}
