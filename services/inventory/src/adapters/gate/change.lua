-- Carries an operator's change from the ledger into the view of the same epoch.
--
-- KEYS  gate
-- ARGV  epoch, units to add, then field, value, …
-- reply 1 when changed, 0 when the view is of another epoch or missing: then the reconciler sees that its
--       terms differ from the ledger's, and rebuilds it
if redis.call('HGET', KEYS[1], 'epoch') ~= ARGV[1] then return 0 end
redis.call('HINCRBY', KEYS[1], 'left', ARGV[2])
redis.call('HSET', KEYS[1], unpack(ARGV, 3))
return 1
