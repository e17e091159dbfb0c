-- Where the visit under way is counted, whatever clock and shift say at its end.
CREATE TABLE visit (
    one      INTEGER PRIMARY KEY CHECK (one = 1),
    day      TEXT NOT NULL,
    operator INTEGER NOT NULL CHECK (operator >= 0)
) STRICT;

-- The day in which its visit is counted.
ALTER TABLE parcel ADD COLUMN day TEXT NOT NULL DEFAULT '';
UPDATE parcel SET day = date(confirmed_at_ms / 1000, 'unixepoch', '+8 hours');
CREATE INDEX parcel_by_day ON parcel (day, state);
DROP INDEX parcel_by_time;

-- What was begun and not confirmed before this step was abandoned, and a visit over midnight began where it was confirmed.
UPDATE day SET abandoned = started - confirmed WHERE abandoned < started - confirmed;
UPDATE shift SET abandoned = started - confirmed WHERE abandoned < started - confirmed;

-- A capture whose row came only after a crash was counted as abandoned.
UPDATE day SET abandoned = max(0, confirmed + abandoned - found.captures), confirmed = found.captures
FROM (SELECT day, count(*) AS captures FROM parcel GROUP BY day) AS found
WHERE found.day = day.day AND confirmed < found.captures;
UPDATE day SET started = confirmed + abandoned WHERE started < confirmed + abandoned;
UPDATE shift SET started = confirmed + abandoned WHERE started < confirmed + abandoned;
