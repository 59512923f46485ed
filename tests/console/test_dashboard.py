"""The overview: figures from the counts by the hour, for many who look; and its live address."""

import hashlib
import json
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from admin.figures import FiguresDesk, measure
from deploy.composition.console_tasks import console_tasks
from idp.foundation.audit import AuditEvent, chain_pending, record
from idp.foundation.storage import ValkeyStore
from idp.foundation.tally import HourlyCount, fold_trail
from idp.foundation.tally.reading import hour_of
from idp.staff.roles import Role
from tests.console.conftest import Desk, words

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("R18")]
VENDOR = Path("admin/static/console/vendor")
OWN, ANOTHERS = "portal-b", "portal-a"


def counted(desk: Desk, kind: str, name: str, outcome: str, number: int, client_id: str) -> None:
    HourlyCount.objects.create(
        hour=hour_of(desk.office.clock.now()),
        kind=kind,
        name=name,
        outcome=outcome,
        client_id=client_id,
        number=number,
    )


def a_day(desk: Desk) -> None:
    for client_id in (OWN, ANOTHERS):
        counted(desk, "sign_in", "sms", "success", 1_200, client_id)
        counted(desk, "sign_in", "sms", "refused", 30, client_id)
        counted(desk, "event", "client.authentication", "refused", 9, client_id)
        counted(desk, "step", "verification", "entered", 100, client_id)
        counted(desk, "step", "verification", "passed", 60, client_id)
        counted(desk, "step", "verification", "stopped", 10, client_id)
    counted(desk, "proof", "network_identity", "match", 3, "")
    counted(desk, "event", "alert.staff_locked", "refused", 2, "")
    counted(desk, "asked", "verification/ctid", "failed", 6, "")
    counted(desk, "wait", "verification/ctid", "20.0", 6, "")
    counted(desk, "cost", "verification/ctid", "", 450, "")


def test_overview_says_how_the_day_goes_when_things_were_counted(desk: Desk) -> None:
    a_day(desk)
    page = words(desk.seat(Role.SYSTEM).get("/console/"))
    assert "Sign-ins 2,400 Refused 60 Clients 3 Suspended 0" in page
    assert "Open alerts 0 Authorities failing 1 Cost today ¥4.50" in page
    assert "Verification 200 120 20 60 30.0%" in page
    assert "Code by text message 2,400 60 97.6%" in page
    assert "CTID platform Verification 0 6 ≤ 20 s ¥4.50" in page
    assert "Sample City Services 9" in page
    assert "A staff account was locked 2" in page


@pytest.mark.parametrize("language", ["zh-hans", "zh-hant"])
def test_charts_have_words_and_a_table_each_when_read_in_chinese(desk: Desk, language: str) -> None:
    a_day(desk)
    for name in ("password", "passkey", "totp", "recovery_code", "handoff", "partner", "card"):
        counted(desk, "sign_in", name, "success", 5, OWN)
    for name in ("login", "access", "consent"):
        counted(desk, "step", name, "entered", 5, OWN)
    browser = desk.seat(Role.SYSTEM)
    browser.cookies[desk.console.language_cookie] = language
    found = json.loads(browser.get("/console/live").content)
    said = [name for name, _number in found["risk"]]
    for chart in found["charts"].values():
        said += [chart["title"], *chart["heads"], *(each["name"] for each in chart["series"])]
        said += [each for each in chart["categories"] if not re.fullmatch(r"\d\d:00", each)]
    assert [each for each in said if not re.search("[\u4e00-\u9fff]", each)] == []
    page = browser.get("/console/").content.decode()
    for chart in found["charts"].values():
        card = page.partition(f'data-chart="{chart["key"]}"')[2].partition("</section>")[0]
        assert f'<caption class="seen-by-readers">{chart["title"]}</caption>' in card
        rows = card.partition("<tbody data-rows>")[2].count("<tr>")
        assert rows == max(1, len(chart["rows"]))


def test_department_sees_what_happened_with_its_own_clients_when_it_looks(desk: Desk) -> None:
    a_day(desk)
    browser = desk.seat(Role.DEPARTMENT)
    page = words(browser.get("/console/"))
    assert "Sign-ins 1,200 Refused 30" in page
    assert "Sample City Library 9" in page
    live = browser.get("/console/live").content.decode()
    for hidden in (ANOTHERS, "ctid", "Cost", "A staff account was locked"):
        assert hidden not in page
        assert hidden not in live


def test_script_is_told_the_same_figures_when_it_asks(desk: Desk) -> None:
    a_day(desk)
    answer = desk.seat(Role.AUDIT).get("/console/live")
    assert answer["Cache-Control"].startswith("max-age=0")
    found = json.loads(answer.content)
    assert found["figures"]["signed-in"] == "2,400"
    assert found["charts"]["sign-ins"]["series"][0]["values"][-1] == 2_400
    assert found["charts"]["steps"]["series"][1]["values"] == [60]
    assert set(found["charts"]) == {"sign-ins", "steps", "methods", "authorities", "errors"}
    for chart in found["charts"].values():
        assert len(chart["rows"]) == len(chart["categories"])
        assert all(len(row) == len(chart["heads"]) for row in chart["rows"])
        assert all(len(each["values"]) == len(chart["categories"]) for each in chart["series"])


def test_events_reach_the_overview_when_the_trail_was_folded(desk: Desk) -> None:
    event = AuditEvent(type="login.succeeded", outcome="success", detail={"factor": "passkey"})
    with transaction.atomic():
        record(event, clock=desk.office.clock)
    chain_pending(desk.office.clock.now())
    while fold_trail(is_client=lambda _client_id: True):
        pass
    assert "Passkey 1 0 100.0%" in words(desk.seat(Role.SYSTEM).get("/console/"))


def test_one_computes_when_fifty_look_at_once(store: ValkeyStore) -> None:
    computed: list[int] = []

    def compute() -> dict[str, int]:
        computed.append(1)
        return {"n": len(computed)}

    desk = FiguresDesk(store=store)
    with ThreadPoolExecutor(20) as pool:
        looks = [pool.submit(desk.of, "", compute) for _ in range(50)]
        assert all(each.result() == {"n": 1} for each in looks)
    assert computed == [1]
    assert desk.of("city-library", lambda: {"n": 8}) == {"n": 8}


def test_last_figures_are_shown_when_another_process_computes_new_ones(store: ValkeyStore) -> None:
    here, there = FiguresDesk(store=store), FiguresDesk(store=store)
    seen_meanwhile: list[dict[str, int]] = []

    def compute() -> dict[str, int]:
        seen_meanwhile.append(there.of("", lambda: {"n": 3}))
        return {"n": 2}

    assert here.of("", lambda: {"n": 1}) == {"n": 1}
    store.delete("console:figures:")  # what is fresh has lapsed
    assert here.of("", compute) == {"n": 2}
    assert seen_meanwhile == [{"n": 1}]


def test_overview_reads_a_few_rows_however_long_the_history(desk: Desk) -> None:
    a_day(desk)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        measure(desk.office.clock.now(), clients=None, standings=())
    assert len(asked) == 4
    assert not any("auditrow" in each["sql"] for each in asked)


def test_nobody_stays_signed_in_when_only_the_page_asks(desk: Desk) -> None:
    browser = desk.seat(Role.SUPERVISOR)
    for _ in range(3):
        assert browser.get("/console/live").status_code == 200
        desk.office.clock.advance(minutes=6)
    assert browser.get("/console/live").status_code == 303


def test_vendored_script_is_what_the_manifest_says() -> None:
    manifest = json.loads((VENDOR / "manifest.json").read_text())
    scripts = {each.name for each in VENDOR.glob("*.js")}
    assert scripts == set(manifest)
    for name, entry in manifest.items():
        assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == entry["sha256"]
    assert "Apache License" in (VENDOR / "echarts.LICENSE").read_text()


def test_worker_counts_and_forgets_when_its_tasks_run(desk: Desk) -> None:
    a_day(desk)
    HourlyCount.objects.filter(kind="proof").update(hour=1)
    tasks = {each.name: each for each in console_tasks(desk.rooms)}
    assert set(tasks) == {"alerts", "alert-deliveries", "resting", "counts", "counts-purge"}
    for task in tasks.values():
        task.run()
    assert not HourlyCount.objects.filter(hour=1).exists()
