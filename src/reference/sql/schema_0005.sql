-- When each batch closes that was ever offered here: what is kept of it is deleted on time, offered or not.
CREATE TABLE batch_end (
    batch     TEXT PRIMARY KEY NOT NULL,
    closes_ms INTEGER NOT NULL
) STRICT;
