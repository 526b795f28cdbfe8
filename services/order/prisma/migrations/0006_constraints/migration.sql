-- An order is paid by a payment there is, waits for one only while it is pending, and can be given back
-- exactly when money paid it.
ALTER TABLE orders
  ADD CONSTRAINT orders_paid_by_fkey FOREIGN KEY (paid_by) REFERENCES payment (payment_id),
  ADD CONSTRAINT orders_paying_pending CHECK (paying IS NULL OR state = 'pending'),
  ADD CONSTRAINT orders_refund_until CHECK ((paid_by IS NULL) = (refund_until IS NULL));

-- The steps there are. Money that comes or goes late is noted beside the state.
ALTER TABLE order_step ADD CONSTRAINT order_step_cause CHECK (CASE cause
  WHEN 'payment-requested' THEN state = 'pending'
  WHEN 'payment-settled' THEN state = 'paid'
  WHEN 'revived' THEN state = 'paid'
  WHEN 'buyer' THEN state = 'cancelled'
  WHEN 'payment-window' THEN state = 'expired'
  WHEN 'refund-requested' THEN state = 'refunded'
  WHEN 'payment-late' THEN state <> 'pending'
  WHEN 'payment-returned' THEN state <> 'pending'
  ELSE cause IN ('payment-failed', 'refund-settled') END);
-- An order stops being pending once, is revived once, and is given back once.
CREATE UNIQUE INDEX order_step_end ON order_step (order_id)
  WHERE cause IN ('payment-settled', 'buyer', 'payment-window');
CREATE UNIQUE INDEX order_step_revived ON order_step (order_id) WHERE cause = 'revived';
CREATE UNIQUE INDEX order_step_refunded ON order_step (order_id) WHERE cause = 'refund-requested';

ALTER TABLE payment
  ADD CONSTRAINT payment_failed CHECK (state <> 'failed' OR fail_reason IS NOT NULL),
  ADD CONSTRAINT payment_refunding CHECK (state <> 'refunding' OR refund_cause IS NOT NULL),
  ADD CONSTRAINT payment_refunded CHECK (state <> 'refunded' OR refunded_at IS NOT NULL);
