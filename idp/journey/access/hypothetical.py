"""Facts that somebody makes up: `subject.ial=2 request.channel=kiosk`."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final

from idp.clients.models import ClientRow
from idp.clients.reading import read_client
from idp.foundation.clock import SHANGHAI, Clock
from idp.journey.standing import client_facts
from policies.facts import ClientFacts, Facts, RequestFacts, SubjectFacts
from policies.vocabulary import BY_KEY

_ANYBODY: Final = SubjectFacts(person_id="somebody", ial=2, aal=1, status="active")


def facts_from(given: Iterable[str], *, client_id: str, clock: Clock) -> Facts:
    """An ordinary sign-in to a client, with these facts changed.

    Raises:
        ValueError: there is no such client or fact, or a value does not fit.
    """
    now = clock.now().astimezone(SHANGHAI)
    changed: dict[str, dict[str, Any]] = {"subject": {}, "client": {}, "request": {}}
    for each in given:
        key, mark, value = each.partition("=")
        if not mark or key not in BY_KEY:
            raise ValueError(f"{each}: write a fact and its value, of {', '.join(BY_KEY)}")
        group, _, name = key.partition(".")
        changed[group][name] = _value(key, value)
    channel = str(changed["request"].get("channel", "web"))
    request = RequestFacts(
        channel=channel,
        hour=now.hour,
        weekday=now.isoweekday(),
        now_epoch=int(now.timestamp()),
        session_age_s=60,
    )
    return Facts(
        subject=replace(_ANYBODY, **changed["subject"]),
        client=replace(_client(client_id, channel), **changed["client"]),
        request=replace(request, **changed["request"]),
    )


def _client(client_id: str, channel: str) -> ClientFacts:
    if not client_id:
        return ClientFacts(
            client_id="some-client",
            classification="general",
            channel=channel,
            minimum_ial=1,
            minimum_aal=1,
            allowed_channels=frozenset({"web"}),
            status="active",
        )
    row = ClientRow.objects.filter(client_id=client_id).first()
    if row is None:
        raise ValueError(f"there is no client {client_id}")
    return client_facts(read_client(row), channel)


def _value(key: str, value: str) -> Any:
    kind = BY_KEY[key].type
    if kind == "Set<String>":
        return frozenset(value.split(","))
    if kind == "Bool":
        if value not in {"true", "false"}:
            raise ValueError(f"{key} is true or false")
        return value == "true"
    if kind == "Long":
        if not value.removeprefix("-").isdigit():
            raise ValueError(f"{key} is a number")
        return int(value)
    return value
