-- Renews a gateway's lease and sets how many sockets it holds of some users.
--
-- KEYS: leases, leaving, gone, the gateway's users, then the gateways of each user
-- ARGV: gateway, now, until, 'renew' or 'begin', then of each user: id, number of sockets
-- Returns {1, and the places (from 0) of those who came online}; {0}, with nothing done, where
-- there is no lease to renew, or the users of one that is over are still to be taken out.
local leases, leaving, gone, held = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local gateway, now, til = ARGV[1], tonumber(ARGV[2]), ARGV[3]

local lease = redis.call('ZSCORE', leases, gateway)
if not lease or tonumber(lease) <= now then
  if ARGV[4] == 'renew' or redis.call('EXISTS', held) == 1 then
    return {0}
  end
end
redis.call('ZADD', leases, til, gateway)

local reply = {1}
for place = 0, #KEYS - 5 do
  local gateways = KEYS[5 + place]
  local user, sockets = ARGV[5 + 2 * place], ARGV[6 + 2 * place]
  if sockets == '0' then
    redis.call('SREM', held, user)
    if redis.call('HDEL', gateways, gateway) == 1 and redis.call('EXISTS', gateways) == 0 then
      redis.call('ZADD', leaving, now, user)
    end
  else
    local is_connected = redis.call('EXISTS', gateways) == 1
    redis.call('SADD', held, user)
    redis.call('HSET', gateways, gateway, sockets)
    if not is_connected and redis.call('ZREM', leaving, user) == 0 then
      redis.call('ZREM', gone, user)
      reply[#reply + 1] = place
    end
  end
end
return reply
