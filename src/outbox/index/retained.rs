//! The index's rows about files that are kept although they were delivered.

use rusqlite::params;

use super::{Index, IndexError, execute, id_from_row, notes};
use crate::{
    outbox::{notes::NoteName, parcels::ParcelName},
    time::Wall,
};

/// Something delivered whose file is still here, and since when it is delivered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kept<N> {
    pub name: N,
    pub delivered_at: Wall,
}

impl Index {
    /// Returns for how many seconds deliveries are kept.
    pub fn retention_s(&self) -> Result<u64, IndexError> {
        let sql = include_str!("../sql/retention.sql");
        let seconds: i64 = self.0.query_row(sql, [], |row| row.get(0))?;
        Ok(seconds.unsigned_abs())
    }

    pub fn set_retention_s(&mut self, seconds: u64) -> Result<(), IndexError> {
        self.write(|tx| {
            let sql = include_str!("../sql/set_retention.sql");
            execute(tx, sql, [seconds as i64])?;
            Ok(())
        })
    }

    /// Up to `limit` parcels that are kept, those delivered longest ago first.
    pub fn retained_parcels(&self, limit: u32) -> Result<Vec<Kept<ParcelName>>, IndexError> {
        let sql = include_str!("../sql/retained_parcels.sql");
        let mut query = self.0.prepare_cached(sql)?;
        let kept = query.query_map([limit], |row| {
            Ok(Kept {
                name: ParcelName {
                    id: id_from_row(row, 0)?,
                    seq: row.get::<_, i64>(1)? as u64,
                },
                delivered_at: Wall::from_unix_ms(row.get(2)?),
            })
        })?;
        Ok(kept.collect::<Result<_, _>>()?)
    }

    /// The same of notes.
    pub fn retained_notes(&self, limit: u32) -> Result<Vec<Kept<NoteName>>, IndexError> {
        let sql = include_str!("../sql/retained_notes.sql");
        let mut query = self.0.prepare_cached(sql)?;
        let kept = query.query_map([limit], |row| {
            Ok(Kept {
                name: notes::name_from_row(row)?,
                delivered_at: Wall::from_unix_ms(row.get(3)?),
            })
        })?;
        Ok(kept.collect::<Result<_, _>>()?)
    }

    /// Records that these files are not kept any more.
    pub fn release(
        &mut self,
        parcels: &[ParcelName],
        notes: &[NoteName],
    ) -> Result<(), IndexError> {
        let of_parcel = include_str!("../sql/release_parcel.sql");
        let of_note = include_str!("../sql/release_note.sql");
        self.change_each((parcels, of_parcel), (notes, of_note))
    }

    /// Queues again what was delivered, and forgets its receipts.
    pub fn queue_again(
        &mut self,
        parcels: &[ParcelName],
        notes: &[NoteName],
    ) -> Result<(), IndexError> {
        let of_parcel = include_str!("../sql/queue_parcel_again.sql");
        let of_note = include_str!("../sql/queue_note_again.sql");
        self.change_each((parcels, of_parcel), (notes, of_note))
    }

    /// Runs a statement for each parcel and one for each note, in one transaction.
    fn change_each(
        &mut self,
        (parcels, of_parcel): (&[ParcelName], &str),
        (notes, of_note): (&[NoteName], &str),
    ) -> Result<(), IndexError> {
        self.write(|tx| {
            for name in parcels {
                execute(tx, of_parcel, [name.id.to_string()])?;
            }
            for name in notes {
                execute(tx, of_note, params![name.id.to_string(), name.number])?;
            }
            Ok(())
        })
    }

    /// Adds the withdrawal of a capture that was delivered; its parcel is not kept any more.
    pub fn add_late_withdrawal(&mut self, name: NoteName, sha256: &str) -> Result<(), IndexError> {
        self.write(|tx| {
            notes::insert(tx, name, sha256)?;
            let sql = include_str!("../sql/release_parcel.sql");
            execute(tx, sql, [name.id.to_string()])?;
            Ok(())
        })
    }
}
