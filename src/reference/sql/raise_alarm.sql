-- The logs of a disk and its copy contradict each other, which is not a second alarm.
INSERT OR IGNORE INTO alarm (station, kind, at_ms)
SELECT ?1, ?2, ?3
WHERE ?2 <> 'audit_altered' OR NOT EXISTS (SELECT 1 FROM alarm WHERE station = ?1 AND kind = 'sequence_forked');
