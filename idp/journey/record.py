"""A journey as it is kept between two pages: its request, how far it came, and how it ended.

It is sealed as a whole, for it holds what was typed and a session secret.
"""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import orjson

from idp.foundation.releases import made_of
from idp.journey.outcome import DoorAnswer
from idp.journey.request import JourneyRequest, WantedClaim
from policies.levels import Level


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a journey came. Each step owns the fields named after it.

    `session_secret` is that of the session this journey started or renewed: a double click or a
    lost answer then finds the session again, though the browser never saw its cookie.
    """

    session_secret: str = field(default="", repr=False)
    authenticated_at: datetime | None = None
    factors: tuple[str, ...] = ()
    login_identifier: str = field(default="", repr=False)
    login_phone: str = field(default="", repr=False)
    login_email: str = field(default="", repr=False)
    login_unreached: str = field(default="", repr=False)
    login_person: str = ""
    login_challenge: str = ""
    login_resend_at: datetime | None = None
    login_is_other: bool = False
    login_is_chosen: bool = False
    login_way: str = ""
    login_secret: str = field(default="", repr=False)
    login_added: str = ""
    login_contact: str = field(default="", repr=False)
    login_contact_challenge: str = ""
    login_codes: tuple[str, ...] = field(default=(), repr=False)
    login_is_able: bool = False
    login_is_offered: bool = False
    login_dormant: str = ""
    login_name: str = field(default="", repr=False)
    login_number: str = field(default="", repr=False)
    login_trouble: str = ""
    login_due_at: datetime | None = None
    login_closed: str = ""
    login_closed_by: str = ""
    login_check: str = ""
    login_visit: str = ""
    login_partner: str = ""
    login_partner_said: str = ""
    login_face: tuple[str, ...] = ()
    login_face_said: str = ""
    login_instead: bool = False
    login_upstream: tuple[str, ...] = field(default=(), repr=False)
    verification_check: str = ""
    verification_setback: str = ""
    verification_name: str = field(default="", repr=False)
    verification_number: str = field(default="", repr=False)
    verification_document: str = ""
    verification_birth_date: str = field(default="", repr=False)
    verification_bank_card: str = field(default="", repr=False)
    verification_way: str = ""
    verification_visit: str = ""
    verification_is_skipped: bool = False
    place_nonce: str = ""
    place_act: str = ""
    place_card: str = field(default="", repr=False)
    place_agreed_at: datetime | None = None
    place_trouble: str = ""
    place_prompts: tuple[str, ...] = ()
    place_asked_at: datetime | None = None
    place_is_left: bool = False
    consented_at: datetime | None = None
    passed: tuple[str, ...] = ()
    """The steps that were shown in this journey, in order, for the step indicator."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Concluded:
    """How the browser was sent on; a second click within moments gets the same answer."""

    answer: DoorAnswer = field(repr=False)
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    """One journey. `device_hash` binds it to the browser in which it began."""

    id: str
    device_hash: str
    request: JourneyRequest
    began_at: datetime
    progress: Progress = field(default_factory=Progress)
    concluded: Concluded | None = None

    def advanced(self, **changes: Any) -> "Journey":
        """The journey with these fields of its `Progress` changed."""
        return replace(self, progress=replace(self.progress, **changes))

    def encode(self) -> bytes:
        return orjson.dumps(self, default=_plain)

    @classmethod
    def decode(cls, raw: bytes) -> "Journey":
        """The inverse of `encode`, of this release's journeys and of earlier ones.

        Raises:
            LaterRelease: a node of a later release began it, or went on with it.
        """
        values: dict[str, Any] = orjson.loads(raw)
        concluded = values["concluded"]
        return cls(
            id=values["id"],
            device_hash=values["device_hash"],
            request=_request(values["request"]),
            began_at=datetime.fromisoformat(values["began_at"]),
            progress=_progress(values["progress"]),
            concluded=_concluded(concluded) if concluded else None,
        )


def _plain(value: object) -> object:
    if isinstance(value, bytes):
        return value.decode("latin-1")
    if isinstance(value, frozenset):
        return sorted(value)
    raise TypeError(type(value).__name__)


def _request(values: dict[str, Any]) -> JourneyRequest:
    required = values["required"]
    return made_of(
        JourneyRequest,
        {
            **values,
            "continuation": values["continuation"].encode("latin-1"),
            "required": Level(**required) if required else None,
            "prompt": frozenset(values["prompt"]),
            "scope": tuple(values["scope"]),
            "claims": tuple(
                made_of(WantedClaim, {**claim, "values": tuple(claim["values"])})
                for claim in values["claims"]
            ),
            "ui_locales": tuple(values["ui_locales"]),
        },
    )


def _progress(values: dict[str, Any]) -> Progress:
    return made_of(
        Progress,
        {
            **values,
            "factors": tuple(values["factors"]),
            "passed": tuple(values["passed"]),
            "login_codes": tuple(values.get("login_codes", ())),
            "login_face": tuple(values.get("login_face", ())),
            "login_upstream": tuple(values.get("login_upstream", ())),
            "authenticated_at": _instant(values["authenticated_at"]),
            "login_resend_at": _instant(values["login_resend_at"]),
            "login_due_at": _instant(values.get("login_due_at")),
            "place_agreed_at": _instant(values.get("place_agreed_at")),
            "place_prompts": tuple(values.get("place_prompts", ())),
            "place_asked_at": _instant(values.get("place_asked_at")),
            "consented_at": _instant(values["consented_at"]),
        },
    )


def _concluded(values: dict[str, Any]) -> Concluded:
    answer = values["answer"]
    fields = answer["fields"]
    return Concluded(
        answer=DoorAnswer(
            url=answer["url"],
            fields=None if fields is None else tuple((name, value) for name, value in fields),
        ),
        at=datetime.fromisoformat(values["at"]),
    )


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text).astimezone(UTC) if text else None
