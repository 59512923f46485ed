"""Alerts by mail, over SMTP on real sockets: each serious one leaves, and none is lost."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from connectors.email.settings import for_sandbox
from connectors.email.templates import render
from deploy.composition.alerting import MOST_UNANSWERED, alert_tasks
from deploy.composition.ground import Ground
from deploy.house import Task
from idp.conf import Alerts
from idp.foundation.outbox.models import OutboxMessage, OutboxState
from idp.staff.alerts.models import AlertRow
from tests.console.conftest import Desk
from tests.console.test_alerts import happened

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("R14")]
DUTY, CENTRE = "duty@city.example", "soc@city.example"
HOURS_AWAY = 12


def tasks_of(desk: Desk, *, mail_port: int) -> dict[str, Task]:
    """What the worker repeats for alerts, in a city whose mail server listens there."""
    offset = for_sandbox("http://127.0.0.1:1").port - 1
    settings = replace(
        desk.rooms.ground.settings,
        sandbox_url=f"http://127.0.0.1:{mail_port - offset}",
        alerts=Alerts(emails=(DUTY, CENTRE)),
    )
    ground: Ground = replace(desk.rooms.ground, settings=settings)
    return {task.name: task for task in alert_tasks(ground)}


@pytest.fixture
def mail_port(sandbox: Any) -> Iterator[int]:
    with sandbox.mail_port() as port:
        yield port


def locked(desk: Desk, tasks: dict[str, Task]) -> AlertRow:
    """Somebody's account is locked, and the worker has read that in the trail."""
    happened(desk, "alert.staff_locked", detail={"account": "acc-1"})
    tasks["alerts"].run()
    return AlertRow.objects.get()


def inbox(sandbox: Any, mailbox: str = DUTY) -> list[str]:
    return [each["text"] for each in sandbox.authority.inbox.to(mailbox)]


def states() -> list[str]:
    return sorted(OutboxMessage.objects.values_list("state", flat=True))


def later(desk: Desk, tasks: dict[str, Task], *, minutes: float = 1) -> None:
    desk.office.clock.advance(minutes=minutes)
    tasks["alert-deliveries"].run()


def test_serious_alert_reaches_every_mailbox_in_words_with_the_way_to_it(
    desk: Desk, sandbox: Any, mail_port: int
) -> None:
    tasks = tasks_of(desk, mail_port=mail_port)
    alert = locked(desk, tasks)
    tasks["alert-deliveries"].run()
    for mailbox in (DUTY, CENTRE):
        (text,) = inbox(sandbox, mailbox)
        assert "工作人员账号被锁定" in text
        assert "acc-1" in text
        assert f"{desk.console.origin}/console/alerts/{alert.id}" in text
        assert "alert.staff_locked" not in text
    later(desk, tasks)
    assert states() == [OutboxState.DONE] * 2
    assert len(inbox(sandbox)) == 1


@pytest.mark.parametrize(
    ("behaviour", "code"),
    [("503", ""), ("500", ""), ("provider_code", "452"), ("provider_code", "550")],
    ids=["fails", "refuses", "is full", "knows no such mailbox"],
)
def test_mail_is_sent_again_when_the_server(
    desk: Desk, sandbox: Any, mail_port: int, behaviour: str, code: str
) -> None:
    tasks = tasks_of(desk, mail_port=mail_port)
    locked(desk, tasks)
    sandbox.spoil("email", behaviour, code=code)
    tasks["alert-deliveries"].run()
    assert [len(inbox(sandbox, each)) for each in (DUTY, CENTRE)] == [0, 1]
    assert states() == [OutboxState.DONE, OutboxState.WAITING]
    later(desk, tasks)
    assert [len(inbox(sandbox, each)) for each in (DUTY, CENTRE)] == [1, 1]
    assert states() == [OutboxState.DONE] * 2


def test_mail_is_sent_again_a_few_times_when_nobody_knows_whether_it_was_taken(
    desk: Desk, sandbox: Any, mail_port: int
) -> None:
    """Twice is better than never; for ever is not."""
    tasks = tasks_of(desk, mail_port=mail_port)
    locked(desk, tasks)
    OutboxMessage.objects.filter(payload__contains=CENTRE).delete()
    for _ in range(MOST_UNANSWERED + 2):
        sandbox.spoil("email", "reset")
        later(desk, tasks, minutes=20)
    assert len(inbox(sandbox)) == MOST_UNANSWERED
    assert states() == [OutboxState.DONE]


def test_alert_of_the_evening_arrives_when_the_mail_server_was_away_all_night(
    desk: Desk, sandbox: Any
) -> None:
    with sandbox.mail_port() as port:
        tasks = tasks_of(desk, mail_port=port)
    alert = locked(desk, tasks)
    for _ in range(HOURS_AWAY * 3):
        later(desk, tasks, minutes=20)
    assert states() == [OutboxState.WAITING] * 2
    mailbox = sandbox.authority.mailbox("127.0.0.1", port)
    mailbox.start()
    try:
        later(desk, tasks, minutes=20)
    finally:
        mailbox.stop()
    for each in (DUTY, CENTRE):
        (text,) = inbox(sandbox, each)
        assert str(alert.id) in text
    assert states() == [OutboxState.DONE] * 2


@pytest.mark.parametrize("language", ["zh-Hans", "zh-Hant", "en"])
def test_mail_says_what_when_and_where_in_every_language(language: str) -> None:
    told = {"what": "locked", "about": "x", "at": "08:00", "url": "https://id.city.example/a"}
    letter = render("alert", language, told)
    assert letter
    assert letter.language == language
    for word in told.values():
        assert word in letter.text
        assert word in letter.html
