-- Collects BENCH_COUNT access tokens into BENCH_FILE, one a line, for introspect.lua.
wrk.method = "POST"
wrk.body = os.getenv("BENCH_BODY")
wrk.headers["Content-Type"] = "application/x-www-form-urlencoded"
wrk.headers["Authorization"] = os.getenv("BENCH_AUTHORIZATION")

local file, left = nil, tonumber(os.getenv("BENCH_COUNT"))

function response(status, _, body)
  if left <= 0 or status ~= 200 then return end
  file = file or io.open(os.getenv("BENCH_FILE"), "w")
  file:write(string.match(body, '"access_token"%s*:%s*"([^"]+)"'), "\n")
  left = left - 1
  if left % 256 == 0 then file:flush() end
end
