-- Which of its order's changes a reservation has followed last: what is told of an earlier one passes it by.
-- One that was held again, because its order was paid too late, has outlived expires_at without being lost.
ALTER TABLE reservation
  ADD COLUMN version    integer NOT NULL DEFAULT 0,
  ADD COLUMN revived_at timestamptz(3);
