CREATE TABLE sale (
  sale_id                uuid PRIMARY KEY,
  title                  text NOT NULL,
  sku                    text NOT NULL,
  units                  integer NOT NULL,
  available              integer NOT NULL,
  reserved               integer NOT NULL DEFAULT 0,
  sold                   integer NOT NULL DEFAULT 0,
  price_cents            integer NOT NULL CHECK (price_cents >= 0),
  currency               char(3) NOT NULL,
  starts_at              timestamptz(3) NOT NULL,
  ends_at                timestamptz(3) NOT NULL,
  limit_per_user         integer NOT NULL CHECK (limit_per_user >= 1),
  payment_window_seconds integer NOT NULL CHECK (payment_window_seconds >= 1),
  stage                  text NOT NULL,
  variant                text NOT NULL,
  status                 text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'paused', 'closed')),
  epoch                  integer NOT NULL DEFAULT 1,
  last_stamp             bigint NOT NULL DEFAULT 0,
  created_at             timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT sale_no_oversell CHECK (available >= 0 AND reserved >= 0 AND sold >= 0),
  CONSTRAINT sale_conservation CHECK (available + reserved + sold = units),
  CONSTRAINT sale_times CHECK (ends_at > starts_at)
) WITH (fillfactor = 50);
-- The row of a hot sale is rewritten by every batch: half-empty
-- pages let the new version stay beside the old one.

CREATE INDEX sale_created ON sale (created_at DESC, sale_id);

-- No second index: a claim's id starts with its sale's 48-bit
-- time, so the primary key also finds a sale's claims.
CREATE TABLE reservation (
  claim_id    uuid PRIMARY KEY,
  sale_id     uuid NOT NULL,
  user_id     uuid NOT NULL,
  trace_id    uuid NOT NULL,
  stamp       bigint NOT NULL,
  key_print   bigint NOT NULL,
  quantity    integer NOT NULL CHECK (quantity >= 1),
  state       text NOT NULL CHECK (state IN ('held', 'sold', 'released', 'void')),
  reserved_at timestamptz(3) NOT NULL,
  expires_at  timestamptz(3) NOT NULL
) WITH (fillfactor = 90);

CREATE TABLE buyer_use (
  sale_id uuid NOT NULL,
  user_id uuid NOT NULL,
  used    integer NOT NULL CHECK (used >= 0),
  allowed integer NOT NULL,
  PRIMARY KEY (sale_id, user_id),
  CONSTRAINT buyer_use_limit CHECK (used <= allowed)
) WITH (fillfactor = 90);
