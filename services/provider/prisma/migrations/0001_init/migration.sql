CREATE TABLE charge (
  reference      uuid PRIMARY KEY,
  charge_id      uuid NOT NULL UNIQUE,
  asked_cents    bigint NOT NULL CHECK (asked_cents >= 0),
  currency       text NOT NULL CHECK (length(currency) = 3),
  outcome        text NOT NULL,
  due_at         timestamptz(3) NOT NULL,
  state          text NOT NULL DEFAULT 'processing' CHECK (state IN ('processing', 'succeeded', 'failed')),
  taken_cents    bigint NOT NULL DEFAULT 0,
  refunded_cents bigint NOT NULL DEFAULT 0,
  created_at     timestamptz(3) NOT NULL DEFAULT now(),
  CONSTRAINT charge_refunded CHECK (refunded_cents BETWEEN 0 AND taken_cents)
);

-- Only what is still to be decided.
CREATE INDEX charge_due ON charge (due_at) WHERE state = 'processing';

CREATE TABLE credit (
  reference        uuid PRIMARY KEY,
  charge_reference uuid NOT NULL REFERENCES charge (reference),
  amount_cents     bigint NOT NULL CHECK (amount_cents >= 0),
  created_at       timestamptz(3) NOT NULL DEFAULT now()
);

-- Webhooks that wait to be sent. A row leaves when somebody took it, or after the last try.
CREATE TABLE webhook (
  id       bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  event_id uuid NOT NULL,
  body     text NOT NULL,
  due_at   timestamptz(3) NOT NULL DEFAULT now(),
  tries    integer NOT NULL DEFAULT 0
);
CREATE INDEX webhook_due ON webhook (due_at);
