-- Takes users out of a gateway whose lease is over, as if their sockets had closed then.
--
-- KEYS: leases, leaving, the gateway's users, then the gateways of each user
-- ARGV: gateway, now, then the id of each user
-- Returns 1 where nothing is left to take out (or the gateway has a lease again), 0 otherwise.
local leases, leaving, held = KEYS[1], KEYS[2], KEYS[3]
local gateway, now = ARGV[1], ARGV[2]

local lease = redis.call('ZSCORE', leases, gateway)
if lease and tonumber(lease) > tonumber(now) then
  return 1
end
for place = 0, #KEYS - 4 do
  local gateways, user = KEYS[4 + place], ARGV[3 + place]
  redis.call('SREM', held, user)
  if redis.call('HDEL', gateways, gateway) == 1 and redis.call('EXISTS', gateways) == 0 then
    redis.call('ZADD', leaving, lease or now, user)
  end
end
if redis.call('EXISTS', held) == 1 then
  return 0
end
-- Last: as long as it is there, sweeps find who is still to be taken out.
redis.call('ZREM', leases, gateway)
return 1
