-- Takes units for a claim whose units came back before: its order had expired, and then was paid. Neither
-- times nor a pause count here, and what the buyer may have the ledger decides.
--
-- KEYS  gate, users, claims
-- ARGV  claimId, userId, units
-- reply false when the view is missing, damaged or does not know the claim, else {epoch, n}: n is 1 taken |
--       0 not so many left | -1 it has units in this view, by a revival or a return that is on its way
local gate = redis.call('HMGET', KEYS[1], 'epoch', 'left', 'users', 'claims')
if not gate[1] then return false end
if redis.call('HLEN', KEYS[2]) ~= tonumber(gate[3]) then return false end
if redis.call('HLEN', KEYS[3]) ~= tonumber(gate[4]) then return false end
local record = redis.call('HGET', KEYS[3], ARGV[1])
if not record then return false end

local epoch, units = tonumber(gate[1]), tonumber(ARGV[3])
local stamp = string.match(record, '^(%d+) over$')
if not stamp then return { epoch, -1 } end
if units > tonumber(gate[2]) then return { epoch, 0 } end

local isNew = redis.call('HEXISTS', KEYS[2], ARGV[2]) == 0
redis.call('HSET', KEYS[1],
  'left', tonumber(gate[2]) - units, 'users', tonumber(gate[3]) + (isNew and 1 or 0))
redis.call('HINCRBY', KEYS[2], ARGV[2], units)
redis.call('HSET', KEYS[3], ARGV[1], string.format('%s %s %d', stamp, ARGV[2], units))
-- Users that had all left are a key made anew: it goes when the view does.
redis.call('PEXPIREAT', KEYS[2], string.format('%.0f', redis.call('PEXPIRETIME', KEYS[3])))
return { epoch, 1 }
