-- Requests of a contestant. Arguments: a Lua file with the requests and their weights, a file with an id on each line,
-- a name of this run, the number of slices before the first thread's, and the position reached in each slice.
local SLICES, WINDOW = 4, 64
local threads = {}

function setup(thread)
  threads[#threads + 1] = thread
  thread:set("number", #threads)
end

function init(arguments)
  kinds, run, count = dofile(arguments[1]), arguments[3], 0
  slice = tonumber(arguments[4]) + number
  position = tonumber(arguments[4 + number]) or 0
  ids, total = {}, 0
  for id in io.lines(arguments[2]) do
    ids[#ids + 1] = id
  end
  for _, kind in ipairs(kinds) do
    total = total + kind.weight
  end
  math.randomseed(os.time() * 8 + slice)  -- otherwise all threads send the same requests
end

local function choose()
  local left = math.random(total)
  for _, kind in ipairs(kinds) do
    left = left - kind.weight
    if left <= 0 then
      return kind.turns
    end
  end
end

-- Completes a window of tasks, then reopens it, then continues with the next, in a slice of the ids that only this thread
-- uses. So each request changes something, also when it continues after the last run.
local function in_turn(turns)
  local size, step = #ids / SLICES, position % (2 * WINDOW)
  local place = (math.floor(position / (2 * WINDOW)) * WINDOW + step % WINDOW) % size
  position = position + 1
  return turns[step < WINDOW and 1 or 2], ids[(slice - 1) * size + place + 1]
end

function request()
  local turns = choose()
  local chosen, id = turns[1], nil
  if turns[2] then
    chosen, id = in_turn(turns)
  else
    id = ids[math.random(#ids)]
  end
  count = count + 1
  local values = {id = id, unique = run .. "-" .. slice .. "-" .. count}
  local path = string.gsub(chosen[2], "%$(%l+)", values)
  local body = chosen[4] and string.gsub(chosen[4], "%$(%l+)", values)
  return wrk.format(chosen[1], path, chosen[3], body)
end

-- Prints what was measured as the last line, in JSON; times in milliseconds.
function done(summary, latency)
  local positions = {}
  for _, thread in ipairs(threads) do
    positions[#positions + 1] = thread:get("position")
  end
  local errors = summary.errors
  print(string.format(
    '{"requests": %d, "seconds": %.6f, "p50": %.3f, "p99": %.3f, "refused": %d, "broken": %d, "positions": [%s]}',
    summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
    errors.status, errors.connect + errors.read + errors.write + errors.timeout, table.concat(positions, ", ")))
end
