"""The consent page: what a service asks to be told, on what ground, and for how long."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from connectors.documents import registry
from idp.journey.pages import Page, Stage
from idp.subjects.assurance.vocabulary import (
    VERIFIABLE_CLAIMS,
    bare_name,
    is_verified_name,
)

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

_CLAIM_LABELS: dict[str, StrOrPromise] = {
    "name": _("Name"),
    "given_name": _("Given name"),
    "family_name": _("Family name"),
    "middle_name": _("Middle name"),
    "nickname": _("Nickname"),
    "preferred_username": _("User name"),
    "gender": _("Sex"),
    "birthdate": _("Date of birth"),
    "phone_number": _("Phone number"),
    "email": _("E-mail address"),
    "address": _("Address"),
    "picture": _("Picture"),
    "profile": _("Profile page"),
    "website": _("Website"),
    "locale": _("Language"),
    "zoneinfo": _("Time zone"),
    "updated_at": _("When this was last changed"),
    "nationality": _("Nationality"),
    "document_type": _("Kind of document"),
    "document_number": _("Document number"),
    "identity_number": _("ID number"),
    "age_over_18": _("Whether you are 18 or older"),
    "assurance_level": _("How your identity was checked"),
    "nationalities": _("Nationality"),
    "evidence": _("Which document and which check proved it"),
    "offline_access": _("Access while you are away"),
    "face": _("Your face, to compare it"),
    "legacy_id": _("Your number at the platform before this one"),
}

_VALUE_WORDS: dict[tuple[str, str], StrOrPromise] = {
    ("gender", "male"): _("male"),
    ("gender", "female"): _("female"),
    ("document_type", registry.RESIDENT_ID_CARD): _("Resident identity card"),
    ("document_type", registry.RESIDENCE_PERMIT_HMT): _(
        "Residence permit for Hong Kong, Macao and Taiwan residents"
    ),
    ("document_type", registry.TRAVEL_PERMIT_HM): _(
        "Mainland travel permit for Hong Kong and Macao residents"
    ),
    ("document_type", registry.TRAVEL_PERMIT_TW): _("Mainland travel permit for Taiwan residents"),
    ("document_type", registry.PERMANENT_RESIDENT_CARD): _("Foreign permanent resident card"),
    ("document_type", registry.CN_PASSPORT): _("Chinese passport"),
    ("document_type", registry.PASSPORT): _("Passport"),
}


def claim_label(claim: str) -> StrOrPromise:
    """Return a claim's name for people; an unknown claim keeps its registered name."""
    bare = bare_name(claim).partition("#")[0].removesuffix("_verified")
    label = _CLAIM_LABELS.get(bare, claim)
    if is_verified_name(claim) and bare in VERIFIABLE_CLAIMS:
        return format_lazy(_("{claim}, as verified"), claim=label)
    return label


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentItem:
    """One claim the client asks for."""

    claim: str
    """The claim's registered name: what the checkbox `claim` posts."""
    shown_value: str = ""
    """What would be shared, masked; a registered value (`male`) is shown in words."""
    is_held: bool = True
    """Whether there is a value today; what is not held cannot be shared, and is not asked about."""
    purpose: StrOrPromise = ""
    """Why the client wants it, as registered and reviewed."""
    essential: bool = False
    """The service may not work without it (OpenID Connect Core §5.5.1)."""
    sensitive: bool = False
    """Sensitive personal information: separate consent, never ticked beforehand (PIPL 28–29)."""
    ticked: bool | None = None
    """What the person chose before; None on the first showing."""

    @property
    def label(self) -> StrOrPromise:
        """Return the claim's name for people."""
        return claim_label(self.claim)

    @property
    def value_in_words(self) -> StrOrPromise:
        """Return the value as people say it."""
        return _VALUE_WORDS.get((bare_name(self.claim), self.shown_value), self.shown_value)

    @property
    def is_ticked(self) -> bool:
        """Tell whether the box stands ticked: beforehand what is held and not sensitive.

        What is shared is what stands ticked when the person presses the button that says so.
        """
        if self.ticked is None:
            return self.is_held and not self.sensitive
        return self.ticked


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentPage(Page):
    """Consent claim by claim. Posts `claim` (repeated) and `decision=allow` or `deny`."""

    template: ClassVar[str] = "journey/consent/consent.html"
    step: ClassVar[str] = "consent"
    stage: ClassVar[Stage | None] = Stage.CONSENT

    items: tuple[ConsentItem, ...]
    kept_days: int = 0
    """How long the agreement holds, in days; 0 until it is withdrawn."""
    missing: tuple[ConsentItem, ...] = ()
    """What the client says it cannot do without, and there is nothing of."""
    informed: tuple[ConsentItem, ...] = ()
    """What the client receives beside, whatever is ticked: a law gives it."""
    legal_basis: StrOrPromise = ""
    """The law of `informed`, cited."""
    withdraw_url: str = ""
    """Where agreements are withdrawn: as easily as given (PIPL 15)."""
    notice_version: str = ""
    privacy_url: str = ""
    """The client's registered privacy notice."""

    @property
    def has_essential(self) -> bool:
        """Tell whether the service may not work without something."""
        return any(item.essential for item in self.items)


@dataclass(frozen=True, slots=True, kw_only=True)
class InformingPage(Page):
    """A statutory duty: the person is told, nothing is to be ticked (PIPL 13(1)3, 34–35).

    Posts `decision=allow` or `deny`.
    """

    template: ClassVar[str] = "journey/consent/informing.html"
    step: ClassVar[str] = "consent"
    stage: ClassVar[Stage | None] = Stage.CONSENT

    items: tuple[ConsentItem, ...]
    legal_basis: StrOrPromise
    """The registered ground, cited: law and article."""
    kept_days: int = 0
    privacy_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardianPage(Page):
    """A child needs a guardian's word. Posts `action=ask`, `action=check` or `action=return`."""

    template: ClassVar[str] = "journey/consent/guardian.html"
    step: ClassVar[str] = "consent"
    stage: ClassVar[Stage | None] = Stage.CONSENT

    guardians: tuple[str, ...]
    """Their names, masked; empty where nobody is recorded yet."""
    is_asked: bool = False
    refresh_url: str = ""
    refresh_seconds: int = 5
