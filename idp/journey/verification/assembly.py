"""The table of ways: built here, each a small piece of its own, and listed in one tuple.

A new way (a camera, a reader, whatever a device brings) plugs in here: it implements `ways.Way`,
and stands in the tuple of `build_ways`, or comes in from outside the hall as one of `Parts.more`.
Its place in the tuple means nothing: which is offered first follows from how it fits.
"""

from dataclasses import dataclass, replace
from typing import Final

from django.utils.translation import gettext_lazy as _

from connectors.evidence import Particular
from connectors.health import HealthBook
from connectors.inquiry import Inquiries
from idp.foundation.clock import Clock
from idp.foundation.storage import ShortLivedStore
from idp.journey.away import Absences
from idp.journey.mistakes import Mistake
from idp.journey.returns import Returns
from idp.journey.verification.attempts import CheckAttempts
from idp.journey.verification.desk import VerificationDesk
from idp.journey.verification.face_way import FaceWay
from idp.journey.verification.findings import Findings
from idp.journey.verification.particulars import ParticularsWay
from idp.journey.verification.photograph import Photographs
from idp.journey.verification.visit_desk import VisitConnector, VisitDesk
from idp.journey.verification.visit_way import VisitWay
from idp.journey.verification.ways import Way
from idp.journey.verification.words import VISIT_WORDS
from idp.journey.waits import Waits
from idp.subjects.documents import Documents
from idp.subjects.known_names import KnownNames
from idp.subjects.purpose_consents import PurposeConsents

_NUMBER_ALONE: Final[frozenset[Particular]] = frozenset()
_BY_PHONE: Final = frozenset({Particular.PHONE})
_BY_CARD: Final = frozenset({Particular.PHONE, Particular.BANK_CARD})
_BESIDE: Final = frozenset({Particular.BIRTH_DATE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What ways are built of. `visits` are connectors of other people's pages; `more` are whole."""

    store: ShortLivedStore
    absences: Absences
    waits: Waits
    inquiries: Inquiries
    documents: Documents
    findings: Findings
    names: KnownNames
    returns: Returns
    clock: Clock
    photographs: Photographs | None = None
    consents: PurposeConsents | None = None
    visits: tuple[VisitConnector, ...] = ()
    more: tuple[Way, ...] = ()


def build_ways(parts: Parts) -> tuple[Way, ...]:
    """Every way of this deployment; which of them helps whom is asked of each."""
    return (
        ParticularsWay(
            name="particulars",
            label=_("Name and number of your document"),
            detail=_("You type both, and an authority confirms them."),
            desk=_desk(parts, _NUMBER_ALONE),
            names=parts.names,
            photographs=parts.photographs,
        ),
        ParticularsWay(
            name="operator",
            label=_("Name, ID number and your mobile number"),
            detail=_("Your mobile operator confirms them, if the number is in your own name."),
            desk=_desk(parts, _BY_PHONE),
            names=parts.names,
            mismatch=Mistake.PHONE_DIFFERS,
        ),
        ParticularsWay(
            name="bank_card",
            label=_("Name, ID number and a bank card"),
            detail=_("Your bank confirms them. Nothing is charged, and the card is not kept."),
            desk=_desk(parts, _BY_CARD),
            names=parts.names,
            mismatch=Mistake.BANK_CARD_DIFFERS,
        ),
        *_visits(parts),
        *parts.more,
    )


def _desk(parts: Parts, extras: frozenset[Particular]) -> VerificationDesk:
    """A desk that asks only those who need just what its page has."""
    suited = tuple(
        connector
        for connector in parts.inquiries.connectors
        if any(extras <= offer.needs <= extras | _BESIDE for offer in connector.adapter.offers)
    )
    return VerificationDesk(
        store=parts.store,
        waits=parts.waits,
        inquiries=replace(parts.inquiries, connectors=suited),
        documents=parts.documents,
        attempts=CheckAttempts(store=parts.store),
        clock=parts.clock,
        extras=extras,
    )


def _visits(parts: Parts) -> tuple[Way, ...]:
    health = HealthBook(clock=parts.clock.monotonic)
    return tuple(
        way for connector in parts.visits if (way := _visit(parts, connector, health)) is not None
    )


def _visit(parts: Parts, connector: VisitConnector, health: HealthBook) -> Way | None:
    """The way to one authority's page; to a camera's, under a consent of its own."""
    words = VISIT_WORDS.get(connector.adapter.method)
    if words is None:
        return None
    visit = VisitWay(
        label=words.label,
        detail=words.detail,
        desk=VisitDesk(
            connector=connector,
            store=parts.store,
            absences=parts.absences,
            waits=parts.waits,
            returns=parts.returns,
            attempts=CheckAttempts(store=parts.store),
            findings=parts.findings,
            health=connector.health or health,
            clock=parts.clock,
        ),
        findings=parts.findings,
    )
    if not connector.adapter.needs_consent:
        return visit
    return FaceWay(visit=visit, consents=parts.consents) if parts.consents else None
