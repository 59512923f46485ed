-- Introspects every token of BENCH_FILE in turn, so that no cache smaller than the file can help.
local tokens, next_token, post = {}, 0, {}

function init(_)
  for line in io.lines(os.getenv("BENCH_FILE")) do tokens[#tokens + 1] = line end
  post["Content-Type"] = "application/x-www-form-urlencoded"
  post["Authorization"] = os.getenv("BENCH_AUTHORIZATION")
end

function request()
  next_token = next_token % #tokens + 1
  return wrk.format("POST", nil, post, "token=" .. tokens[next_token])
end
