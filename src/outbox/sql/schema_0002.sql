-- Notes about a capture, which are delivered beside its parcel: number 0 is its consent record,
-- amendments follow. Nothing here names a person.
CREATE TABLE note (
    id            TEXT NOT NULL CHECK (length(id) = 36),
    number        INTEGER NOT NULL CHECK (number >= 0),
    -- The capture's number.
    seq           INTEGER NOT NULL CHECK (seq > 0),
    state         TEXT NOT NULL CHECK (state IN ('queued', 'delivered', 'refused', 'damaged')),
    sha256        TEXT NOT NULL CHECK (length(sha256) = 64),
    attempts      INTEGER NOT NULL DEFAULT 0,
    last_error    TEXT,
    settled_at_ms INTEGER,
    receipt       TEXT,
    PRIMARY KEY (id, number)
) STRICT;

CREATE INDEX note_by_state ON note (state, id, number);

-- One day of this booth, in China's time zone.
CREATE TABLE day (
    day       TEXT PRIMARY KEY NOT NULL,
    started   INTEGER NOT NULL DEFAULT 0,
    confirmed INTEGER NOT NULL DEFAULT 0,
    abandoned INTEGER NOT NULL DEFAULT 0
) STRICT;

CREATE INDEX parcel_by_seq ON parcel (seq);
CREATE INDEX parcel_undelivered ON parcel (seq) WHERE state NOT IN ('delivered', 'withdrawn');
