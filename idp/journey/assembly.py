"""Builds the hall out of the rooms below it: the one list of what stands on what.

The composition root calls it once per process and gives it what comes from outside the hall.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from connectors.contract import MessageDelivery
from connectors.inquiry import Inquiries
from idp.channels.challenges import NonceBook
from idp.channels.sittings import Sittings
from idp.clients.client import ClientDirectory
from idp.foundation.sealing import purpose_key
from idp.foundation.sealing.data_keys import DataKeys
from idp.journey.access.decisions import DecisionLog, Remember, forget
from idp.journey.access.duties import Duties
from idp.journey.access.step import AccessStep
from idp.journey.accounts import (
    build_contacts,
    build_erasures,
    build_guardianships,
    build_kinds,
    build_phone_changes,
    build_sessions,
    build_statuses,
)
from idp.journey.consent.guardian import GuardianQuestion
from idp.journey.consent.ledger import ConsentLedger
from idp.journey.consent.step import ConsentStep
from idp.journey.cookies import Cookies
from idp.journey.dispatcher import Dispatcher, Watch, unwatched
from idp.journey.errands import Errands
from idp.journey.foundations import Foundations
from idp.journey.journeys import Journeys
from idp.journey.login.assembly import Neighbours, build_faces, build_login
from idp.journey.login.contacts import Reaches, text_messages_alone
from idp.journey.login.partner_desk import Partner
from idp.journey.news import News
from idp.journey.outcome import Door
from idp.journey.readings.card_way import CardWay
from idp.journey.readings.desk import ReadingDesk
from idp.journey.readings.here import FacesHere, PromptedEye
from idp.journey.returns import Returns
from idp.journey.standing import Decide, StandingReader
from idp.journey.verification.assembly import Parts as WaysParts
from idp.journey.verification.assembly import build_ways
from idp.journey.verification.attempts import CheckAttempts
from idp.journey.verification.desk import VerificationDesk
from idp.journey.verification.findings import Findings
from idp.journey.verification.photograph import Camera, Photographs
from idp.journey.verification.situations import Situations
from idp.journey.verification.step import VerificationStep
from idp.journey.verification.visit_desk import VisitConnector
from idp.journey.verification.ways import Way
from idp.journey.waits import Waits
from idp.sessions.directory import Sessions
from idp.sessions.known_devices import DeviceBook
from idp.subjects.assurance.records import Records
from idp.subjects.authenticators.directory import Authenticators
from idp.subjects.claims import ClaimsReader
from idp.subjects.consents import Consents
from idp.subjects.contact_changes import ContactChanges
from idp.subjects.documents import Documents
from idp.subjects.email_changes import EmailChanges
from idp.subjects.erasure import Erasures
from idp.subjects.evidence import EvidenceChain
from idp.subjects.fields import PersonalFields
from idp.subjects.guardianship import Guardianships
from idp.subjects.holdings import Holdings
from idp.subjects.imports.aliases import Aliases
from idp.subjects.known_names import KnownNames
from idp.subjects.level_rules import POPULATION, SMS_CODE, conditions_met
from idp.subjects.levels import reachable
from idp.subjects.network_numbers import NetworkNumbers
from idp.subjects.own_records import OwnRecords
from idp.subjects.passwords import Passwords
from idp.subjects.people import People
from idp.subjects.phone_changes import PhoneChanges
from idp.subjects.profiles import Profiles
from idp.subjects.purpose_consents import PurposeConsents
from idp.subjects.statuses import Statuses
from idp.subjects.subject_identifiers import SubjectIdentifiers
from policies.levels import Level


@dataclass(frozen=True, slots=True, kw_only=True)
class SubjectRooms:
    """The built services of subjects and sessions; other rooms are given these very objects."""

    fields: PersonalFields
    chain: EvidenceChain
    people: People
    documents: Documents
    consents: Consents
    claims: ClaimsReader
    profiles: Profiles
    subjects: SubjectIdentifiers
    sessions: Sessions
    authenticators: Authenticators
    phone_changes: PhoneChanges
    email_changes: EmailChanges
    contacts: ContactChanges
    statuses: Statuses
    guardianships: Guardianships
    aliases: Aliases
    records: OwnRecords
    erasures: Erasures
    devices: DeviceBook


_BASIC: Final = frozenset({SMS_CODE, POPULATION})


def basic_methods() -> frozenset[str]:
    """What proves a person's identity where nothing else is said."""
    return _BASIC


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """What the hall asks and tells; `doors` may be filled after the hall is built."""

    clients: ClientDirectory
    decide: Decide
    delivery: MessageDelivery
    inquiries: Inquiries
    errands: Errands
    waits: Waits
    doors: Mapping[str, Door]
    prompted: PromptedEye | None = None
    """What looks at the frames of a machine's own browser."""
    reaches: Reaches = text_messages_alone
    """Where messages can go from here, now."""
    methods: Callable[[], frozenset[str]] = basic_methods
    """What a person can prove something by here now, as the level rules name it."""
    camera: Camera | None = None
    """What reads photographs of documents; None where the extra is not installed."""
    visits: tuple[VisitConnector, ...] = ()
    """Authorities at whose own pages people are verified."""
    partners: tuple[Partner, ...] = ()
    """Whose logins are taken here."""
    ways: tuple[Way, ...] = ()
    """More ways to be verified, built outside the hall."""
    watch: Watch = unwatched
    """Is told how far journeys come."""
    remember: Remember = forget
    """Keeps decisions, so that a draft of the policies can be replayed against them."""


def build_subjects(given: Foundations) -> SubjectRooms:
    """Build the rooms of people and sessions."""
    settings, clock = given.settings, given.clock
    keys = DataKeys(given.sealer, clock=clock)
    fields = PersonalFields(keys=keys, sealer=given.sealer)
    chain = EvidenceChain(fields=fields, clock=clock)
    passwords = Passwords()
    contacts = build_contacts(fields, given.index, settings, clock)
    notices = contacts.notices
    people = _people(given, fields, passwords, chain, contacts)
    profiles = Profiles(fields=fields, clock=clock)
    sessions = build_sessions(settings, given.store, people, chain, clock)
    authenticators = build_kinds(settings, given.store, fields, passwords, notices, clock)
    statuses = build_statuses(chain, notices, sessions, settings, clock)
    guardianships = build_guardianships(chain, fields, notices, clock)
    erasures = build_erasures(keys, notices, clock, hold=settings.retention.deletion_hold)
    devices = DeviceBook(fields=fields, index=given.index, clock=clock)
    erasures.announce_to(sessions, guardianships, devices)
    return SubjectRooms(
        fields=fields,
        chain=chain,
        people=people,
        documents=Documents(fields=fields, index=given.index, chain=chain, clock=clock),
        consents=Consents(clock=clock),
        claims=_claims(fields, chain, people, profiles),
        profiles=profiles,
        subjects=SubjectIdentifiers(settings.pairwise_salt.reveal()),
        sessions=sessions,
        authenticators=authenticators,
        aliases=Aliases(fields=fields),
        phone_changes=_phone_changes(given, people, authenticators, contacts),
        email_changes=EmailChanges(people=people, notices=notices),
        contacts=contacts,
        statuses=statuses,
        guardianships=guardianships,
        records=OwnRecords(fields=fields, chain=chain),
        erasures=erasures,
        devices=devices,
    )


def _people(
    given: Foundations,
    fields: PersonalFields,
    passwords: Passwords,
    chain: EvidenceChain,
    contacts: ContactChanges,
) -> People:
    return People(
        fields=fields,
        index=given.index,
        passwords=passwords,
        chain=chain,
        contacts=contacts,
        clock=given.clock,
    )


def _phone_changes(
    given: Foundations, people: People, authenticators: Authenticators, contacts: ContactChanges
) -> PhoneChanges:
    settings, clock = given.settings, given.clock
    return build_phone_changes(given.index, people, authenticators, contacts, settings, clock)


def _claims(
    fields: PersonalFields, chain: EvidenceChain, people: People, profiles: Profiles
) -> ClaimsReader:
    records = Records(chain=chain, fields=fields)
    return ClaimsReader(people=people, records=records, profiles=profiles)


def _duties(given: Foundations, rooms: SubjectRooms) -> Duties:
    return Duties(
        sessions=rooms.sessions,
        notices=rooms.authenticators.notices,
        store=given.store,
        clock=given.clock,
    )


def build_hall(given: Foundations, rooms: SubjectRooms, outside: Outside) -> Dispatcher:
    """Build the hall on the rooms of people and sessions."""
    settings = given.settings
    ledger = ConsentLedger(consents=rooms.consents, sessions=rooms.sessions)
    decisions = DecisionLog(clock=given.clock, remember=outside.remember)
    findings = _findings(given, rooms)
    beside = _beside(given, rooms, outside, findings)
    return Dispatcher(
        readings=beside.readings,
        faces=beside.faces,
        steps=(
            build_login(given, rooms, outside, beside),
            _verification_step(given, rooms, outside, beside, findings),
            AccessStep(decisions=decisions),
            ConsentStep(
                ledger=ledger,
                reader=rooms.claims,
                guardians=GuardianQuestion(guardianships=rooms.guardianships, people=rooms.people),
            ),
        ),
        doors=outside.doors,
        watch=outside.watch,
        news=News(store=given.store, absences=given.absences),
        standings=_standings(given, rooms, outside),
        journeys=Journeys(
            store=given.store,
            sealer=given.sealer,
            key=purpose_key(settings.root_key.reveal(), "journey"),
            ttl=settings.lifetimes.journey_ttl,
        ),
        ledger=ledger,
        decisions=decisions,
        returns=beside.returns,
        duties=_duties(given, rooms),
        cookies=Cookies.of(settings.issuer),
        issuer=settings.issuer,
    )


def _beside(
    given: Foundations, rooms: SubjectRooms, outside: Outside, findings: Findings
) -> Neighbours:
    returns = _returns(given)
    return Neighbours(
        desk=_desk(given, rooms, outside),
        returns=returns,
        readings=_readings(given, rooms, outside),
        faces=build_faces(given, rooms, outside, returns, findings),
    )


@lru_cache(maxsize=32)
def _reached(methods: frozenset[str], aal: int, *, attended: bool) -> Level:
    """Asked on every journey: connectors are switched seldom."""
    return Level(ial=reachable(methods, collected=conditions_met(attended=attended)), aal=aal)


def _standings(given: Foundations, rooms: SubjectRooms, outside: Outside) -> StandingReader:
    attended = given.settings.authentication.attended_windows
    return StandingReader(
        clients=outside.clients,
        sessions=rooms.sessions,
        subjects=rooms.subjects,
        decide=outside.decide,
        devices=rooms.devices,
        reach=lambda: _reached(outside.methods(), rooms.authenticators.highest, attended=attended),
    )


def _returns(given: Foundations) -> Returns:
    return Returns(
        store=given.store,
        sealer=given.sealer,
        issuer=given.settings.issuer,
        ttl=given.settings.lifetimes.journey_ttl,
    )


def _findings(given: Foundations, rooms: SubjectRooms) -> Findings:
    numbers = NetworkNumbers(
        fields=rooms.fields, index=given.index, chain=rooms.chain, clock=given.clock
    )
    holdings = Holdings(fields=rooms.fields, chain=rooms.chain)
    return Findings(documents=rooms.documents, holdings=holdings, numbers=numbers)


def _verification_step(
    given: Foundations,
    rooms: SubjectRooms,
    outside: Outside,
    beside: Neighbours,
    findings: Findings,
) -> VerificationStep:
    returns, readings = beside.returns, beside.readings
    parts = WaysParts(
        store=given.store,
        absences=given.absences,
        waits=outside.waits,
        inquiries=outside.inquiries,
        documents=rooms.documents,
        findings=findings,
        names=KnownNames(holdings=findings.holdings, profiles=rooms.profiles),
        returns=returns,
        clock=given.clock,
        photographs=Photographs(outside.camera) if outside.camera else None,
        visits=outside.visits,
        consents=readings.consents,
        more=(CardWay(desk=readings), *outside.ways),
    )
    return VerificationStep(
        ways=build_ways(parts), situations=Situations(people=rooms.people, chain=rooms.chain)
    )


def _desk(given: Foundations, rooms: SubjectRooms, outside: Outside) -> VerificationDesk:
    """Where a name and number are put to an authority outside the verification step."""
    return VerificationDesk(
        store=given.store,
        waits=outside.waits,
        inquiries=outside.inquiries,
        documents=rooms.documents,
        attempts=CheckAttempts(store=given.store),
        clock=given.clock,
    )


def _readings(given: Foundations, rooms: SubjectRooms, outside: Outside) -> ReadingDesk:
    sittings = Sittings(store=given.store, sealer=given.sealer, nonces=NonceBook(store=given.store))
    return ReadingDesk(
        sittings=sittings,
        inquiries=outside.inquiries,
        waits=outside.waits,
        attempts=CheckAttempts(store=given.store),
        documents=rooms.documents,
        people=rooms.people,
        consents=PurposeConsents(clock=given.clock),
        clock=given.clock,
        here=_faces_here(given, rooms, outside, sittings),
    )


def _faces_here(
    given: Foundations, rooms: SubjectRooms, outside: Outside, sittings: Sittings
) -> FacesHere | None:
    if outside.prompted is None:
        return None
    return FacesHere(
        eye=outside.prompted,
        sittings=sittings,
        attempts=CheckAttempts(store=given.store),
        documents=rooms.documents,
        clock=given.clock,
    )
