"""The benchmark reads pages and wrk's reports rightly, and never hides a wrong answer."""

import pytest

from bench.browser import Page
from bench.load import Figure, LoadError, _read
from bench.report import footnotes, table
from bench.rows import ROWS

REPORT = """\
  Latency Distribution
     50%   26.14ms
     99%    1.25s
  22234 requests in 5.01s, 4.1MB read
{more}Requests/sec:   4437.9
"""


def test_report_of_wrk_is_read_in_seconds_and_milliseconds() -> None:
    run = _read(REPORT.format(more=""))
    assert (run.operations, run.seconds, run.p99_ms) == (22234, 5.01, 1250.0)


def test_operations_are_those_the_script_counted_when_it_counted() -> None:
    assert _read(REPORT.format(more="operations 11000 failures 0\n")).operations == 11000


@pytest.mark.parametrize(
    "more",
    [
        pytest.param("  Non-2xx or 3xx responses: 3\n", id="refused"),
        pytest.param("  Socket errors: connect 0, read 2, write 0, timeout 0\n", id="broken"),
        pytest.param("operations 10 failures 1\n", id="counted-by-the-script"),
        pytest.param("operations 0 failures 0\n", id="nothing-done"),
    ],
)
def test_report_of_wrk_gives_no_figure_when_an_answer_was_wrong(more: str) -> None:
    with pytest.raises(LoadError):
        _read(REPORT.format(more=more))


def test_form_is_read_as_a_browser_would_send_it() -> None:
    text = """
    <form action="/language"><button name="language" value="en">English</button></form>
    <form method="post" data-step="consent"><input type="hidden" name="csrf" value="x&amp;y">
      <div role="alert"><b>Please</b> choose.</div>
      <label><input type="checkbox" name="claim" value="name" checked></label>
      <input type="checkbox" name="other" value="phone"><input name="code" inputmode="numeric">
      <button type="button" name="help">Help</button>
      <button name="decision" value="allow">Allow</button>
      <button name="decision" value="deny">Deny</button>
    </form><p>after</p>"""
    page = Page(url="http://127.0.0.1/step", status=200, text=text)
    _, form = page.forms()
    assert (form.step, form.action, form.typed) == ("consent", "", {"code"})
    assert form.values == {"csrf": "x&y", "claim": "name", "code": ""}
    assert form.buttons == [("decision", "allow"), ("decision", "deny")]
    assert page.alerts() == "Please choose."


def test_table_compares_medians_and_names_goals_that_are_met_or_missed() -> None:
    results = {
        "product": {
            "cc_es256": Figure(per_second=20_000, cpu_us=45.2, p99_ms=9.5),
            "sso_serial": Figure(per_second=900, cpu_us=900, p99_ms=2),
            "jwks": "12 of 12 answers were wrong",
        },
        "peer": {
            "cc_es256": Figure(per_second=8_000, cpu_us=125, p99_ms=12),
            "sso_serial": Figure(per_second=500, cpu_us=1800, p99_ms=3),
            "sso_serial/everysec": Figure(per_second=600, cpu_us=1600, p99_ms=3),
        },
    }
    lines = {line.split("|")[1].strip(): line for line in table(ROWS, results).splitlines()}
    assert all(part in lines["client_credentials, ES256 JWT"] for part in ("2.5×", "yes"))
    assert all(part in lines["SSO code flow, serial"] for part in ("2.0×", "0.90 ms", "no"))
    assert footnotes(ROWS, results).splitlines() == [
        "SSO code flow, serial: peer with appendfsync everysec (not durable): 1.60 ms (600/s)",
        "JWKS: product: 12 of 12 answers were wrong",
    ]
