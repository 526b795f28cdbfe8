// The ledger's statements. All of them lock in one order — reservations, then buyers, then sales, each sorted
// by key — so that concurrent batches wait for each other and never dead-lock.

/**
 * Enters a batch, each claim once. $1..$8: claim, sale, user
 * and trace ids, quantities, key prints, epochs, stamps.
 *
 * Rows come back for new reservations only: which claim (from 1), price, currency, times in epoch
 * milliseconds, and whether the sale's row was of that epoch; if not, the caller must roll back. A void row
 * gives way only to a later stamp: the same wish made anew, never the batch that was voided. `used` is read
 * before `taken` runs, which keeps the hot row of the sale locked for the shortest time.
 */
export const HOLD = `
WITH input AS (
  SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::int[], $6::bigint[], $7::int[],
    $8::bigint[])
    WITH ORDINALITY AS c(claim_id, sale_id, user_id, trace_id, quantity, key_print, epoch, stamp, at)
), held AS (
  INSERT INTO reservation AS r
    (claim_id, sale_id, user_id, trace_id, quantity, key_print, stamp, state, reserved_at, expires_at)
  SELECT c.claim_id, c.sale_id, c.user_id, c.trace_id, c.quantity, c.key_print, c.stamp, 'held', now(),
         now() + make_interval(secs => s.payment_window_seconds)
  FROM input c JOIN sale s ON s.sale_id = c.sale_id
  ORDER BY c.claim_id
  ON CONFLICT (claim_id) DO UPDATE
    SET state = 'held', trace_id = excluded.trace_id, quantity = excluded.quantity,
        key_print = excluded.key_print, stamp = excluded.stamp,
        reserved_at = excluded.reserved_at, expires_at = excluded.expires_at
    WHERE r.state = 'void' AND r.stamp < excluded.stamp
  RETURNING claim_id, sale_id, user_id, quantity, stamp, reserved_at, expires_at
), used AS (
  INSERT INTO buyer_use AS u (sale_id, user_id, used, allowed)
  SELECT h.sale_id, h.user_id, sum(h.quantity), min(s.limit_per_user)
  FROM held h JOIN sale s ON s.sale_id = h.sale_id
  GROUP BY h.sale_id, h.user_id
  ORDER BY h.sale_id, h.user_id
  ON CONFLICT (sale_id, user_id) DO UPDATE SET used = u.used + excluded.used
  RETURNING 1
), locked AS (
  SELECT sale_id FROM sale WHERE sale_id IN (SELECT sale_id FROM held) AND (SELECT count(*) FROM used) >= 0
  ORDER BY sale_id FOR NO KEY UPDATE
), taken AS (
  UPDATE sale s
  SET available = s.available - t.units, reserved = s.reserved + t.units,
      last_stamp = greatest(s.last_stamp, t.stamp)
  FROM (
    SELECT h.sale_id, c.epoch, sum(h.quantity) AS units, max(h.stamp) AS stamp,
           (SELECT count(*) FROM locked) AS locked
    FROM held h JOIN input c ON c.claim_id = h.claim_id
    GROUP BY h.sale_id, c.epoch
    ORDER BY h.sale_id
  ) t
  WHERE s.sale_id = t.sale_id AND s.epoch = t.epoch AND t.locked >= 0
  RETURNING s.sale_id, s.epoch
)
SELECT c.at::int, s.price_cents, s.currency,
       extract(epoch FROM h.reserved_at)::float8 * 1000, extract(epoch FROM h.expires_at)::float8 * 1000,
       t.sale_id IS NOT NULL
FROM held h
JOIN input c ON c.claim_id = h.claim_id
JOIN sale s ON s.sale_id = h.sale_id
LEFT JOIN taken t ON t.sale_id = h.sale_id AND t.epoch = c.epoch`

/** What became of claims that were entered before. $1: claim ids. */
export const LOOK = `
SELECT r.claim_id, coalesce(s.parent_id, s.sale_id) AS sale_id, r.user_id, r.trace_id, r.quantity, r.state,
       s.price_cents, s.currency,
       extract(epoch FROM r.reserved_at)::float8 * 1000 AS reserved_at,
       extract(epoch FROM r.expires_at)::float8 * 1000 AS expires_at
FROM reservation r JOIN sale s ON s.sale_id = r.sale_id
WHERE r.claim_id = ANY($1::uuid[])`

/**
 * Moves units nobody has from one segment of a sale to another.
 * $1 from, $2 to, $3 units. A row comes back when it was done.
 */
export const MOVE = `
WITH locked AS (
  SELECT sale_id FROM sale WHERE sale_id IN ($1, $2) ORDER BY sale_id FOR NO KEY UPDATE
), gave AS (
  UPDATE sale SET units = units - $3, available = available - $3
  WHERE sale_id = $1 AND available >= $3 AND (SELECT count(*) FROM locked) = 2
  RETURNING 1
)
UPDATE sale SET units = units + $3, available = available + $3
WHERE sale_id = $2 AND EXISTS (SELECT FROM gave)`

/** Writes voids for claims that are not in the ledger. $1 sale, $2 claims, $3 users, $4 stamps. */
export const VOID = `
WITH input AS (
  SELECT * FROM unnest($2::uuid[], $3::uuid[], $4::bigint[]) AS c(claim_id, user_id, stamp)
), written AS (
  INSERT INTO reservation AS r
    (claim_id, sale_id, user_id, trace_id, quantity, key_print, stamp, state, reserved_at, expires_at)
  SELECT claim_id, $1, user_id, claim_id, 1, 0, stamp, 'void', now(), now() FROM input ORDER BY claim_id
  ON CONFLICT (claim_id) DO UPDATE SET stamp = excluded.stamp
    WHERE r.state = 'void' AND r.stamp < excluded.stamp
  RETURNING claim_id
)
SELECT claim_id FROM written
UNION
SELECT r.claim_id FROM reservation r JOIN input c ON c.claim_id = r.claim_id
WHERE r.state = 'void' AND r.stamp = c.stamp`

/**
 * Gives units of ended orders back, of held and of sold reservations. $1: claim ids, $2: the orders'
 * versions; of one claim the greatest counts. A reservation that has followed its order as far is left alone;
 * one that is released already follows and gives nothing. Rows come back for those that gave units.
 *
 * All counters are made of what the locks return: Postgres applies the CHECKs to a new row before it sees
 * that the one it was made of, as old as the statement, has been replaced meanwhile.
 */
export const FREE = `
WITH input AS (
  SELECT claim_id, max(version) AS version FROM unnest($1::uuid[], $2::int[]) AS c(claim_id, version)
  GROUP BY 1
), mine AS (
  SELECT r.claim_id, c.version FROM reservation r JOIN input c ON c.claim_id = r.claim_id
  WHERE r.state <> 'void' AND r.version < c.version
  ORDER BY r.claim_id FOR UPDATE OF r
), ended AS (
  UPDATE reservation r SET state = 'released', version = m.version FROM mine m
  WHERE r.claim_id = m.claim_id AND r.state <> 'void' AND r.version < m.version
  RETURNING r.claim_id, r.sale_id, r.user_id, r.quantity, old.state AS was
), freed AS (
  SELECT * FROM ended WHERE was IN ('held', 'sold')
), buyers AS (
  SELECT u.sale_id, u.user_id, u.used FROM buyer_use u
  JOIN (SELECT DISTINCT sale_id, user_id FROM freed) f ON f.sale_id = u.sale_id AND f.user_id = u.user_id
  ORDER BY u.sale_id, u.user_id FOR UPDATE OF u
), unused AS (
  UPDATE buyer_use u SET used = b.used - f.units
  FROM buyers b
  JOIN (SELECT sale_id, user_id, sum(quantity) AS units FROM freed GROUP BY 1, 2) f
    ON f.sale_id = b.sale_id AND f.user_id = b.user_id
  WHERE u.sale_id = b.sale_id AND u.user_id = b.user_id
  RETURNING 1
), locked AS (
  SELECT sale_id, units, available, reserved, sold FROM sale
  WHERE sale_id IN (SELECT sale_id FROM freed) AND (SELECT count(*) FROM unused) >= 0
  ORDER BY sale_id FOR NO KEY UPDATE
), returned AS (
  UPDATE sale s
  SET units = l.units, available = l.available + f.held + f.sold,
      reserved = l.reserved - f.held, sold = l.sold - f.sold
  FROM locked l
  JOIN (
    SELECT sale_id, coalesce(sum(quantity) FILTER (WHERE was = 'held'), 0) AS held,
           coalesce(sum(quantity) FILTER (WHERE was = 'sold'), 0) AS sold
    FROM freed GROUP BY 1
  ) f ON f.sale_id = l.sale_id
  WHERE s.sale_id = l.sale_id
  RETURNING 1
)
SELECT claim_id, sale_id FROM freed WHERE (SELECT count(*) FROM returned) >= 0`

/**
 * Follows orders that were paid: held becomes sold. $1, $2 as of FREE. All stages keep reservations; only the
 * rows of stage hybrid also count them.
 */
export const SELL = `
WITH input AS (
  SELECT claim_id, max(version) AS version FROM unnest($1::uuid[], $2::int[]) AS c(claim_id, version)
  GROUP BY 1
), mine AS (
  SELECT r.claim_id, c.version FROM reservation r JOIN input c ON c.claim_id = r.claim_id
  WHERE r.state <> 'void' AND r.version < c.version
  ORDER BY r.claim_id FOR UPDATE OF r
), paid AS (
  UPDATE reservation r
  SET state = CASE r.state WHEN 'held' THEN 'sold' ELSE r.state END, version = m.version
  FROM mine m WHERE r.claim_id = m.claim_id AND r.state <> 'void' AND r.version < m.version
  RETURNING r.sale_id, r.quantity, old.state AS was
), locked AS (
  SELECT sale_id, units, available, reserved, sold FROM sale
  WHERE sale_id IN (SELECT sale_id FROM paid WHERE was = 'held') AND stage = 'hybrid'
  ORDER BY sale_id FOR NO KEY UPDATE
)
UPDATE sale s
SET units = l.units, available = l.available, reserved = l.reserved - p.units, sold = l.sold + p.units
FROM locked l
JOIN (SELECT sale_id, sum(quantity) AS units FROM paid WHERE was = 'held' GROUP BY 1) p
  ON p.sale_id = l.sale_id
WHERE s.sale_id = l.sale_id`
