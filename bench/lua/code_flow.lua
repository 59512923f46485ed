-- A person with a live session opens a portal: authorize, then redeem the code. BENCH_FILE holds
-- a Cookie header a line (one session each); a finished operation is a token response with an
-- id_token. Paths and parameters are ready-made in BENCH_AUTHORIZE_PATH, BENCH_TOKEN_PATH and
-- BENCH_TOKEN_BODY.
local cookies, codes, turn, post = {}, {}, 0, {}
local authorize_path, token_path, token_body
local thread_of_run
operations, failures = 0, 0

function setup(thread) thread_of_run = thread end

function init(_)
  for line in io.lines(os.getenv("BENCH_FILE")) do cookies[#cookies + 1] = line end
  authorize_path = os.getenv("BENCH_AUTHORIZE_PATH")
  token_path = os.getenv("BENCH_TOKEN_PATH")
  token_body = os.getenv("BENCH_TOKEN_BODY")
  post["Content-Type"] = "application/x-www-form-urlencoded"
  post["Authorization"] = os.getenv("BENCH_AUTHORIZATION")
end

function request()
  local code = table.remove(codes)
  if code then
    return wrk.format("POST", token_path, post, token_body .. "&code=" .. code)
  end
  turn = turn % #cookies + 1
  return wrk.format("GET", authorize_path, { Cookie = cookies[turn] })
end

function response(status, headers, body)
  if status == 302 or status == 303 then
    local location = headers["Location"] or headers["location"] or ""
    local code = string.match(location, "[?&]code=([^&]+)")
    if code then codes[#codes + 1] = code else failures = failures + 1 end
  elseif status == 200 and string.find(body, '"id_token"', 1, true) then
    operations = operations + 1
  else
    failures = failures + 1
  end
end

function done()
  print(string.format("operations %d failures %d",
    thread_of_run:get("operations"), thread_of_run:get("failures")))
end
