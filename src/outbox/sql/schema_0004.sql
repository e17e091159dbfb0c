-- The sums that staff count and close. Operators appear only as numbers.
CREATE TABLE shift (
    day       TEXT NOT NULL,
    -- 0 until somebody has typed a PIN since the start.
    operator  INTEGER NOT NULL CHECK (operator >= 0),
    started   INTEGER NOT NULL DEFAULT 0,
    confirmed INTEGER NOT NULL DEFAULT 0,
    abandoned INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (day, operator)
) STRICT;

-- The day's pictures by their outcome: refused after they were called good, or saved with a check
-- set aside.
CREATE TABLE judged (
    day   TEXT NOT NULL,
    what  TEXT NOT NULL,
    count INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (day, what)
) STRICT;

CREATE TABLE closed_day (
    day      TEXT PRIMARY KEY NOT NULL,
    at_ms    INTEGER NOT NULL,
    operator INTEGER NOT NULL CHECK (operator >= 0),
    -- How many visits the day had: a visit that began later opens the day again.
    started  INTEGER NOT NULL
) STRICT;

CREATE INDEX parcel_by_time ON parcel (confirmed_at_ms);
