"""`manage.py verify`: every check and every test, fast to slow, with a heading and a time each.

`run` is the order of things; `checks` are single commands; `suites` are pytest runs; `debian`
brings the programs that tests drive; `peers` starts PostgreSQL and Redis; `thresholds` judges
the coverage.
"""
