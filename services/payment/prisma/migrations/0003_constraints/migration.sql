-- One cause, one refund, whatever its id.
ALTER TABLE refund
  ADD CONSTRAINT refund_once UNIQUE (payment_id, cause),
  ADD CONSTRAINT refund_cause CHECK (cause IN ('buyer', 'late', 'surplus', 'wrong-amount'));
ALTER TABLE payment
  ADD CONSTRAINT payment_reason CHECK (reason IN ('declined', 'too-late', 'wrong-amount'));
