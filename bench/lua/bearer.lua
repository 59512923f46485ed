-- One GET again and again, with the Authorization header BENCH_AUTHORIZATION.
wrk.headers["Authorization"] = os.getenv("BENCH_AUTHORIZATION")
