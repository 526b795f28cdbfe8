-- A hot sale's stock can be split over several rows of this table, one counter each. The first is the sale
-- itself, the others name it as their parent and are seen by no one outside.
ALTER TABLE sale
  ADD COLUMN segments  integer NOT NULL DEFAULT 1 CHECK (segments BETWEEN 1 AND 16),
  ADD COLUMN parent_id uuid REFERENCES sale;
CREATE INDEX sale_parent ON sale (parent_id) WHERE parent_id IS NOT NULL;
