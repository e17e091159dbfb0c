-- Nothing is under way when a booth starts: what was begun and not confirmed was abandoned, by a power cut at the latest.
UPDATE day SET abandoned = started - confirmed WHERE abandoned < started - confirmed
