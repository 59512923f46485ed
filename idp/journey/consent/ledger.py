"""What a request wants released, what of it was allowed, and on which ground.

Reads and writes consents; the page that asks is the step's.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from functools import lru_cache
from typing import Final

from idp.clients.purposes import CONSENT, STATUTORY_DUTY
from idp.journey.request import WantedClaim
from idp.journey.steps import Standing
from idp.sessions.directory import Sessions
from idp.subjects.assurance.vocabulary import (
    STATUTORY_CLAIMS,
    bare_name,
    is_lawful,
)
from idp.subjects.claims import CLAIMS_SUPPORTED
from idp.subjects.consents import Answer, Consents, Given, Release

NOTICE_VERSION: Final = "2026-11"
"""The version of the notice people agree under; a new one asks everybody again (PIPL 14)."""

SILENT_SCOPES: Final = frozenset({"openid", "profile", "email", "phone", "address"})
"""Scope values that release nothing by themselves: their claims are asked for one by one."""

_SUPPORTED: Final = frozenset(CLAIMS_SUPPORTED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A request's wishes by ground: what the law gives, and what only the person can."""

    by_law: Release
    by_consent: Release

    @property
    def is_nothing(self) -> bool:
        return self.by_law == Release() and self.by_consent == Release()


class ConsentLedger:
    """Judges requests against consents. A claim nobody allowed is never released."""

    def __init__(self, *, consents: Consents, sessions: Sessions) -> None:
        self._consents = consents
        self._sessions = sessions

    def wanted(self, standing: Standing) -> Wanted:
        """What the request wants, by ground. Claims we do not have are not asked about."""
        request, client = standing.request, standing.client
        lawful = client.lawful_claims
        by_ground: dict[_Ground, list[WantedClaim]] = {ground: [] for ground in _Ground}
        for claim in request.claims:
            by_ground[_ground_of(claim.name, lawful)].append(claim)
        law, ask = by_ground[_Ground.LAW], by_ground[_Ground.CONSENT]
        scope = frozenset(request.scope) - SILENT_SCOPES
        return Wanted(by_law=_release(law, frozenset()), by_consent=_release(ask, scope))

    def find(self, standing: Standing) -> Given | None:
        """The person's live consent for the client, from the session's cache or the database."""
        if standing.consent is not None or standing.session is None:
            return standing.consent
        given = self._consents.find(standing.session.person_id, standing.client.client_id)
        if given is not None:
            self._remember(standing, given)
        return given

    def covering(self, standing: Standing) -> Given | None:
        """The consent that answers everything the request wants, under the notice in force."""
        wanted = self.wanted(standing)
        given = self.find(standing)
        everything = wanted.by_consent | wanted.by_law
        if given is None or not given.answers(everything, notice_version=NOTICE_VERSION):
            return None
        return given

    def unanswered(self, standing: Standing) -> Wanted:
        """What of the wishes was never asked about under the notice in force."""
        wanted, given = self.wanted(standing), self.find(standing)
        if given is None or given.notice_version != NOTICE_VERSION:
            return wanted
        return Wanted(
            by_law=wanted.by_law - given.offered, by_consent=wanted.by_consent - given.offered
        )

    def give(self, standing: Standing, asked: Wanted, *, granted: Release, now: datetime) -> Given:
        """Keep the person's answer to what they were asked, and use it at once."""
        if standing.session is None:
            raise AssertionError("consent is asked of somebody who signed in")
        person_id, client_id = standing.session.person_id, standing.client.client_id
        answer = Answer(
            offered=asked.by_consent | asked.by_law,
            granted=(granted & asked.by_consent) | asked.by_law,
            notice_version=NOTICE_VERSION,
            basis=STATUTORY_DUTY if asked.by_consent == Release() else CONSENT,
        )
        given = self._consents.give(person_id, client_id, answer, now=now)
        self._sessions.forget_consent(person_id, client_id)
        self._remember(standing, given)
        return given

    def released(self, standing: Standing) -> tuple[Release, Given | None]:
        """What the client may learn, and the consent it rests on.

        A client of our own that skips consent learns what it wants; any other what was allowed.
        """
        wanted = self.wanted(standing)
        silent = Release(scope=frozenset(standing.request.scope) & SILENT_SCOPES)
        everything = wanted.by_consent | wanted.by_law
        if everything == Release():
            return silent, None
        if standing.client.skips_consent:
            return silent | everything, None
        given = self.find(standing)
        if given is None:
            return silent, None
        return silent | (given.granted & everything), given

    def _remember(self, standing: Standing, given: Given) -> None:
        self._sessions.remember_consent(
            standing.session_secret, standing.client.client_id, given.encode()
        )


class _Ground(Enum):
    """On what ground a claim may be released, if it may at all."""

    LAW = "law"
    CONSENT = "consent"
    NONE = "none"


@lru_cache(maxsize=4096)
def _ground_of(name: str, lawful: frozenset[str]) -> _Ground:
    """The ground of one claim; a page asks for some thirty, at every sign-in the same ones."""
    bare = bare_name(name)
    if name not in _SUPPORTED or (bare in STATUTORY_CLAIMS and bare not in lawful):
        return _Ground.NONE
    return _Ground.LAW if is_lawful(name, lawful) else _Ground.CONSENT


def _release(claims: list[WantedClaim], scope: frozenset[str]) -> Release:
    return Release(
        scope=scope,
        userinfo_claims=frozenset(each.name for each in claims if each.target == "userinfo"),
        id_token_claims=frozenset(each.name for each in claims if each.target == "id_token"),
    )
