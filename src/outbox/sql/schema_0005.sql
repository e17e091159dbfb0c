-- The day and operator that the current visit counts for, whatever clock and shift say at its end.
CREATE TABLE visit (
    one      INTEGER PRIMARY KEY CHECK (one = 1),
    day      TEXT NOT NULL,
    operator INTEGER NOT NULL CHECK (operator >= 0)
) STRICT;

-- The day on which its visit counts.
ALTER TABLE parcel ADD COLUMN day TEXT NOT NULL DEFAULT '';
UPDATE parcel SET day = date(confirmed_at_ms / 1000, 'unixepoch', '+8 hours');
CREATE INDEX parcel_by_day ON parcel (day, state);
DROP INDEX parcel_by_time;

-- Visits that were begun but not confirmed before this migration count as abandoned, and a visit
-- over midnight counts as begun on the day when it was confirmed.
UPDATE day SET abandoned = started - confirmed WHERE abandoned < started - confirmed;
UPDATE shift SET abandoned = started - confirmed WHERE abandoned < started - confirmed;

-- A capture whose row was added only after a crash had been counted as abandoned.
UPDATE day SET abandoned = max(0, confirmed + abandoned - found.captures), confirmed = found.captures
FROM (SELECT day, count(*) AS captures FROM parcel GROUP BY day) AS found
WHERE found.day = day.day AND confirmed < found.captures;
UPDATE day SET started = confirmed + abandoned WHERE started < confirmed + abandoned;
UPDATE shift SET started = confirmed + abandoned WHERE started < confirmed + abandoned;
