"""Recorded wire examples: each adapter sends their very bytes, and reads their answers."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from connectors.counting import InProcessCounters
from connectors.evidence import (
    ChipReading,
    IdentityClaim,
    OrganizationClaim,
    Portrait,
    RegistrationStatus,
    Validity,
)
from connectors.http import OutboundClient
from connectors.outcomes import Outcome
from connectors.registry import IDENTITY_VERIFICATION, ORGANIZATION_VERIFICATION
from connectors.settings import read_settings

EXAMPLES = Path(__file__).with_name("examples")
NOW = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
FACE = b"\xff\xd8\xff\xfe\x00\x06face\xff\xd9"
ACCOUNT = {"ctid": "app_key", "immigration": "client_id"}


def resident(**more: Any) -> IdentityClaim:
    return IdentityClaim(
        document_type="resident_id_card", document_number="11010519491231002X", name="李㛃", **more
    )


def traveller(kind: str, number: str, name: str, born: date | None, **more: Any) -> IdentityClaim:
    return IdentityClaim(
        document_type=kind, document_number=number, name=name, birth_date=born, **more
    )


PHONE = {"phone": "+8613800000001"}
CARD = {**PHONE, "bank_card": "6299 0000 0000 0001 0"}
UNTIL_2040 = Validity(begins_on=date(2020, 12, 31), ends_on=date(2040, 12, 31))
UNLIMITED = Validity(begins_on=date(2020, 12, 31), ends_on=None)
LIVE = Portrait(image=FACE, is_live=True)
LEUNG = ("travel_permit_hm", "H1234567801", "梁嘉欣", date(1994, 8, 23))
TEA = OrganizationClaim(uscc="91350100m000100y43", name="福州示例茶业有限公司", principal="苏明哲")

CLAIMS: dict[str, tuple[Any, Outcome, int]] = {
    "mobile_operator/match": (resident(**PHONE), Outcome.MATCH, 2),
    "mobile_operator/mismatch": (resident(**PHONE), Outcome.MISMATCH, 0),
    "mobile_operator/not_found": (resident(**PHONE), Outcome.NOT_FOUND, 0),
    "bank_card/match": (resident(**CARD), Outcome.MATCH, 2),
    "bank_card/mismatch": (resident(**CARD), Outcome.MISMATCH, 0),
    "bank_card/not_found": (resident(**CARD), Outcome.NOT_FOUND, 0),
    "bank_card/card_used_up": (resident(**CARD), Outcome.RATE_LIMITED, 0),
    "ctid/name_and_number": (resident(), Outcome.MATCH, 2),
    "ctid/validity": (resident(validity=UNTIL_2040), Outcome.MATCH, 2),
    "ctid/validity_unlimited": (resident(validity=UNLIMITED), Outcome.MISMATCH, 0),
    "ctid/portrait": (resident(portrait=LIVE), Outcome.MATCH, 3),
    "ctid/validity_and_portrait": (
        resident(validity=UNTIL_2040, portrait=LIVE),
        Outcome.NO_PHOTO,
        0,
    ),
    "ctid/credential": (resident(network_credential="CRED-1"), Outcome.MATCH, 3),
    "ctid/credential_and_portrait": (
        resident(network_credential="CRED-1", portrait=LIVE),
        Outcome.LOW_QUALITY,
        0,
    ),
    "immigration/travel_permit_hm": (traveller(*LEUNG), Outcome.MATCH, 2),
    "immigration/travel_permit_tw": (
        traveller("travel_permit_tw", "01234567", "張雅婷", date(1992, 1, 30)),
        Outcome.MISMATCH,
        0,
    ),
    "immigration/residence_permit_hmt": (
        traveller("residence_permit_hmt", "810000199408230021", "梁嘉欣", None),
        Outcome.MATCH,
        2,
    ),
    "immigration/passport": (
        traveller(
            "passport", "l898902c3", "Anna Maria Eriksson", date(1974, 8, 12), nationality="UTO"
        ),
        Outcome.MATCH,
        2,
    ),
    "immigration/cn_passport": (
        traveller("cn_passport", "E12345678", "郑海生", date(1983, 5, 6)),
        Outcome.NOT_FOUND,
        0,
    ),
    "immigration/permanent_resident_card": (
        traveller("permanent_resident_card", "911398199012310021", "Aigerim Nurlanova", None),
        Outcome.MATCH,
        2,
    ),
    "immigration/face": (traveller(*LEUNG, portrait=LIVE), Outcome.MATCH, 3),
    "immigration/chip": (
        traveller(*LEUNG, chip=ChipReading(data=b"chip data", is_attended=True)),
        Outcome.MATCH,
        4,
    ),
    "business_registry/in_operation": (TEA, Outcome.MATCH, 0),
    "business_registry/another_principal": (TEA, Outcome.MISMATCH, 0),
    "business_registry/revoked": (TEA, Outcome.MATCH, 0),
}


@dataclass(frozen=True)
class Turn:
    """One request and its answer, as bytes of HTTP."""

    head: tuple[str, ...]
    body: bytes
    answer: bytes


def turns(name: str) -> list[Turn]:
    text = (EXAMPLES / f"{name}.http").read_text(encoding="utf-8")
    read = []
    for turn in text.split("### request\n")[1:]:
        asked, _, answered = turn.partition("### answer\n")
        head, _, body = asked.rstrip("\n").partition("\n\n")
        told, _, document = answered.rstrip("\n").partition("\n\n")
        answer = told.replace("\n", "\r\n") + "\r\n\r\n" + document
        read.append(Turn(tuple(head.splitlines()), body.encode(), answer.encode()))
    return read


def built(name: str, base_url: str, client: OutboundClient) -> Any:
    kind = name.partition("/")[0]
    nonces = (f"0123456789abcdef0123456789abcde{number}" for number in count())
    entry = {**IDENTITY_VERIFICATION, **ORGANIZATION_VERIFICATION}[kind]
    settings = read_settings(
        entry.settings,
        {
            "base_url": base_url,
            ACCOUNT.get(kind, "app_id"): "city",
            "app_secret": "example-key",
        },
    )
    counted = {"counters": InProcessCounters(clock=lambda: 0.0)} if entry.counts else {}
    return entry.factory(settings, client, **counted, new_nonce=lambda: next(nonces))


def test_every_example_is_played_when_it_is_in_the_folder() -> None:
    found = {f"{path.parent.name}/{path.stem}" for path in EXAMPLES.glob("*/*.http")}
    assert found == set(CLAIMS)


@pytest.mark.parametrize("name", CLAIMS)
def test_adapter_sends_and_understands_the_recorded_bytes(
    name: str, peer: Callable[..., Any], outbound: OutboundClient
) -> None:
    recorded, (claim, outcome, level) = turns(name), CLAIMS[name]
    other = peer(*(turn.answer for turn in recorded))

    result = built(name, other.url.removesuffix("/path"), outbound).verify(claim, now=NOW)

    assert result.outcome is outcome
    assert getattr(result, "identity_level", 0) == level
    assert len(other.requests) == len(recorded)
    for sent, turn in zip(other.requests, recorded, strict=True):
        head, _, body = sent.partition(b"\r\n\r\n")
        lines = head.decode().split("\r\n")
        assert lines[0] == turn.head[0]
        assert set(turn.head) <= set(lines)
        assert body == turn.body


def test_register_tells_status_and_title_when_it_agrees(
    peer: Callable[..., Any], outbound: OutboundClient
) -> None:
    told = {}
    for name in ("in_operation", "revoked", "another_principal"):
        recorded = f"business_registry/{name}"
        other = peer(turns(recorded)[0].answer)
        url = other.url.removesuffix("/path")
        told[name] = built(recorded, url, outbound).verify(TEA, now=NOW)

    assert told["in_operation"].may_act
    assert told["in_operation"].principal_title == "法定代表人"
    assert (told["revoked"].status, told["revoked"].principal_title) == (
        RegistrationStatus.REVOKED,
        "负责人",
    )
    assert not told["revoked"].may_act
    assert told["another_principal"].status is RegistrationStatus.UNKNOWN
    assert told["another_principal"].principal_title == ""
