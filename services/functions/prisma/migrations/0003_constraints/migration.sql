-- A call is given up for a reason.
ALTER TABLE call ADD CONSTRAINT call_dead CHECK (state <> 'dead' OR error IS NOT NULL);
