-- When each batch that was ever offered here closes. Its data is deleted on time, even if the batch
-- is no longer offered.
CREATE TABLE batch_end (
    batch     TEXT PRIMARY KEY NOT NULL,
    closes_ms INTEGER NOT NULL
) STRICT;
