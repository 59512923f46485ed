"""What changes about an account is told at every channel, once each, whatever is down meanwhile."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
from django.db import transaction

from connectors.email.settings import for_sandbox
from connectors.sandbox.server import SandboxServer
from deploy.composition.notices import notice_task
from deploy.house import Task
from idp.foundation.outbox.models import OutboxMessage, OutboxState
from idp.subjects.identifiers import TypedIdentifier
from idp.subjects.models import Identifier
from tests.city import running_sandbox
from tests.console.conftest import Desk
from tests.trail import detail, events

pytestmark = [pytest.mark.django_db, pytest.mark.requirement("R15")]
PHONE, ADDRESS = "+8613900000042", "wang@mail.example"


@pytest.fixture
def local_sandbox() -> Iterator[SandboxServer]:
    """One whose clock goes: gateways refuse what is signed for another day."""
    with running_sandbox() as server:
        yield server


@contextmanager
def mail_server(local_sandbox: SandboxServer) -> Iterator[None]:
    """The mail server beside the sandbox, while it is there."""
    mailbox = local_sandbox.authority.mailbox("127.0.0.1", for_sandbox(local_sandbox.base_url).port)
    mailbox.start()
    try:
        yield
    finally:
        mailbox.stop()


@pytest.fixture
def task(desk: Desk, local_sandbox: SandboxServer) -> Task:
    """What the worker repeats for notices, in a city whose gateways are the sandbox's."""
    settings = replace(desk.rooms.ground.settings, sandbox_url=local_sandbox.base_url)
    return notice_task(replace(desk.rooms.ground, settings=settings), desk.rooms.hall)


def told(desk: Desk, *, is_confirmed: bool = True) -> None:
    """Somebody with a phone and an address is told of something."""
    person_id, now = desk.resident(PHONE), desk.office.clock.now()
    subjects = desk.rooms.hall.subjects
    address = TypedIdentifier(kind=Identifier.Kind.EMAIL, value=ADDRESS)
    subjects.people.add_identifier(person_id, address, verified_at=now if is_confirmed else None)
    with transaction.atomic():
        subjects.authenticators.notices.tell(person_id, "passkey_added", language="en")


def inbox(local_sandbox: SandboxServer, to: str) -> list[str]:
    return [each["text"] for each in local_sandbox.authority.inbox.to(to)]


def states() -> list[str]:
    return sorted(OutboxMessage.objects.values_list("state", flat=True))


def test_phone_and_address_are_each_told_once_with_a_receipt_when_a_mail_server_comes_back(
    desk: Desk, local_sandbox: SandboxServer, task: Task
) -> None:
    told(desk)
    task.run()
    assert (len(inbox(local_sandbox, PHONE)), inbox(local_sandbox, ADDRESS)) == (1, [])
    assert states() == [OutboxState.DONE, OutboxState.WAITING]
    for _ in range(40):  # the mail server is away for a night
        desk.office.clock.advance(minutes=12)
        task.run()
    desk.office.clock.advance(minutes=20)
    with mail_server(local_sandbox):
        task.run()
        task.run()
    assert "a passkey was added" in inbox(local_sandbox, ADDRESS)[0]
    assert [len(inbox(local_sandbox, each)) for each in (PHONE, ADDRESS)] == [1, 1]
    assert states() == [OutboxState.DONE] * 2
    receipts = [detail(each) for each in events("notice.sent")]
    assert [(each["channel"], each["event"]) for each in receipts] == [
        ("sms", "passkey_added"),
        ("email", "passkey_added"),
    ]
    assert all(each["reference"] for each in receipts if each["channel"] == "sms")


def test_address_that_nobody_confirmed_is_told_nothing(desk: Desk) -> None:
    told(desk, is_confirmed=False)
    assert OutboxMessage.objects.count() == 1


def test_notice_of_before_an_upgrade_goes_to_the_phone_it_was_meant_for(
    desk: Desk, local_sandbox: SandboxServer, task: Task
) -> None:
    told(desk, is_confirmed=False)
    row = OutboxMessage.objects.get()
    OutboxMessage.objects.update(payload=row.payload.replace('"kind":"phone",', ""))
    task.run()
    assert len(inbox(local_sandbox, PHONE)) == 1
