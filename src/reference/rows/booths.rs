//! Rows about booths: their heartbeats, the heads of their audit logs, and what is wrong with them.

use rusqlite::{OptionalExtension, params};

use super::Rows;
use crate::{
    capture::{AuditHead, CaptureId},
    contract::{Heartbeat, StationAlarm},
    reference::booths::Booth,
    time::Wall,
};

const ALARMS: [(StationAlarm, &str); 3] = [
    (StationAlarm::AuditAltered, "audit_altered"),
    (StationAlarm::SequenceForked, "sequence_forked"),
    (StationAlarm::CapturesMissing, "captures_missing"),
];

impl Rows {
    /// Returns every booth, the oldest first; without its alarms.
    pub fn booths(&self) -> rusqlite::Result<Vec<Booth>> {
        let mut query = self.0.prepare(include_str!("../sql/stations.sql"))?;
        query
            .query_map([], |row| {
                Ok(Booth {
                    station: row.get(0)?,
                    name: row.get(1)?,
                    enrolled_at: Wall::from_unix_ms(row.get(2)?),
                    seen_at: row.get::<_, Option<i64>>(3)?.map(Wall::from_unix_ms),
                    revoked_at: row.get::<_, Option<i64>>(4)?.map(Wall::from_unix_ms),
                    captures: row.get::<_, i64>(5)? as u64,
                    alarms: Vec::new(),
                })
            })?
            .collect()
    }

    /// Revokes a booth, or readmits it; `false` if it is not known.
    pub fn set_revoked(&self, station: &str, at: Option<Wall>) -> rusqlite::Result<bool> {
        let sql = include_str!("../sql/set_revoked.sql");
        let changed = self
            .0
            .execute(sql, params![station, at.map(Wall::unix_ms)])?;
        Ok(changed == 1)
    }

    /// Records that a booth reported; `heartbeat` is its report, as JSON.
    pub fn see_station(&self, station: &str, heartbeat: &str, at: Wall) -> rusqlite::Result<()> {
        let sql = include_str!("../sql/see_station.sql");
        self.0
            .execute(sql, params![station, at.unix_ms(), heartbeat])?;
        Ok(())
    }

    /// Records which start of its kiosk a booth reports from, and returns whether an earlier one
    /// came back: then both run. The differences between their two logs since then do not count as
    /// an altered log.
    pub fn hear_run(&mut self, station: &str, run: &str, at: Wall) -> rusqlite::Result<bool> {
        self.change(|db| {
            let sql = include_str!("../sql/station_run.sql");
            let heard: (Option<String>, Option<String>, Option<i64>) =
                db.query_row(sql, [station], |row| {
                    Ok((row.get(0)?, row.get(1)?, row.get(2)?))
                })?;
            let (last, before, since) = heard;
            if last.as_deref() == Some(run) {
                return Ok(false);
            }
            let is_copied = before.as_deref() == Some(run);
            if is_copied {
                let sql = include_str!("../sql/forget_alarm_since.sql");
                let kind = kind(StationAlarm::AuditAltered);
                db.execute(sql, params![station, kind, since])?;
            }
            let sql = include_str!("../sql/set_station_run.sql");
            db.execute(sql, params![station, run, at.unix_ms()])?;
            Ok(is_copied)
        })
    }

    /// Returns the booth's last report about itself.
    pub fn last_beat(&self, station: &str) -> rusqlite::Result<Option<Heartbeat>> {
        let sql = include_str!("../sql/last_beat.sql");
        let json: Option<String> = self.0.query_row(sql, [station], |row| row.get(0))?;
        // A report of an older program holds nothing that can be compared.
        Ok(json.and_then(|json| serde_json::from_str(&json).ok()))
    }

    /// Returns whether the booth's log was reported with another head at this length.
    pub fn contradicts(&self, station: &str, head: &AuditHead) -> rusqlite::Result<bool> {
        let sql = include_str!("../sql/head_at.sql");
        let known: Option<String> = self
            .0
            .query_row(sql, params![station, head.lines as i64], |row| row.get(0))
            .optional()?;
        Ok(known.is_some_and(|known| known != head.sha256))
    }

    /// Remembers the head of the log; a different one at the same length does not replace the
    /// first.
    pub fn hear_head(&self, station: &str, head: &AuditHead, at: Wall) -> rusqlite::Result<()> {
        self.0.execute(
            include_str!("../sql/insert_head.sql"),
            params![station, head.lines as i64, head.sha256, at.unix_ms()],
        )?;
        Ok(())
    }

    /// Starts from the log's new state, after it was found to be altered and reported: the next
    /// contact is compared with this state.
    pub fn begin_heads_anew(
        &self,
        station: &str,
        head: &AuditHead,
        at: Wall,
    ) -> rusqlite::Result<()> {
        let sql = include_str!("../sql/forget_heads.sql");
        self.0
            .execute(sql, params![station, head.lines.saturating_sub(1) as i64])?;
        self.hear_head(station, head, at)
    }

    /// Returns whether another capture of the booth carries this number.
    pub fn has_number_twice(
        &self,
        station: &str,
        seq: u64,
        id: CaptureId,
    ) -> rusqlite::Result<bool> {
        let sql = include_str!("../sql/number_twice.sql");
        self.0
            .query_row(sql, params![station, seq as i64, id.to_string()], |row| {
                row.get(0)
            })
    }

    /// Returns whether earlier or later captures contradict the length of the log at which this one
    /// was sealed.
    pub fn log_shrank(&self, station: &str, seq: u64, lines: u64) -> rusqlite::Result<bool> {
        let sql = include_str!("../sql/audit_shrank.sql");
        self.0
            .query_row(sql, params![station, seq as i64, lines as i64], |row| {
                row.get(0)
            })
    }

    pub fn raise(&self, station: &str, alarm: StationAlarm, at: Wall) -> rusqlite::Result<()> {
        let kind = kind(alarm);
        tracing::warn!(station, kind, "something is wrong with a booth");
        let sql = include_str!("../sql/raise_alarm.sql");
        self.0.execute(sql, params![station, kind, at.unix_ms()])?;
        Ok(())
    }

    pub fn alarms(&self, station: &str) -> rusqlite::Result<Vec<StationAlarm>> {
        let mut query = self.0.prepare(include_str!("../sql/alarms.sql"))?;
        let kinds = query.query_map([station], |row| row.get::<_, String>(0))?;
        let kinds: rusqlite::Result<Vec<String>> = kinds.collect();
        let kinds = kinds?.into_iter().filter_map(|kind| {
            let found = ALARMS.iter().find(|(_, name)| *name == kind);
            found.map(|(alarm, _)| *alarm)
        });
        Ok(kinds.collect())
    }

    /// Clears the alarms that somebody looked into.
    pub fn clear_alarms(&self, station: &str) -> rusqlite::Result<()> {
        let sql = include_str!("../sql/clear_alarms.sql");
        self.0.execute(sql, [station])?;
        Ok(())
    }
}

fn kind(alarm: StationAlarm) -> &'static str {
    let found = ALARMS.iter().find(|(known, _)| *known == alarm);
    found.map_or("", |(_, name)| name)
}
