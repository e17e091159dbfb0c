//! Rows about booths: what their heartbeats said, where their audit logs ended, and what is wrong with them.

use rusqlite::{OptionalExtension, params};

use super::Rows;
use crate::{
    capture::{AuditHead, CaptureId},
    contract::{Heartbeat, StationAlarm},
    time::Wall,
};

const ALARMS: [(StationAlarm, &str); 2] = [
    (StationAlarm::AuditAltered, "audit_altered"),
    (StationAlarm::SequenceForked, "sequence_forked"),
];

impl Rows {
    /// Notes that a booth was heard; `heartbeat` is what it said, as JSON.
    pub fn see_station(&self, station: &str, heartbeat: &str, at: Wall) -> rusqlite::Result<()> {
        let sql = include_str!("../sql/see_station.sql");
        self.0
            .execute(sql, params![station, at.unix_ms(), heartbeat])?;
        Ok(())
    }

    /// What the booth said of itself last.
    pub fn last_beat(&self, station: &str) -> rusqlite::Result<Option<Heartbeat>> {
        let sql = include_str!("../sql/last_beat.sql");
        let json: Option<String> = self.0.query_row(sql, [station], |row| row.get(0))?;
        // One of an older program says nothing that can be compared.
        Ok(json.and_then(|json| serde_json::from_str(&json).ok()))
    }

    /// Whether the booth's log was heard with another end at this length.
    pub fn contradicts(&self, station: &str, head: &AuditHead) -> rusqlite::Result<bool> {
        let sql = include_str!("../sql/head_at.sql");
        let known: Option<String> = self
            .0
            .query_row(sql, params![station, head.lines as i64], |row| row.get(0))
            .optional()?;
        Ok(known.is_some_and(|known| known != head.sha256))
    }

    /// Remembers where the log ended; another end at the same length stays as it was first heard.
    pub fn hear_head(&self, station: &str, head: &AuditHead, at: Wall) -> rusqlite::Result<()> {
        self.0.execute(
            include_str!("../sql/insert_head.sql"),
            params![station, head.lines as i64, head.sha256, at.unix_ms()],
        )?;
        Ok(())
    }

    /// The log was altered, and that is told: from here on its new state is what the next contact is compared with.
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

    /// Whether another capture of the booth carries this number.
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

    /// Whether captures before or after this one contradict the length of the log at which it was sealed.
    pub fn log_shrank(&self, station: &str, seq: u64, lines: u64) -> rusqlite::Result<bool> {
        let sql = include_str!("../sql/audit_shrank.sql");
        self.0
            .query_row(sql, params![station, seq as i64, lines as i64], |row| {
                row.get(0)
            })
    }

    pub fn raise(&self, station: &str, alarm: StationAlarm, at: Wall) -> rusqlite::Result<()> {
        let found = ALARMS.iter().find(|(known, _)| *known == alarm);
        let kind = found.map_or("", |(_, name)| name);
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

    /// Somebody looked into it.
    pub fn clear_alarms(&self, station: &str) -> rusqlite::Result<()> {
        let sql = include_str!("../sql/clear_alarms.sql");
        self.0.execute(sql, [station])?;
        Ok(())
    }
}
