-- How long delivered captures and notes are kept, in case the platform loses them. The platform
-- sets it.
CREATE TABLE retention (
    one     INTEGER PRIMARY KEY CHECK (one = 1),
    seconds INTEGER NOT NULL CHECK (seconds >= 0)
) STRICT;

INSERT INTO retention (one, seconds) VALUES (1, 0);

-- Whether the file is kept although it was delivered.
ALTER TABLE parcel ADD COLUMN retained INTEGER NOT NULL DEFAULT 0;
ALTER TABLE note ADD COLUMN retained INTEGER NOT NULL DEFAULT 0;
CREATE INDEX parcel_retained ON parcel (settled_at_ms) WHERE retained;
CREATE INDEX note_retained ON note (settled_at_ms) WHERE retained;

-- When the platform stored it, by its receipt: the newest shows whether the platform still knows
-- what it gave receipts for.
ALTER TABLE parcel ADD COLUMN stored_at_ms INTEGER;
ALTER TABLE note ADD COLUMN stored_at_ms INTEGER;
CREATE INDEX parcel_by_storing ON parcel (stored_at_ms, seq);
CREATE INDEX note_by_storing ON note (stored_at_ms);
