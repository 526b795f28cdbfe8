-- Where the stages of the story keep their stock: one number in one row and, on purpose, nothing that guards
-- it.
-- fence is the greatest token of a lock's holder that wrote it, version counts writes.
CREATE TABLE shelf (
  sale_id uuid PRIMARY KEY REFERENCES sale,
  stock   integer NOT NULL,
  version integer NOT NULL DEFAULT 0,
  fence   bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 50);

-- For the variant that has a row for each unit.
CREATE TABLE unit (
  sale_id  uuid NOT NULL REFERENCES sale,
  number   integer NOT NULL,
  claim_id uuid,
  PRIMARY KEY (sale_id, number)
) WITH (fillfactor = 90);
CREATE INDEX unit_free ON unit (sale_id, number) WHERE claim_id IS NULL;
CREATE INDEX unit_claim ON unit (claim_id) WHERE claim_id IS NOT NULL;
