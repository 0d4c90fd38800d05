-- GET a task that exists, chosen at random. Argument: a file with an id in each line.
dofile("result.lua")

local ids, threads = {}, 0

function setup(thread)
  threads = threads + 1
  thread:set("number", threads)
end

function init(arguments)
  for id in io.lines(arguments[1]) do
    ids[#ids + 1] = id
  end
  math.randomseed(os.time() + number)  -- else all threads ask for the same
end

function request()
  return wrk.format("GET", "/api/v1/tasks/" .. ids[math.random(#ids)])
end
