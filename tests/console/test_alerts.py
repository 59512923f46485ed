"""Alerts: raised from the trail, counted while they are open, acknowledged once, and sent out."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import orjson
import pytest
from django.db import transaction

from deploy.composition.alerting import (
    BY_MAIL,
    BY_WEBHOOK,
    SIGNATURE,
    alert_deliveries,
    alert_watch,
    signature_of,
)
from deploy.composition.console_tasks import tell_resting
from deploy.composition.ground import Ground
from idp.channels.connector_desk import resting_key
from idp.conf import Alerts, Profile, Secret
from idp.foundation.audit import AuditEvent, chain_pending, record
from idp.foundation.outbox import DeliveryFailed, deliver_due, enqueue
from idp.foundation.outbox.models import OutboxMessage
from idp.staff.alerts.models import AlertRow
from idp.staff.roles import Role
from tests.console.conftest import Desk, words
from tests.spec.listening import listening
from tests.trail import detail, events

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("R14")]
KEY = b"a key of an operations centre, 43 characters"
CASE = {"verdict": "handled", "reference": "GJ-2026-3", "note": "asked the member of staff"}


def happened(desk: Desk, event_type: str, **fields: Any) -> None:
    event = AuditEvent(type=event_type, outcome="refused", **fields)
    with transaction.atomic():
        record(event, clock=desk.office.clock)
    chain_pending(desk.office.clock.now())


def told(desk: Desk, **alerts: Any) -> Ground:
    """The ground of a deployment that sends alerts so."""
    ground = desk.rooms.ground
    return replace(ground, settings=replace(ground.settings, alerts=Alerts(**alerts)))


def raise_due(desk: Desk) -> int:
    return alert_watch(desk.rooms.ground).raise_due()


def test_alert_is_raised_once_when_the_trail_tells_of_it(desk: Desk) -> None:
    happened(desk, "alert.staff_locked", operator="x", detail={"account": "acc-1"})
    happened(desk, "login.failed")
    happened(desk, "token.code_replayed", client_id="portal-a")
    assert raise_due(desk) == 2
    assert raise_due(desk) == 0
    page = words(desk.seat(Role.AUDIT).get("/console/alerts"))
    assert "A staff account was locked serious open acc-1 1" in page
    assert "An authorization code was used twice notice open portal-a 1" in page
    assert "Acknowledge" not in page.split("2 entries")[1]
    assert "1 entry" in words(desk.seat(Role.SYSTEM).get("/console/alerts?q=locked&sort=-times"))
    export = desk.seat(Role.SUPERVISOR).get("/console/alerts?format=csv&status=open")
    assert export.content.decode("utf-8-sig").count("\r\n") == 3


def test_flood_is_one_alert_until_somebody_acknowledges_it(desk: Desk) -> None:
    for _ in range(3):
        happened(desk, "access.alert", client_id="portal-a", subject="person-1")
    raise_due(desk)
    (row,) = AlertRow.objects.all()
    assert row.times == 3
    browser = desk.seat(Role.SECURITY)
    confirm = browser.post("/console/alerts/acknowledge", {"chosen": [str(row.id)]})
    assert "A watched client was entered" in words(confirm)
    assert not events("staff.alert_acknowledged")
    given = {"chosen": [str(row.id)], "count": "1", **CASE}
    assert browser.post("/console/alerts/acknowledge", given)["Location"] == "/console/alerts"
    assert browser.post("/console/alerts/acknowledge", given).status_code == 303
    (event,) = events("staff.alert_acknowledged")
    assert event.operator == str(desk.office.persona(Role.SECURITY).account_id)
    assert detail(event) == {
        "alert": str(row.id),
        "kind": "access.alert",
        "times": 3,
        "verdict": "handled",
        "reference": "GJ-2026-3",
    }
    page = words(browser.get(f"/console/alerts/{row.id}"))
    assert "asked the member of staff" in page
    assert "0 entries" in words(browser.get("/console/alerts?status=open"))
    happened(desk, "access.alert", client_id="portal-a", subject="person-1")
    raise_due(desk)
    assert AlertRow.objects.filter(acknowledged_at=None).count() == 1


@pytest.mark.parametrize("wrong", [{"verdict": "ignored"}, {"reference": "?"}, {"note": "x" * 201}])
def test_several_stay_open_when_nobody_says_what_came_of_them(
    desk: Desk, wrong: dict[str, str]
) -> None:
    for client_id in ("portal-a", "portal-b"):
        happened(desk, "access.alert", client_id=client_id)
    raise_due(desk)
    browser = desk.seat(Role.SYSTEM)
    chosen = [*map(str, AlertRow.objects.values_list("id", flat=True)), "nobody"]
    confirm = browser.post("/console/alerts/acknowledge", {"chosen": chosen})
    assert "Acknowledge 2 alerts" in words(confirm)
    refused = browser.post(
        "/console/alerts/acknowledge", {"chosen": chosen, "count": "2", **CASE, **wrong}
    )
    assert refused.status_code == 400
    assert AlertRow.objects.filter(acknowledged_at=None).count() == 2
    assert browser.post("/console/alerts/acknowledge", {})["Location"] == "/console/alerts"
    stale = browser.post("/console/alerts/acknowledge", {"chosen": chosen, "count": "3", **CASE})
    assert "Acknowledge 2 alerts" in words(stale)


def test_serious_alert_goes_to_every_mailbox_and_the_webhook_when_it_is_raised(desk: Desk) -> None:
    ground = told(desk, emails=("a@city.example", "b@city.example"), webhook="https://soc.example/")
    happened(desk, "alert.staff_locked", detail={"account": "acc-1"}, subject="person-1")
    happened(desk, "alert.staff_locked", detail={"account": "acc-1"}, subject="person-1")
    happened(desk, "document.claimed_by_another")
    alert_watch(ground).raise_due()
    kinds = list(OutboxMessage.objects.order_by("id").values_list("kind", flat=True))
    assert kinds == [BY_MAIL, BY_MAIL, BY_WEBHOOK]
    for message in OutboxMessage.objects.all():
        assert "person-1" not in message.payload


PAYLOAD = {"to": "a@city.example", "type": "alert.staff_locked", "about": "", "client_id": ""}
PAYLOAD |= {"id": "1", "severity": "serious", "raised_at": "2026-03-01T08:00:00", "at": "08:00"}


def test_webhook_gets_the_alert_signed_when_it_listens(desk: Desk) -> None:
    with listening() as centre:
        ground = told(desk, webhook=centre.url("/in"), webhook_key=Secret(KEY))
        post = alert_deliveries(ground)[BY_WEBHOOK]
        post(PAYLOAD)
        (got,) = centre.received
        at = int(got.headers[SIGNATURE].split(",")[0].removeprefix("t="))
        assert got.headers[SIGNATURE] == signature_of(got.body, key=KEY, at=at)
        assert orjson.loads(got.body)["type"] == "alert.staff_locked"
        centre.answers(500)
        with pytest.raises(DeliveryFailed, match="status 500") as failed:
            post(PAYLOAD)
        assert failed.value.retry


@pytest.mark.parametrize(
    "address", ["https://10.1.2.3/in", "https://169.254.169.254/", "https://127.0.0.1:1/"]
)
def test_webhook_reaches_no_inner_address_when_nobody_approved_it(desk: Desk, address: str) -> None:
    ground = told(desk, webhook=address, webhook_key=Secret(KEY))
    inner = replace(ground, settings=replace(ground.settings, profile=Profile.PRODUCTION))
    with pytest.raises(DeliveryFailed):
        alert_deliveries(inner)[BY_WEBHOOK](PAYLOAD)


def test_alert_is_not_sent_when_nothing_takes_it(desk: Desk) -> None:
    deliveries: dict[str, Callable[..., None]] = alert_deliveries(told(desk))
    with pytest.raises(DeliveryFailed):
        deliveries[BY_MAIL](PAYLOAD)
    with pytest.raises(DeliveryFailed) as gone:
        deliveries[BY_WEBHOOK](PAYLOAD)
    assert not gone.value.retry


def test_connector_that_rests_raises_one_alert_when_nobody_asks_it(desk: Desk) -> None:
    store = desk.rooms.ground.store
    store.put(resting_key("verification/population_library"), b"1", ttl=30)
    assert tell_resting(desk.rooms) == 1
    assert tell_resting(desk.rooms) == 0
    chain_pending(desk.office.clock.now())
    raise_due(desk)
    page = words(desk.seat(Role.SYSTEM).get("/console/alerts"))
    assert "A connector fails and rests serious open verification/population_library" in page


def test_deliveries_that_were_given_up_are_shown_and_tried_again(desk: Desk) -> None:
    def refuse(payload: object) -> None:
        del payload
        raise DeliveryFailed("the portal answered 404", retry=False)

    clock = desk.rooms.ground.clock
    for kind in ("oidc.backchannel_logout", "security_notice"):
        with transaction.atomic():
            enqueue(kind, {"sub": "somebody's secret"}, clock=clock)
        assert deliver_due({kind: refuse}, clock.now()).dead == 1
    first, second = OutboxMessage.objects.order_by("pk")
    assert "Deliveries that were given up" in words(desk.seat(Role.AUDIT).get("/console/alerts"))
    seen = desk.seat(Role.AUDIT).get("/console/deliveries")
    assert "A logout notice to a service" in words(seen)
    assert "the portal answered 404" in words(seen)
    assert "secret" not in seen.content.decode()
    assert "Try the marked ones again" not in words(seen)
    browser = desk.seat(Role.SYSTEM)
    assert "Try the marked ones again" in words(browser.get("/console/deliveries?q=logout"))
    marked = {"chosen": [str(first.pk), "nonsense", "9" * 40]}
    assert browser.post("/console/deliveries/revive", marked)["Location"] == "/console/deliveries"
    (told,) = events("delivery.revived")
    assert (told.operator, told.channel) == (
        str(desk.office.persona(Role.SYSTEM).account_id),
        "console",
    )
    assert detail(told)["message"] == first.pk
    listed = browser.get("/console/deliveries?format=csv").content.decode()
    assert ("security notice" in listed, "logout" in listed) == (True, False)
    assert OutboxMessage.objects.get(pk=second.pk).state == "dead"
