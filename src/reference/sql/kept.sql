SELECT batch, sum(erased_at_ms IS NULL AND state <> 'withdrawn'), sum(erased_at_ms IS NOT NULL)
FROM progress JOIN capture ON capture.id = progress.id GROUP BY batch ORDER BY batch;
