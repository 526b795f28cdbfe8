-- Decides a batch of claims of one sale in one step. Every check comes before the first write: a script that
-- fails half-way is not rolled back.
--
-- KEYS  gate, users, claims, pending, prints
-- ARGV  per claim: claimId, userId, quantity, key print
-- reply false when the view is missing or damaged, else {epoch, per claim a number}: its stamp (> 0) when it
--       holds units, taken now or earlier | -1 sold out | -2 limit | -3 not open | -4 it took another
--       quantity
local gate = redis.call('HMGET', KEYS[1],
  'epoch', 'left', 'seq', 'limit', 'state', 'startsAt', 'endsAt', 'users', 'claims', 'ahead')
if not (gate[1] and gate[10]) then return false end
if redis.call('HLEN', KEYS[2]) ~= tonumber(gate[8]) then return false end
if redis.call('HLEN', KEYS[3]) ~= tonumber(gate[9]) then return false end

local left, seq, limit = tonumber(gate[2]), tonumber(gate[3]), tonumber(gate[4])
local time = redis.call('TIME')
-- The ledger's clock counts, which is so much ahead of this machine's.
local ahead = tonumber(gate[10])
local now = time[1] * 1000 + math.floor(time[2] / 1000) + ahead
local open = gate[5] == 'open' and now >= tonumber(gate[6]) and now < tonumber(gate[7])

local reply, records, used = { tonumber(gate[1]) }, {}, {}
local newUsers, newClaims = 0, 0
local userFields, claimFields, pendingFields, prints = {}, {}, {}, {}

for i = 1, #ARGV, 4 do
  local claimId, userId, quantity = ARGV[i], ARGV[i + 1], tonumber(ARGV[i + 2])
  local earlier = records[claimId] or redis.call('HGET', KEYS[3], claimId)
  local stamp
  if earlier then
    -- A record without units is of an order that is over: the ledger knows its quantity.
    local units = tonumber(string.match(earlier, ' (%d+)$'))
    stamp = (units or quantity) == quantity and tonumber(string.match(earlier, '^%d+')) or -4
  else
    local mine = used[userId] or tonumber(redis.call('HGET', KEYS[2], userId) or -1)
    local has = math.max(mine, 0)
    if not open then
      stamp = -3
    elseif has + quantity > limit then
      stamp = -2
    elseif quantity > left then
      stamp = -1
    else
      seq = seq + 1
      left = left - quantity
      stamp = seq
      if mine < 0 then newUsers = newUsers + 1 end
      used[userId] = has + quantity
      records[claimId] = string.format('%.0f %s %d', stamp, userId, quantity)
      newClaims = newClaims + 1
      claimFields[#claimFields + 1] = claimId
      claimFields[#claimFields + 1] = records[claimId]
      pendingFields[#pendingFields + 1] = now
      pendingFields[#pendingFields + 1] = claimId
      prints[#prints + 1] = struct.pack('<I4', tonumber(ARGV[i + 3]))
    end
  end
  reply[#reply + 1] = stamp
end

if newClaims > 0 then
  for userId, units in pairs(used) do
    userFields[#userFields + 1] = userId
    userFields[#userFields + 1] = units
  end
  redis.call('HSET', KEYS[1], 'left', left, 'seq', string.format('%.0f', seq),
    'users', tonumber(gate[8]) + newUsers, 'claims', tonumber(gate[9]) + newClaims)
  redis.call('HSET', KEYS[2], unpack(userFields))
  redis.call('HSET', KEYS[3], unpack(claimFields))
  redis.call('ZADD', KEYS[4], unpack(pendingFields))
  redis.call('APPEND', KEYS[5], table.concat(prints))
  -- An hour after the end the view goes by itself; whoever asks then has it rebuilt.
  local goneAt = math.max(now, tonumber(gate[7])) + 3600000 - ahead
  for i = 1, 5 do redis.call('PEXPIREAT', KEYS[i], string.format('%.0f', goneAt)) end
end
return reply
