-- Redeems refresh tokens, each answer's successor next. BENCH_FILE holds one token a line, more
-- than there are connections: a token is in flight once at most, as with honest clients.
local tokens, post = {}, {}
local thread_of_run
operations, failures = 0, 0

function setup(thread) thread_of_run = thread end

function init(_)
  for line in io.lines(os.getenv("BENCH_FILE")) do tokens[#tokens + 1] = line end
  post["Content-Type"] = "application/x-www-form-urlencoded"
  post["Authorization"] = os.getenv("BENCH_AUTHORIZATION")
end

function request()
  local token = table.remove(tokens) or "none-left"
  return wrk.format("POST", nil, post, "grant_type=refresh_token&refresh_token=" .. token)
end

function response(status, _, body)
  local successor = status == 200 and string.match(body, '"refresh_token"%s*:%s*"([^"]+)"')
  local expects_id_token = os.getenv("BENCH_ID_TOKEN") == "1"
  local has_id_token = string.find(body, '"id_token"', 1, true) ~= nil
  if successor and has_id_token == expects_id_token then
    tokens[#tokens + 1] = successor
    operations = operations + 1
  else
    failures = failures + 1
  end
end

function done()
  print(string.format("operations %d failures %d",
    thread_of_run:get("operations"), thread_of_run:get("failures")))
end
