-- As for the days: what was begun and not confirmed was abandoned.
UPDATE shift SET abandoned = started - confirmed WHERE abandoned < started - confirmed
