-- Takes users out of a gateway whose lease is over, as if their sockets had closed then.
--
-- KEYS: leases, leaving, whether the gateway's lease ended here, the gateway's users, then the gateways
--       of each user
-- ARGV: gateway, now, for how many milliseconds it is remembered that it ended, then the id of each user
-- Returns 1 where nothing is left to take out (or the gateway has a lease again), 0 otherwise.
local leases, leaving, ended, held = unpack(KEYS, 1, 4)
local gateway, now = ARGV[1], ARGV[2]

local lease = redis.call('ZSCORE', leases, gateway)
if lease and tonumber(lease) > tonumber(now) then
  return 1
end
for place = 0, #KEYS - 5 do
  local gateways, user = KEYS[5 + place], ARGV[4 + place]
  redis.call('SREM', held, user)
  if redis.call('HDEL', gateways, gateway) == 1 and redis.call('EXISTS', gateways) == 0 then
    redis.call('ZADD', leaving, lease or now, user)
  end
end
if redis.call('EXISTS', held) == 1 then
  return 0
end
if lease then
  redis.call('SET', ended, '1', 'PX', ARGV[3])
end
-- Last: as long as it is there, sweeps find who is still to be taken out.
redis.call('ZREM', leases, gateway)
return 1
