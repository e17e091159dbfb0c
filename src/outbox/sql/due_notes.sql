-- For each capture whose parcel is done: the first note that still has to be delivered.
SELECT id, min(number), seq FROM note
WHERE state = 'queued'
  AND NOT EXISTS (SELECT 1 FROM parcel
                  WHERE parcel.id = note.id AND parcel.state NOT IN ('delivered', 'withdrawn'))
GROUP BY id
