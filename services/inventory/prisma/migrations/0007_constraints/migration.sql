-- No foreign key leads from reservations and buyers to their sale: each row of a rush would lock the one row
-- that all of them change. They are written by joining it, and sales are never deleted.
ALTER TABLE sale
  ADD CONSTRAINT sale_epoch CHECK (epoch >= 1 AND last_stamp >= 0),
  ADD CONSTRAINT sale_parent CHECK (parent_id <> sale_id);
ALTER TABLE reservation ADD CONSTRAINT reservation_version CHECK (version >= 0);
