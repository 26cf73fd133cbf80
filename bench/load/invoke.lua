-- Posts texts to /models/{name}/invoke, checks that every answer is a 200, and prints latency percentiles.
-- usage: wrk -t2 -c8 -d10s -s bench/load/invoke.lua http://127.0.0.1:8080 -- MODEL [TEXTS]
-- MODEL: name of a loaded model; TEXTS: texts in one request, 1 (a plain string) by default.
-- Ends with 1 when an answer was no 200 or did not come at all.

local texts = {
  "Where can I find the library?",
  "Où est la bibliothèque ?",
  "Wo ist die Bibliothek?",
  "The library opens at nine in the morning, and closes late; readers are welcome to stay until then.",
}

local threads = {}
local requests = {}
local sent = 0

-- Global, because done() reads them from the threads: each thread of wrk has a Lua state of its own.
answers = 0
refused = 0
example = ""

function setup(thread)
  table.insert(threads, thread)
end

function init(arguments)
  local model = arguments[1]
  local count = tonumber(arguments[2] or "1")
  if not model or not count or count < 1 then
    io.stderr:write("Give a model's name, and then how many texts a request has: wrk … -- MODEL [TEXTS]\n")
    os.exit(2)
  end

  local headers = { ["Content-Type"] = "application/json" }
  for first = 1, #texts do
    local quoted = {}
    for i = 0, count - 1 do
      table.insert(quoted, '"' .. texts[(first - 1 + i) % #texts + 1] .. '"')
    end
    local inputs = table.concat(quoted, ",")
    if count > 1 then inputs = "[" .. inputs .. "]" end
    -- Formatted once: nothing is left to do for each request.
    requests[first] = wrk.format("POST", "/models/" .. model .. "/invoke", headers, '{"inputs":' .. inputs .. "}")
  end
end

function request()
  sent = sent + 1
  return requests[sent % #requests + 1]
end

function response(status, headers, body)
  answers = answers + 1
  if status ~= 200 then
    refused = refused + 1
    if refused == 1 then example = status .. " " .. body end
  end
end

function done(summary, latency)
  local total, bad, answer = 0, 0, ""
  for _, thread in ipairs(threads) do
    total = total + thread:get("answers")
    bad = bad + thread:get("refused")
    if answer == "" then answer = thread:get("example") end
  end

  -- wrk counts in microseconds.
  io.write(string.format("\n%d answers, %.1f per second\n", total, total / (summary.duration / 1e6)))
  for _, percentile in ipairs({ 50, 90, 95, 99, 99.9 }) do
    io.write(string.format("p%-5g %10.2f ms\n", percentile, latency:percentile(percentile) / 1000))
  end
  io.write(string.format("max    %10.2f ms\n", latency.max / 1000))

  local errors = summary.errors
  local lost = errors.connect + errors.read + errors.write + errors.timeout
  if bad > 0 then io.write(string.format("%d answers were no 200; the first: %s\n", bad, answer)) end
  if lost > 0 then
    io.write(string.format("%d could not connect, %d reads and %d writes failed, %d timed out\n", errors.connect, errors.read, errors.write, errors.timeout))
  end
  if total == 0 then io.write("No answer came. Is the server running, and the address right?\n") end
  if bad > 0 or lost > 0 or total == 0 then os.exit(1) end
end
