-- Finds an earlier capture that was sealed when the log was longer, or a later one when it was
-- shorter.
SELECT EXISTS (SELECT 1 FROM capture
               WHERE station = ?1 AND ((seq < ?2 AND audit_lines > ?3) OR (seq > ?2 AND audit_lines < ?3)));
