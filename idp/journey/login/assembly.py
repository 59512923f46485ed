"""Builds the login step out of the rooms below it and of its neighbours in the hall."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from connectors.health import HealthBook
from idp.foundation.sealing import purpose_key
from idp.journey.login.answers import LoginAnswers
from idp.journey.login.at_place import AtPlace
from idp.journey.login.attempts import PasswordAttempts
from idp.journey.login.by_email import ByEmail
from idp.journey.login.closed import ClosedAccounts
from idp.journey.login.code_desk import CodeDesk
from idp.journey.login.codes import CONTACT_TEMPLATE, OneTimeCodes, rules_of
from idp.journey.login.contacts import Contacts
from idp.journey.login.devices import KnownDevices
from idp.journey.login.dormant import DormantPhones
from idp.journey.login.enrolment import Enrolment
from idp.journey.login.face_desk import SIGNS_IN, Claims, Comparisons, FaceDesks
from idp.journey.login.face_enrolment import FaceEnrolment
from idp.journey.login.faces import Faces
from idp.journey.login.new_contact import NewContact
from idp.journey.login.new_identifier import NewIdentifier, to_address, to_number
from idp.journey.login.partner_desk import PartnerDesk
from idp.journey.login.partners import Partners
from idp.journey.login.proofs import Proofs
from idp.journey.login.recovery import Recovery
from idp.journey.login.registrations import Registrations
from idp.journey.login.signing_in import SigningIn
from idp.journey.login.step import LoginStep
from idp.journey.readings.desk import ReadingDesk
from idp.journey.returns import Returns
from idp.journey.risk.counters import RiskCounters
from idp.journey.risk.gathering import RiskDesk
from idp.journey.verification.attempts import CheckAttempts
from idp.journey.verification.desk import VerificationDesk
from idp.journey.verification.visit_desk import VisitDesk
from idp.subjects.authenticators.face import FaceKind
from idp.subjects.authenticators.kinds import Kind
from idp.subjects.papers import PapersReader
from idp.subjects.partner_links import PartnerLinks

if TYPE_CHECKING:
    from idp.journey.assembly import Outside, SubjectRooms
    from idp.journey.foundations import Foundations


@dataclass(frozen=True, slots=True, kw_only=True)
class Neighbours:
    """What of the hall the login step leans on: who asks authorities, reads cards, sees faces."""

    desk: VerificationDesk
    returns: Returns
    readings: ReadingDesk
    faces: FaceDesks


def build_login(
    given: Foundations, rooms: SubjectRooms, outside: Outside, beside: Neighbours
) -> LoginStep:
    """Build the login step on the rooms of people and sessions."""
    answers = _login(given, rooms, outside, beside)
    return LoginStep(
        answers=answers,
        enrolment=Enrolment(
            proofs=answers.proofs,
            signing_in=answers.signing_in,
            people=rooms.people,
            store=given.store,
            branding=given.settings.branding,
            pause=given.settings.authentication.prompt_pause,
        ),
        dormant=DormantPhones(
            proofs=answers.proofs,
            people=rooms.people,
            documents=rooms.documents,
            attempts=answers.attempts,
            signing_in=answers.signing_in,
        ),
        new_number=NewIdentifier(answers=answers, change=to_number(rooms.phone_changes)),
        new_address=NewIdentifier(answers=answers, change=to_address(rooms.email_changes)),
        new_contact=_new_contact(given, rooms, outside, answers.desk.contacts),
        closed=answers.signing_in.closed,
        partners=_partners(given, outside, beside, answers.signing_in),
        faces=Faces(desks=beside.faces, answers=answers, book=rooms.devices),
        face_enrolment=FaceEnrolment(
            desks=beside.faces, answers=answers, consents=rooms.authenticators.consents
        ),
        at_place=AtPlace(desk=beside.readings, signing_in=answers.signing_in),
    )


def _partners(
    given: Foundations, outside: Outside, beside: Neighbours, signing_in: SigningIn
) -> Partners:
    desk = PartnerDesk(
        partners={each.name: each for each in outside.partners},
        absences=given.absences,
        returns=beside.returns,
        waits=outside.waits,
        clock=given.clock,
    )
    return Partners(desk=desk, links=signing_in.links, signing_in=signing_in)


def build_faces(
    given: Foundations, rooms: SubjectRooms, outside: Outside, returns: Returns, claims: Claims
) -> FaceDesks:
    """Build the desks at which faces are compared for signing in: where one is agreed to at all.

    Each shares quota and health with the verification at the same authority, and no try.
    """
    kind = rooms.authenticators.kinds.get(Kind.FACE)
    health = HealthBook(clock=given.clock.monotonic)
    return FaceDesks(
        desks=tuple(
            VisitDesk(
                connector=each,
                store=given.store,
                absences=given.absences,
                waits=outside.waits,
                returns=returns,
                attempts=CheckAttempts(store=given.store),
                findings=Comparisons(clock=given.clock),
                health=each.health or health,
                clock=given.clock,
                purpose=SIGNS_IN,
            )
            for each in outside.visits
            if each.adapter.needs_consent
        ),
        claims=claims,
        kind=kind if isinstance(kind, FaceKind) else None,
    )


def build_risk(given: Foundations, rooms: SubjectRooms) -> RiskDesk:
    """Build what looks at sign-ins; it keeps nothing of its own."""
    settings = given.settings.risk
    return RiskDesk(
        counters=RiskCounters(store=given.store, index=given.index, limits=settings),
        devices=rooms.devices,
        authenticators=rooms.authenticators,
        notices=rooms.authenticators.notices,
        settings=settings,
    )


def _signing_in(
    given: Foundations,
    rooms: SubjectRooms,
    desk: VerificationDesk,
    devices: KnownDevices,
    risk: RiskDesk,
) -> SigningIn:
    closed = ClosedAccounts(
        statuses=rooms.statuses,
        chain=rooms.chain,
        papers=PapersReader(chain=rooms.chain, fields=rooms.fields),
        desk=desk,
        clock=given.clock,
    )
    return SigningIn(
        sessions=rooms.sessions,
        devices=devices,
        people=rooms.people,
        closed=closed,
        links=PartnerLinks(fields=rooms.fields, index=given.index, clock=given.clock),
        risk=risk,
    )


def _login(
    given: Foundations, rooms: SubjectRooms, outside: Outside, beside: Neighbours
) -> LoginAnswers:
    settings, store = given.settings, given.store
    devices = KnownDevices(store=store, sealer=given.sealer)
    attempts = PasswordAttempts(store=store, limits=settings.limits)
    risk = build_risk(given, rooms)
    proofs = Proofs(
        authenticators=rooms.authenticators,
        attempts=attempts,
        devices=devices,
        counters=risk.counters,
        faces=beside.faces,
        clock=given.clock,
    )
    code_desk = _code_desk(given, rooms, outside, proofs)
    signing_in = _signing_in(given, rooms, beside.desk, devices, risk)
    registrations = Registrations(store=store, counters=risk.counters, limits=settings.limits)
    return LoginAnswers(
        people=rooms.people,
        desk=code_desk,
        by_email=ByEmail(
            desk=code_desk,
            people=rooms.people,
            signing_in=signing_in,
            registrations=registrations,
        ),
        attempts=attempts,
        devices=devices,
        proofs=proofs,
        recovery=_recovery(rooms, attempts, code_desk),
        signing_in=signing_in,
        registrations=registrations,
    )


def _recovery(rooms: SubjectRooms, attempts: PasswordAttempts, desk: CodeDesk) -> Recovery:
    return Recovery(
        people=rooms.people,
        documents=rooms.documents,
        chain=rooms.chain,
        changes=rooms.phone_changes,
        sessions=rooms.sessions,
        attempts=attempts,
        contacts=desk.contacts,
    )


def _new_contact(
    given: Foundations, rooms: SubjectRooms, outside: Outside, where: Contacts
) -> NewContact:
    return NewContact(
        codes=replace(_codes(given, outside, "contact"), template=CONTACT_TEMPLATE),
        where=where,
        people=rooms.people,
        changes=rooms.contacts,
        guardianships=rooms.guardianships,
    )


def _codes(given: Foundations, outside: Outside, purpose: str) -> OneTimeCodes:
    settings = given.settings
    return OneTimeCodes(
        store=given.store,
        delivery=outside.delivery,
        errands=outside.errands,
        index=given.index,
        key=purpose_key(settings.root_key.reveal(), purpose),
        rules=rules_of(settings.limits, settings.lifetimes),
        attempts=settings.limits.sms_code_attempts,
    )


def _code_desk(
    given: Foundations, rooms: SubjectRooms, outside: Outside, proofs: Proofs
) -> CodeDesk:
    settings = given.settings
    return CodeDesk(
        codes=_codes(given, outside, "sms"),
        contacts=Contacts(
            kinds=rooms.authenticators.kinds.keys(),
            reaches=outside.reaches,
            accounts=settings.authentication.email_accounts,
        ),
        people=rooms.people,
        proofs=proofs,
    )
