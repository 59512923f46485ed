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
    clock: Clock,
) -> Authenticators:
    root = settings.root_key.reveal()
    parts = Parts(
        settings=settings,
        store=store,
        fields=fields,
        passwords=passwords,
        clock=clock,
        derive=lambda purpose: purpose_key(root, purpose),
    )
    return build_authenticators(parts)


def build_sessions(
    settings: ProviderSettings,
    store: ShortLivedStore,
    people: People,
    chain: EvidenceChain,
    clock: Clock,
) -> Sessions:
    return Sessions(
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


def build_statuses(
    chain: EvidenceChain,
    notices: SecurityNotices,
    sessions: Sessions,
    clock: Clock,
    *,
    hold: int,
) -> Statuses:
    statuses = Statuses(chain=chain, notices=notices, clock=clock, hold=timedelta(seconds=hold))
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
    )
