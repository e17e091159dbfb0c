-- A capture with a later number was sealed when the log was shorter, or an earlier one when it was longer.
SELECT EXISTS (SELECT 1 FROM capture
               WHERE station = ?1 AND ((seq < ?2 AND audit_lines > ?3) OR (seq > ?2 AND audit_lines < ?3)));
