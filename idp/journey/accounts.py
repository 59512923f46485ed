"""Builds what an account is used by and ended with: ways to sign in, sessions, status, deletion.

A part of the hall's assembly: nothing is decided here.
"""

from datetime import timedelta

from idp.conf import ProviderSettings
from idp.foundation.clock import Clock
from idp.foundation.sealing import purpose_key
from idp.foundation.sealing.blind_index import BlindIndex
from idp.foundation.sealing.data_keys import DataKeys
from idp.foundation.storage import ShortLivedStore
from idp.sessions.directory import SessionLifetimes, Sessions
from idp.subjects.authenticators.assembly import Parts, build_authenticators
from idp.subjects.authenticators.directory import Authenticators
from idp.subjects.contact_changes import ContactChanges
from idp.subjects.contacts import ContactBook
from idp.subjects.erasure import Erasures
from idp.subjects.evidence import EvidenceChain
from idp.subjects.fields import PersonalFields
from idp.subjects.guardianship import Guardianships
from idp.subjects.notices import SecurityNotices
from idp.subjects.papers import PapersReader
from idp.subjects.passwords import Passwords
from idp.subjects.people import People
from idp.subjects.phone_changes import PhoneChanges
from idp.subjects.statuses import Statuses


def build_kinds(
    settings: ProviderSettings,
    store: ShortLivedStore,
    fields: PersonalFields,
    passwords: Passwords,
    notices: SecurityNotices,
    clock: Clock,
) -> Authenticators:
    root = settings.root_key.reveal()
    parts = Parts(
        settings=settings,
        store=store,
        fields=fields,
        passwords=passwords,
        notices=notices,
        clock=clock,
        derive=lambda purpose: purpose_key(root, purpose),
    )
    return build_authenticators(parts)


def build_contacts(
    fields: PersonalFields, index: BlindIndex, settings: ProviderSettings, clock: Clock
) -> ContactChanges:
    """Contacts, and with them the notices that go there too."""
    rests_after = timedelta(seconds=settings.authentication.phone_dormant_after)
    book = ContactBook(fields=fields, index=index, clock=clock, rests_after=rests_after)
    notices = SecurityNotices(fields=fields, contacts=book, clock=clock)
    return ContactChanges(book=book, notices=notices)


def build_sessions(
    settings: ProviderSettings,
    store: ShortLivedStore,
    people: People,
    chain: EvidenceChain,
    clock: Clock,
) -> Sessions:
    sessions = Sessions(
        store=store,
        clock=clock,
        people=people,
        chain=chain,
        sid_key=purpose_key(settings.root_key.reveal(), "sid"),
        lifetimes=SessionLifetimes(
            idle_ttl=settings.lifetimes.session_idle_ttl,
            absolute_ttl=settings.lifetimes.session_absolute_ttl,
            place_ttl=settings.lifetimes.session_place_ttl,
        ),
    )
    chain.announce_to(sessions)
    return sessions


def build_statuses(
    chain: EvidenceChain,
    notices: SecurityNotices,
    sessions: Sessions,
    settings: ProviderSettings,
    clock: Clock,
) -> Statuses:
    hold = timedelta(seconds=settings.authentication.unfreeze_hold)
    statuses = Statuses(chain=chain, notices=notices, clock=clock, hold=hold)
    statuses.announce_to(sessions)
    return statuses


def build_guardianships(
    chain: EvidenceChain, fields: PersonalFields, notices: SecurityNotices, clock: Clock
) -> Guardianships:
    papers = PapersReader(chain=chain, fields=fields)
    return Guardianships(chain=chain, papers=papers, notices=notices, clock=clock)


def build_erasures(
    keys: DataKeys, notices: SecurityNotices, clock: Clock, *, hold: int
) -> Erasures:
    return Erasures(keys=keys, notices=notices, clock=clock, hold=timedelta(days=hold))


def build_phone_changes(
    index: BlindIndex,
    people: People,
    authenticators: Authenticators,
    contacts: ContactChanges,
    settings: ProviderSettings,
    clock: Clock,
) -> PhoneChanges:
    return PhoneChanges(
        index=index,
        people=people,
        notices=authenticators.notices,
        clock=clock,
        hold=timedelta(seconds=settings.authentication.phone_change_hold),
        is_dormant=authenticators.is_phone_dormant,
        rest=lambda person_id, now: authenticators.rest_phone(person_id, now=now),
        contacts=contacts,
    )
