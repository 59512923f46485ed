"""The consent step: asks claim by claim, or informs where a law is the ground."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from connectors.documents.names import mask_name
from idp.clients.purposes import Purpose, purposes_of
from idp.journey.consent.guardian import GUARDIAN, GuardianQuestion
from idp.journey.consent.ledger import NOTICE_VERSION, ConsentLedger, Wanted
from idp.journey.consent.pages import ConsentItem, ConsentPage, InformingPage
from idp.journey.outcome import Refused
from idp.journey.pages import Page
from idp.journey.steps import Advance, Needed, Reply, Standing, Turn
from idp.subjects.assurance.vocabulary import (
    ASSURANCE_LEVEL,
    EVIDENCE,
    bare_name,
    consent_name,
    is_verified_name,
)
from idp.subjects.claims import ClaimsReader
from idp.subjects.consents import Given, Release
from idp.subjects.identifiers import TypedIdentifier, mask_identifier, mask_phone

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

AGREEMENTS: Final = "/account/consents"
"""Where agreements are withdrawn: the person's own space, above this room, serves it."""
_SENSITIVE: Final = frozenset({"document_number"})
"""Sensitive personal information (PIPL 28): never ticked beforehand, nor is what is verified."""
_GOES_ALONG: Final = frozenset({"updated_at"})
"""What tells of other claims alone: not asked about beside them, and released with any of them."""
_DENIED: Final = Refused(error="access_denied", description="The person refused the sign-in.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentStep:
    """Outstanding until everything wanted was asked once, or again under `prompt=consent`.

    What there is no value of is not asked about: nobody can say what sharing it would mean. It is
    asked about once there is one.
    """

    ledger: ConsentLedger
    reader: ClaimsReader
    guardians: GuardianQuestion
    name: str = "consent"

    def outstanding(self, standing: Standing, *, now: datetime) -> Needed | None:
        if self.guardians.is_open(standing, now=now):
            return Needed(reason=GUARDIAN, oauth_error="consent_required")
        wanted = self.ledger.wanted(standing)
        if wanted.is_nothing:
            return None
        if "consent" in standing.request.prompt and standing.progress.consented_at is None:
            return Needed(reason="asked_for", oauth_error="consent_required")
        if standing.client.skips_consent or self.ledger.covering(standing) is not None:
            return None
        if self._asked(standing, self.ledger.unanswered(standing), now).is_nothing:
            return None
        return Needed(reason="new_claims", oauth_error="consent_required")

    def show(self, turn: Turn) -> Reply:
        if turn.needed.reason == GUARDIAN:
            return self.guardians.show(turn)
        return self._page(turn)

    def submit(self, turn: Turn) -> Reply:
        if turn.needed.reason == GUARDIAN:
            is_leaving = turn.typed.get("action") == "return"
            return _DENIED if is_leaving else self.guardians.submit(turn)
        decision = turn.typed.get("decision")
        if decision == "deny":
            return _DENIED
        if decision != "allow":
            return self._page(turn)
        asked = self._asked(turn.standing, self.ledger.wanted(turn.standing), turn.now)
        granted = _ticked(asked.by_consent, turn.typed.claims)
        self.ledger.give(turn.standing, asked, granted=granted, now=turn.now)
        return Advance(changes={"consented_at": turn.now})

    def _asked(self, standing: Standing, wanted: Wanted, now: datetime) -> Wanted:
        """What of it can be asked about: what there is. Of what a law gives, all is told."""
        held = self._held(standing, wanted.by_consent, now)
        return Wanted(by_law=wanted.by_law, by_consent=_there(wanted.by_consent, held))

    def _held(self, standing: Standing, release: Release, now: datetime) -> frozenset[str]:
        """The claims there is a value of, each by the name of its tick."""
        return frozenset(_base(each) for each in self._values(standing, release, now))

    def _values(self, standing: Standing, release: Release, now: datetime) -> dict[str, object]:
        claims = release.userinfo_claims | release.id_token_claims
        session = standing.session
        return self._known(session.person_id, claims, now=now) if session and claims else {}

    def _page(self, turn: Turn) -> Page:
        wanted = self.ledger.wanted(turn.standing)
        by_law = self._items(turn, wanted.by_law)
        law = _law_of(turn, wanted.by_law)
        if wanted.by_consent == Release():
            return InformingPage(
                **turn.frame,
                items=by_law,
                legal_basis=law,
                kept_days=_kept_days(turn, wanted.by_law),
                privacy_url=turn.client.policy_in(turn.language),
            )
        items = self._items(turn, wanted.by_consent)
        return ConsentPage(
            **turn.frame,
            items=tuple(each for each in items if each.is_held),
            missing=tuple(each for each in items if each.essential and not each.is_held),
            informed=by_law,
            legal_basis=law,
            withdraw_url=AGREEMENTS,
            notice_version=NOTICE_VERSION,
            privacy_url=turn.client.policy_in(turn.language),
        )

    def _items(self, turn: Turn, release: Release) -> tuple[ConsentItem, ...]:
        known = self._values(turn.standing, release, turn.now)
        held = {_base(each) for each in known}
        essential = {_base(each.name) for each in turn.request.claims if each.essential}
        is_again = "decision" in turn.typed.values or turn.typed.claims
        previous = self.ledger.find(turn.standing)
        decided = _decided(previous) if previous else {}
        there = _there(release, frozenset(held))
        wished = _asked_about(there) | (_all(release) - _all(there))
        names = dict.fromkeys(
            _base(each) for each in _ordered(turn, wished - _GOES_ALONG or wished)
        )
        return tuple(
            ConsentItem(
                claim=each,
                shown_value=_shown(each, known),
                is_held=each in release.scope or each in held,
                essential=each in essential,
                sensitive=each in _SENSITIVE or is_verified_name(each),
                purpose=_purpose_of(turn, each),
                ticked=each in turn.typed.claims if is_again else decided.get(each),
            )
            for each in names
        )

    def _known(
        self, person_id: UUID, claims: frozenset[str], *, now: datetime
    ) -> dict[str, object]:
        """What there is of the claims asked for, verified ones by the names of their consent."""
        known = self.reader.read(person_id, claims, now=now, is_statutory=True)
        if any(is_verified_name(each) for each in claims):
            held = self.reader.verifiable(person_id, now=now)
            if held:
                held |= dict.fromkeys((EVIDENCE, ASSURANCE_LEVEL), "")
            named = {consent_name(name): value for name, value in held.items()}
            known |= {name: value for name, value in named.items() if name in claims}
        return known


def _purposes(turn: Turn, claim: str) -> tuple[Purpose, ...]:
    return purposes_of(turn.client.purposes, bare_name(claim).partition("#")[0])


def _purpose_of(turn: Turn, claim: str) -> str:
    """What the client wants a claim for, as registered; "" where it registered nothing."""
    names = (each.name_in(turn.language) for each in _purposes(turn, _base(claim)))
    return " · ".join(name for name in dict.fromkeys(names) if name)


def _law_of(turn: Turn, release: Release) -> StrOrPromise:
    """The laws that give what is released, as registered; else the general one."""
    laws = dict.fromkeys(
        each.law_in(turn.language)
        for claim in sorted(_all(release))
        for each in _purposes(turn, _base(claim))
        if each.is_statutory
    )
    return " · ".join(laws) or _("Personal Information Protection Law, Article 13 (1) 3")


def _kept_days(turn: Turn, release: Release) -> int:
    """How long the client keeps what is released, the longest of its purposes."""
    kept = (each.kept_days for claim in _all(release) for each in _purposes(turn, _base(claim)))
    return max(kept, default=0)


def _base(claim: str) -> str:
    """One tick for a claim, its language variants and its `_verified` companion."""
    return claim.partition("#")[0].removesuffix("_verified")


def _decided(previous: Given) -> dict[str, bool]:
    """What the person chose before, of all they were offered then."""
    allowed = {_base(each) for each in _all(previous.granted)}
    return {_base(each): _base(each) in allowed for each in _all(previous.offered)}


def _all(release: Release) -> frozenset[str]:
    return release.scope | release.userinfo_claims | release.id_token_claims


def _there(release: Release, held: frozenset[str]) -> Release:
    """What of it there is; what tells of other claims alone counts only beside one of them."""

    def kept(names: frozenset[str]) -> frozenset[str]:
        return frozenset(each for each in names if _base(each) in held)

    there = Release(
        scope=release.scope,
        userinfo_claims=kept(release.userinfo_claims),
        id_token_claims=kept(release.id_token_claims),
    )
    is_about_others = bool(_all(release) - _GOES_ALONG)
    return Release() if is_about_others and not _all(there) - _GOES_ALONG else there


def _asked_about(release: Release) -> frozenset[str]:
    everything = _all(release)
    return everything - _GOES_ALONG or everything


def _ordered(turn: Turn, names: frozenset[str]) -> Iterable[str]:
    """In the order the client asked, scope values last."""
    asked = [each.name for each in turn.request.claims if each.name in names]
    return (*asked, *sorted(names - set(asked)))


def _ticked(release: Release, ticked: Iterable[str]) -> Release:
    chosen = frozenset(ticked)
    if any(_base(each) in chosen for each in _all(release)):
        chosen |= _GOES_ALONG
    return Release(
        scope=frozenset(each for each in release.scope if each in chosen),
        userinfo_claims=frozenset(
            each for each in release.userinfo_claims if _base(each) in chosen
        ),
        id_token_claims=frozenset(
            each for each in release.id_token_claims if _base(each) in chosen
        ),
    )


def _shown(claim: str, known: dict[str, object]) -> str:
    """The value, masked: enough to recognise."""
    value = known.get(claim)
    mask = _MASKS.get(bare_name(claim))
    return mask(value) if mask and isinstance(value, str) and value else ""


def _mask_identifier(value: str) -> str:
    return mask_identifier(TypedIdentifier(kind="", value=value))


_MASKS: Final[Mapping[str, Callable[[str], str]]] = {
    "phone_number": mask_phone,
    "name": mask_name,
    "email": _mask_identifier,
    "preferred_username": _mask_identifier,
    "birthdate": lambda value: f"{value[:4]}-**-**",
    "document_number": lambda value: f"{value[:4]}{'*' * max(0, len(value) - 8)}{value[-4:]}",
    "document_type": str,
    "gender": str,
    "given_name": mask_name,
    "family_name": mask_name,
    "middle_name": mask_name,
    "nickname": str,
    "profile": str,
    "picture": str,
    "website": str,
    "zoneinfo": str,
    "locale": str,
}
