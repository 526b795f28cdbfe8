-- When inventory was last asked about late money and could not tell. Those not asked yet come first.
ALTER TABLE payment ADD COLUMN late_tried_at timestamptz(3);
DROP INDEX payment_late;
CREATE INDEX payment_late ON payment (late_tried_at NULLS FIRST, at) WHERE state = 'late';
