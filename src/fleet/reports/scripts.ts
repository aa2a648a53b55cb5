/**
 * The steps of a pool, each of which Redis takes as a whole. A pool is a hash (the state), a list of reports that wait,
 * and a list of what is being sent: reports at first, and the parcels that were made of them. All three expire together.
 *
 * Fields of the state: `bytes:waiting`, `bytes:sending`; `owner`, `until` (lease); `due`; `trouble`, `failures`;
 * `parcels` (1: what is being sent is made up already); and for each member `held:`, `done:` (numbers of reports),
 * `batch:` (the same of what is being sent) and `seen:`. Times are milliseconds of the server's clock.
 */

// Servers before version 5 do not write after they told the time, unless asked for this.
const start = `
if redis.replicate_commands then redis.replicate_commands() end
local state, waiting, sending = KEYS[1], KEYS[2], KEYS[3]
local time = redis.call('time')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local function number(field) return tonumber(redis.call('hget', state, field) or '0') end
local function keep(ms) for _, key in ipairs(KEYS) do redis.call('pexpire', key, ms) end end
local function fields(prefix)
  local found, all = {}, redis.call('hgetall', state)
  for i = 1, #all, 2 do
    if string.sub(all[i], 1, #prefix) == prefix then found[string.sub(all[i], #prefix + 1)] = all[i + 1] end
  end
  return found
end
local function present(ms)
  local count = 0
  for _, seen in pairs(fields('seen:')) do if now - tonumber(seen) <= ms then count = count + 1 end end
  return count
end
`;

/** Arguments: member, number, body, most bytes, most entries, expiry, 1 for a member that leaves. */
export const handOverScript = `${start}
local trouble = redis.call('hget', state, 'trouble')
if number('held:' .. ARGV[1]) >= tonumber(ARGV[2]) then return {'held'} end
if trouble and ARGV[7] ~= '1' then return {'trouble', trouble} end
local bytes = number('bytes:waiting') + number('bytes:sending') + #ARGV[3]
local entries = redis.call('llen', waiting) + redis.call('llen', sending)
if bytes > tonumber(ARGV[4]) or entries >= tonumber(ARGV[5]) then return {'full'} end
redis.call('rpush', waiting, ARGV[3])
redis.call('hincrby', state, 'bytes:waiting', #ARGV[3])
redis.call('hset', state, 'held:' .. ARGV[1], ARGV[2])
redis.call('hset', state, 'seen:' .. ARGV[1], now)
keep(ARGV[6])
return {'held'}
`;

/** Arguments: member or nothing, owner, interval, lease, expiry, after how long an absent member is forgotten. */
export const turnScript = `${start}
local member, interval = ARGV[1], tonumber(ARGV[3])
if member ~= '' then redis.call('hset', state, 'seen:' .. member, now) end
for absent, seen in pairs(fields('seen:')) do
  if now - tonumber(seen) > tonumber(ARGV[6]) then
    redis.call('hdel', state, 'seen:' .. absent, 'held:' .. absent, 'done:' .. absent)
  end
end
local entries = redis.call('llen', waiting) + redis.call('llen', sending)
local free = math.max(number('due'), number('until'))
if member == '' then free = number('until') end
local mine, batch = 0, {}
if entries > 0 and free <= now then
  mine = 1
  redis.call('hset', state, 'owner', ARGV[2], 'until', now + ARGV[4], 'due', now + interval)
  if redis.call('llen', sending) == 0 then
    redis.call('rename', waiting, sending)
    redis.call('hset', state, 'bytes:sending', number('bytes:waiting'), 'bytes:waiting', 0, 'parcels', 0)
    for from, highest in pairs(fields('held:')) do redis.call('hset', state, 'batch:' .. from, highest) end
  end
  batch = redis.call('lrange', sending, 0, -1)
end
keep(ARGV[5])
local wait = interval
if entries > 0 and mine == 0 then wait = free - now end
return {number('held:' .. member), number('done:' .. member), wait, present(tonumber(ARGV[5])), entries,
  number('bytes:waiting') + number('bytes:sending'), mine, number('parcels'), batch}
`;

/**
 * Arguments: owner, lease, expiry, number of entries done with, trouble or nothing, wait, 1 where that grows with
 * failures, channel, what comes instead.
 */
export const settleScript = `${start}
if redis.call('hget', state, 'owner') ~= ARGV[1] then return 0 end
local bytes = number('bytes:sending')
for _ = 1, tonumber(ARGV[4]) do bytes = bytes - #(redis.call('lpop', sending) or '') end
for i = #ARGV, 9, -1 do
  redis.call('lpush', sending, ARGV[i])
  bytes = bytes + #ARGV[i]
end
redis.call('hset', state, 'bytes:sending', bytes, 'parcels', 1, 'until', now + ARGV[2])
local left = redis.call('llen', sending)
if ARGV[5] ~= '' then
  local failures = math.min(number('failures') + 1, 10)
  redis.call('hset', state, 'trouble', ARGV[5], 'failures', failures, 'due',
    now + ARGV[6] * (ARGV[7] == '1' and 1 + failures or 1))
else
  if #ARGV < 9 then redis.call('hdel', state, 'trouble', 'failures') end
  if left == 0 then
    local batch = fields('batch:')
    redis.call('publish', ARGV[8], cjson.encode({state, batch}))
    for from, highest in pairs(batch) do
      if number('held:' .. from) > 0 then redis.call('hset', state, 'done:' .. from, highest) end
      redis.call('hdel', state, 'batch:' .. from)
    end
  end
end
if ARGV[5] ~= '' or left == 0 then redis.call('hset', state, 'owner', '', 'until', 0) end
keep(ARGV[3])
return 1
`;

/** Arguments: member, expiry. */
export const leaveScript = `${start}
redis.call('hdel', state, 'seen:' .. ARGV[1], 'held:' .. ARGV[1], 'done:' .. ARGV[1])
return present(tonumber(ARGV[2]))
`;
