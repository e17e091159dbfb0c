//! The index's rows about auditors' decisions.

use std::collections::BTreeMap;

use rusqlite::params;

use super::{Index, IndexError, execute};
use crate::{
    booth::AuditTally,
    contract::{AuditVerdict, RejectReason},
    time::Wall,
};

impl Index {
    /// Adds decisions; those that are there already stay as they are.
    pub fn add_verdicts(&mut self, verdicts: &[AuditVerdict]) -> Result<(), IndexError> {
        self.write(|tx| {
            for verdict in verdicts {
                let reasons: Vec<String> = verdict.reasons.iter().map(|it| it.name()).collect();
                execute(
                    tx,
                    include_str!("../sql/insert_verdict.sql"),
                    params![
                        verdict.number as i64,
                        verdict.id.to_string(),
                        verdict.at.unix_ms(),
                        reasons.join(","),
                    ],
                )?;
            }
            Ok(())
        })
    }

    /// The number of the newest decision that is held; 0 before the first.
    pub fn last_verdict(&self) -> Result<u64, IndexError> {
        let sql = include_str!("../sql/last_verdict.sql");
        Ok(self.0.query_row(sql, [], |row| row.get::<_, i64>(0))? as u64)
    }

    /// What was decided since.
    pub fn audit_tally(&self, since: Wall) -> Result<AuditTally, IndexError> {
        let mut query = self
            .0
            .prepare_cached(include_str!("../sql/verdicts_since.sql"))?;
        let rows = query.query_map([since.unix_ms()], |row| row.get::<_, String>(0))?;
        let mut tally = AuditTally::default();
        let mut reasons: BTreeMap<RejectReason, u64> = BTreeMap::new();
        for row in rows {
            let row = row?;
            if row.is_empty() {
                tally.accepted += 1;
                continue;
            }
            tally.rejected += 1;
            for reason in row.split(',').filter_map(RejectReason::parse) {
                *reasons.entry(reason).or_default() += 1;
            }
        }
        tally.reasons = reasons.into_iter().collect();
        tally
            .reasons
            .sort_by_key(|(_, count)| std::cmp::Reverse(*count));
        Ok(tally)
    }
}
