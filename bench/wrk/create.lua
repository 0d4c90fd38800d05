-- POST a task whose title no other request has. Argument: a name of this run.
dofile("result.lua")

local threads = 0

function setup(thread)
  threads = threads + 1
  thread:set("number", threads)
end

function init(arguments)
  run, count = arguments[1], 0
  wrk.method = "POST"
  wrk.path = "/api/v1/tasks"
  wrk.headers["Content-Type"] = "application/json"
end

function request()
  count = count + 1
  return wrk.format(nil, nil, nil, string.format(
    '{"title": "Task %s-%d-%d", "description": "Semi-skimmed, two litres, number %d"}', run, number, count, count))
end
