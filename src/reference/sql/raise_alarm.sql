-- The audit logs of a disk and of its copy contradict each other; that raises no second alarm.
INSERT OR IGNORE INTO alarm (station, kind, at_ms)
SELECT ?1, ?2, ?3
WHERE ?2 <> 'audit_altered' OR NOT EXISTS (SELECT 1 FROM alarm WHERE station = ?1 AND kind = 'sequence_forked');
