SELECT count(*) FROM note WHERE state = 'queued'
