-- Notes about a capture, which are delivered beside its parcel: number 0 is its consent record,
-- amendments follow.
CREATE TABLE note (
    id           TEXT NOT NULL CHECK (length(id) = 36),
    number       INTEGER NOT NULL CHECK (number >= 0),
    station      TEXT NOT NULL REFERENCES station (station),
    sha256       TEXT NOT NULL CHECK (length(sha256) = 64),
    stored_at_ms INTEGER NOT NULL,
    PRIMARY KEY (id, number)
) STRICT;

-- Captures whose tombstone has arrived: their bytes are destroyed, now or on arrival.
CREATE TABLE withdrawn (
    id    TEXT PRIMARY KEY NOT NULL CHECK (length(id) = 36),
    at_ms INTEGER NOT NULL
) STRICT;

-- The end of a booth's audit log, each time it is reported with a new length, by a heartbeat or
-- with a capture.
CREATE TABLE audit_head (
    station     TEXT NOT NULL REFERENCES station (station),
    lines       INTEGER NOT NULL,
    sha256      TEXT NOT NULL CHECK (length(sha256) = 64),
    heard_at_ms INTEGER NOT NULL,
    PRIMARY KEY (station, lines)
) STRICT;

ALTER TABLE capture ADD COLUMN audit_lines INTEGER;

CREATE TABLE alarm (
    station TEXT NOT NULL REFERENCES station (station),
    kind    TEXT NOT NULL,
    at_ms   INTEGER NOT NULL,
    PRIMARY KEY (station, kind)
) STRICT;

ALTER TABLE station ADD COLUMN heartbeat TEXT;
