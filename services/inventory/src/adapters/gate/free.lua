-- Puts units of claims back on the shelf, once each.
--
-- KEYS  gate, users, claims, pending
-- ARGV  'void' | 'release', then per claim: claimId, stamp ('' = any)
--       void: the claim never reached the ledger; forget it, so that the same wish may be made again.
--       release: its order was cancelled or has expired; remember that it is over.
-- reply units put back; false when there is no view
local gate = redis.call('HMGET', KEYS[1], 'left', 'users', 'claims')
if not gate[1] then return false end
local freed, goneUsers, goneClaims = 0, 0, 0

for i = 2, #ARGV, 2 do
  local claimId = ARGV[i]
  local record = redis.call('HGET', KEYS[3], claimId)
  local stamp, userId, units = string.match(record or '', '^(%d+) (%S+) (%d+)$')
  -- Without units to its name a claim has nothing to settle; with another stamp it is a later wish, left
  -- alone.
  if not stamp then redis.call('ZREM', KEYS[4], claimId) end
  if stamp and (ARGV[i + 1] == '' or ARGV[i + 1] == stamp) then
    redis.call('ZREM', KEYS[4], claimId)
    freed = freed + tonumber(units)
    if redis.call('HINCRBY', KEYS[2], userId, -tonumber(units)) <= 0 then
      goneUsers = goneUsers + redis.call('HDEL', KEYS[2], userId)
    end
    if ARGV[1] == 'void' then
      goneClaims = goneClaims + redis.call('HDEL', KEYS[3], claimId)
    else
      redis.call('HSET', KEYS[3], claimId, stamp .. ' over')
    end
  end
end

if freed > 0 then
  redis.call('HSET', KEYS[1], 'left', tonumber(gate[1]) + freed,
    'users', tonumber(gate[2]) - goneUsers, 'claims', tonumber(gate[3]) - goneClaims)
end
return freed
