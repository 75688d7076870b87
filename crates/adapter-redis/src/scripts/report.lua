-- Renews a gateway's lease and sets how many sockets it holds of some users.
--
-- KEYS: leases, leaving, transitions, untold, first report, whether the gateway's lease ended here, the
--       gateway's users, then the gateways of each user
-- ARGV: gateway, now, until, 'renew' or 'begin', when who came online may be given again, who left
--       with a first report since then may not be known here; then of each user: id, number of
--       sockets
-- Returns {1, and the places (from 0) of those who came online}; {0}, with nothing done, where
-- there is no lease to renew, or the users of one that is over are still to be taken out.
local leases, leaving, transitions, untold, first, ended, held = unpack(KEYS, 1, 7)
local gateway, now, til = ARGV[1], tonumber(ARGV[2]), ARGV[3]

local lease = redis.call('ZSCORE', leases, gateway)
if not lease or tonumber(lease) <= now then
  if ARGV[4] == 'renew' or redis.call('EXISTS', held) == 1 then
    return {0}
  end
end
redis.call('ZADD', leases, til, gateway)
redis.call('SETNX', first, now)
-- A Redis that was empty a moment ago has lost who was online: who has left since is not in it. But
-- where the gateway's lease ended here, all were taken out with it.
local has_lost = tonumber(redis.call('GET', first)) >= tonumber(ARGV[6]) and redis.call('EXISTS', ended) == 0

local reply = {1}
for place = 0, #KEYS - 8 do
  local gateways = KEYS[8 + place]
  local user, sockets = ARGV[7 + 2 * place], ARGV[8 + 2 * place]
  if sockets == '0' then
    redis.call('SREM', held, user)
    local had_some = redis.call('HDEL', gateways, gateway) == 1
      or (has_lost
        and not redis.call('ZSCORE', leaving, user)
        and redis.call('HEXISTS', transitions, user) == 0)
    if had_some and redis.call('EXISTS', gateways) == 0 then
      redis.call('ZADD', leaving, now, user)
    end
  else
    local is_connected = redis.call('EXISTS', gateways) == 1
    redis.call('SADD', held, user)
    redis.call('HSET', gateways, gateway, sockets)
    if not is_connected and redis.call('ZREM', leaving, user) == 0 then
      redis.call('HSET', transitions, user, '+' .. ARGV[2])
      redis.call('ZADD', untold, ARGV[5], user)
      reply[#reply + 1] = place
    end
  end
end
return reply
