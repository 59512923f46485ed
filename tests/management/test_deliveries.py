"""Deliveries that were given up: listed, revived by those who run the house, and told of."""

import io
from collections.abc import Mapping
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import transaction

from deploy.composition.alerting import alert_watch
from idp.foundation.audit import chain_pending
from idp.foundation.outbox import DeliveryFailed, deliver_due, enqueue
from idp.foundation.outbox.models import OutboxMessage
from idp.staff.alerts.models import AlertRow
from idp.staff.roles import Role
from tests.management.conftest import Api, problem
from tests.trail import detail, events

pytestmark = [pytest.mark.django_db, pytest.mark.storage, pytest.mark.requirement("R18")]
KEY = "8e03978e-40d5-43dd-bc93-6894a57f9324"


def refuse(payload: Mapping[str, Any]) -> None:
    del payload
    raise DeliveryFailed("the portal answered 404", retry=False)


def given_up(api: Api, *kinds: str) -> list[int]:
    """One dead delivery of each kind; their numbers."""
    clock = api.desk.office.ground.clock
    for kind in kinds:
        with transaction.atomic():
            enqueue(kind, {"sub": "somebody's secret"}, clock=clock)
        assert deliver_due({kind: refuse}, clock.now()).dead == 1
    return list(OutboxMessage.objects.order_by("pk").values_list("pk", flat=True))


def test_dead_deliveries_are_listed_with_kind_time_and_reason(api: Api) -> None:
    first, second, third = given_up(api, "logout", "events", "logout")
    page = api.ask(Role.SUPERVISOR, "GET", "/deliveries?limit=2")
    rest = api.ask(Role.SYSTEM, "GET", f"/deliveries?cursor={page.json()['next_cursor']}").json()
    every = [*page.json()["items"], *rest["items"]]
    assert [each["delivery_id"] for each in every] == [third, second, first]
    assert rest["next_cursor"] is None
    assert {each["reason"] for each in every} == {"the portal answered 404"}
    assert all(each["died_at"] >= each["enqueued_at"] for each in every)
    assert "somebody" not in page.content.decode()
    (only,) = api.ask(Role.SYSTEM, "GET", "/deliveries?kind=events").json()["items"]
    assert (only["delivery_id"], only["kind"], only["attempts"]) == (second, "events", 1)
    assert problem(api.ask(Role.SYSTEM, "GET", "/deliveries?cursor=nope")) == "bad-cursor"


def test_dead_deliveries_are_tried_again_once_when_a_system_program_says_so(api: Api) -> None:
    first, second = given_up(api, "logout", "logout")
    wish = {"deliveries": [second, 999_999]}
    answer = api.ask(Role.SYSTEM, "POST", "/deliveries/revivals", wish, Idempotency_Key=KEY)
    assert answer.json() == {"revived": [second], "superseded": [], "not_dead": [999_999]}
    again = api.ask(Role.SYSTEM, "POST", "/deliveries/revivals", wish, Idempotency_Key=KEY)
    assert again.content == answer.content
    (told,) = events("delivery.revived")
    assert (told.operator, told.channel) == ("client:api-system", "api")
    assert detail(told) == {"delivery": "logout", "message": second}
    taken: list[Mapping[str, Any]] = []
    now = api.desk.office.ground.clock.now()
    assert deliver_due({"logout": taken.append}, now).delivered == 1
    assert len(taken) == 1
    assert OutboxMessage.objects.get(pk=first).state == "dead"


@pytest.mark.parametrize("wish", [{}, {"deliveries": []}, {"deliveries": [0]}, {"all": True}])
def test_revival_is_refused_when_it_names_no_delivery(api: Api, wish: dict[str, Any]) -> None:
    assert problem(api.ask(Role.SYSTEM, "POST", "/deliveries/revivals", wish)) == "invalid"


def test_flood_of_given_up_deliveries_of_a_kind_is_one_serious_alert(api: Api) -> None:
    given_up(api, "logout", "logout", "logout", "events")
    ground = api.desk.office.ground
    chain_pending(ground.clock.now())
    alert_watch(ground).raise_due()
    raised = AlertRow.objects.filter(type="alert.delivery_given_up")
    assert dict(raised.values_list("about", "times")) == {"logout": 3, "events": 1}
    assert set(raised.values_list("severity", flat=True)) == {"serious"}


def said(*arguments: str) -> str:
    output = io.StringIO()
    call_command("deliveries", *arguments, stdout=output)
    return output.getvalue()


def test_operator_lists_and_revives_dead_deliveries_by_command(api: Api) -> None:
    assert "nothing was given up" in said("list")
    first, second, third = given_up(api, "logout", "events", "events")
    assert [line.split()[0] for line in said("list").splitlines()] == [
        str(third),
        str(second),
        str(first),
    ]
    assert "the portal answered 404" in said("list", "--kind", "logout")
    assert said("revive", str(first)).split() == [str(first), "is", "tried", "again"]
    assert len(said("revive", "--kind", "events").splitlines()) == 2
    assert {each.operator for each in events("delivery.revived")} == {"manage.py deliveries"}
    for wrong in (
        ("revive",),
        ("revive", str(first)),
        ("revive", "--all"),
        ("revive", "1", "--all"),
    ):
        with pytest.raises(CommandError):
            said(*wrong)
