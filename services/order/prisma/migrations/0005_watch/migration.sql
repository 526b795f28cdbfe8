-- For watching what happened lately. Rows come in the order of these times, so an index of ranges does.
CREATE INDEX order_step_at ON order_step USING brin (at) WITH (pages_per_range = 16, autosummarize = on);
CREATE INDEX payment_at ON payment USING brin (at) WITH (pages_per_range = 16, autosummarize = on);
