-- A booth speaks only for its own captures: a note from a booth applies to that booth's capture
-- under the given id.
CREATE TABLE note_of_booth (
    id           TEXT NOT NULL CHECK (length(id) = 36),
    station      TEXT NOT NULL REFERENCES station (station),
    number       INTEGER NOT NULL CHECK (number >= 0),
    sha256       TEXT NOT NULL CHECK (length(sha256) = 64),
    stored_at_ms INTEGER NOT NULL,
    -- When its bytes were deleted on schedule; the row still gives the same receipt for them.
    erased_at_ms INTEGER,
    PRIMARY KEY (id, station, number)
) STRICT;

INSERT INTO note_of_booth (id, station, number, sha256, stored_at_ms)
SELECT id, station, number, sha256, stored_at_ms FROM note;
DROP TABLE note;
ALTER TABLE note_of_booth RENAME TO note;

CREATE TABLE withdrawn_by_booth (
    id      TEXT NOT NULL CHECK (length(id) = 36),
    station TEXT NOT NULL,
    at_ms   INTEGER NOT NULL,
    PRIMARY KEY (id, station)
) STRICT;

INSERT INTO withdrawn_by_booth (id, station, at_ms)
SELECT id, station, at_ms
FROM (SELECT withdrawn.id, withdrawn.at_ms,
             coalesce((SELECT station FROM capture WHERE capture.id = withdrawn.id),
                      (SELECT station FROM note WHERE note.id = withdrawn.id ORDER BY number DESC LIMIT 1)) AS station
      FROM withdrawn)
WHERE station IS NOT NULL;
DROP TABLE withdrawn;
ALTER TABLE withdrawn_by_booth RENAME TO withdrawn;

-- The platform ignores a revoked booth until it is readmitted.
ALTER TABLE station ADD COLUMN revoked_at_ms INTEGER;

-- Each start of a kiosk gives itself a random name. If the previous name is heard again, two kiosks
-- run side by side: the disk was copied.
ALTER TABLE station ADD COLUMN run TEXT;
ALTER TABLE station ADD COLUMN run_before TEXT;
ALTER TABLE station ADD COLUMN run_since_ms INTEGER;

-- The booths that asked for an order with code and tail; only they are shown it.
CREATE TABLE order_asker (
    number  TEXT NOT NULL REFERENCES pay_order (number),
    station TEXT NOT NULL REFERENCES station (station),
    PRIMARY KEY (number, station)
) STRICT;

INSERT INTO order_asker (number, station)
SELECT pay_order.number, station.station FROM pay_order, station WHERE pay_order.state = 'not_paid'
UNION
SELECT pay_order.number, capture.station FROM pay_order JOIN capture ON capture.id = pay_order.capture;

-- Code and tail did not belong together on arrival. The capture is nobody's until an auditor has
-- looked.
ALTER TABLE progress ADD COLUMN doubted INTEGER NOT NULL DEFAULT 0 CHECK (doubted IN (0, 1));

-- When its pictures and its person were deleted on schedule.
ALTER TABLE capture ADD COLUMN erased_at_ms INTEGER;
-- When its person was deleted; that it was paid is kept.
ALTER TABLE pay_order ADD COLUMN erased_at_ms INTEGER;

-- The view as before, but a doubted capture replaces none.
DROP VIEW standing;
CREATE VIEW standing AS
SELECT progress.*,
       CASE WHEN doubted = 0 AND state NOT IN ('uploaded', 'voided', 'withdrawn') THEN
           (SELECT min(later.stored_at_ms) FROM progress AS later
            WHERE later.code_sha256 = progress.code_sha256 AND later.batch = progress.batch
              AND later.doubted = 0 AND later.state NOT IN ('voided', 'withdrawn')
              AND (later.rank_ms, later.id) > (progress.rank_ms, progress.id))
       END AS replaced_at_ms
FROM progress;
