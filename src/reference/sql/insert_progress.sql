-- Ranks the capture after the one that it supersedes, if that is here already. Two programs may
-- insert the same capture at once.
INSERT INTO progress (id, station, batch, code_sha256, code_tail_sha256, captured_at_ms, supersedes, rank_ms, stored_at_ms, since_ms, stage, doubted)
VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, max(?6, coalesce((SELECT rank_ms + 1 FROM progress WHERE id = ?7), ?6)), ?8, ?8, ?9, ?10)
ON CONFLICT DO NOTHING;
