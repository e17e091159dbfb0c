-- For this capture, if its parcel is done: the first note that still has to be delivered.
SELECT id, number, seq FROM note
WHERE id = ?1 AND state = 'queued'
  AND NOT EXISTS (SELECT 1 FROM parcel
                  WHERE parcel.id = note.id AND parcel.state NOT IN ('delivered', 'withdrawn'))
ORDER BY number LIMIT 1
