-- Captures that were passed on or never will be. A capture that still waits to be audited,
-- confirmed or passed on is kept until then.
SELECT standing.id, standing.station, replaced_at_ms FROM standing JOIN capture ON capture.id = standing.id
WHERE batch = ?1 AND erased_at_ms IS NULL
  AND (state IN ('uploaded', 'rejected', 'awaiting_payment', 'replaced', 'voided', 'withdrawn')
       OR replaced_at_ms IS NOT NULL OR doubted = 1)
ORDER BY standing.id;
