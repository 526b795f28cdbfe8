-- When a call was done or given up: an order's story tells how long it took. Older ones do not know it.
ALTER TABLE call ADD COLUMN ended_at timestamptz;
