-- Posts texts to /models/{name}/invoke, checks that every answer is a 200, and prints latency percentiles.
-- usage: wrk -t2 -c8 -d10s -s bench/load/invoke.lua http://127.0.0.1:8080 -- MODEL [TEXTS]
-- MODEL: name of a loaded model; TEXTS: texts in one request, 1 (a plain string) by default.
-- Exits with 1 if an answer is not a 200 or never comes.

local texts = {
  "Where can I find the library?",
  "Où est la bibliothèque ?",
  "Wo ist die Bibliothek?",
  "The library opens at nine in the morning, and closes late; readers are welcome to stay until then.",
}

local threads = {}
local requests = {}
local sent = 0

-- Global, so that done() can read them: each thread of wrk has its own Lua state.
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
    io.stderr:write("Give a model's name, and optionally the number of texts per request: wrk … -- MODEL [TEXTS]\n")
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
    -- Formatted once, so that a request costs the generator as little as possible.
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

  -- wrk reports microseconds.
  io.write(string.format("\n%d answers, %.1f per second\n", total, total / (summary.duration / 1e6)))
  for _, percentile in ipairs({ 50, 90, 95, 99, 99.9 }) do
    io.write(string.format("p%-5g %10.2f ms\n", percentile, latency:percentile(percentile) / 1000))
  end
  io.write(string.format("max    %10.2f ms\n", latency.max / 1000))

  local errors = summary.errors
  local lost = errors.connect + errors.read + errors.write + errors.timeout
  if bad > 0 then io.write(string.format("%d answers were not a 200; the first: %s\n", bad, answer)) end
  if lost > 0 then
    io.write(string.format("%d could not connect, %d reads and %d writes failed, %d timed out\n", errors.connect, errors.read, errors.write, errors.timeout))
  end
  if total == 0 then io.write("No answer came. Check that the server is running and that the address is right.\n") end
  if bad > 0 or lost > 0 or total == 0 then os.exit(1) end
end
