"""The verification pages: which document, what an authority answered, and what to do then."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

from django.utils.translation import gettext_lazy as _

from connectors.documents import registry
from idp.journey.pages import Page, Stage

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise

    from idp.journey.verification.photograph import Reading


class Picture(StrEnum):
    """A drawing of a document that shows where its number stands."""

    IDENTITY_CARD = "identity_card"
    RESIDENCE_PERMIT = "residence_permit"
    TRAVEL_PERMIT_HM = "travel_permit_hm"
    TRAVEL_PERMIT_TW = "travel_permit_tw"
    PERMANENT_RESIDENT_CARD = "permanent_resident_card"
    CHINESE_PASSPORT = "chinese_passport"
    PASSPORT = "passport"
    HKID = "hkid"
    MACAU_BIR = "macau_bir"
    TAIWAN_ID = "taiwan_id"
    TAIWAN_ARC = "taiwan_arc"
    BUSINESS_LICENCE = "business_licence"

    @property
    def template(self) -> str:
        """Return the drawing's template."""
        return f"journey/verification/pictures/{self}.html"


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentChoice:
    """A kind of document the person may hold."""

    value: str
    """What `document_type` posts: an id of `connectors.documents.registry`."""
    label: StrOrPromise
    picture: Picture
    number_hint: StrOrPromise
    """What the number looks like and where it stands."""
    sample_number: str
    """The made-up number in the drawing, grouped for reading."""


RESIDENT_IDENTITY_CARD = DocumentChoice(
    value=registry.RESIDENT_ID_CARD,
    label=_("Resident identity card"),
    picture=Picture.IDENTITY_CARD,
    number_hint=_("18 characters at the bottom of the front; the last may be an X"),
    sample_number="110105 19491231 002X",
)
RESIDENCE_PERMIT = DocumentChoice(
    value=registry.RESIDENCE_PERMIT_HMT,
    label=_("Residence permit for Hong Kong, Macao and Taiwan residents"),
    picture=Picture.RESIDENCE_PERMIT,
    number_hint=_("18 characters at the bottom of the front; they begin with 81, 82 or 83"),
    sample_number="810000 19940823 0021",
)
HONG_KONG_MACAO_TRAVEL_PERMIT = DocumentChoice(
    value=registry.TRAVEL_PERMIT_HM,
    label=_("Mainland travel permit for Hong Kong and Macao residents"),
    picture=Picture.TRAVEL_PERMIT_HM,
    number_hint=_("9 characters that begin with H or M, at the upper right"),
    sample_number="H12345678",
)
TAIWAN_TRAVEL_PERMIT = DocumentChoice(
    value=registry.TRAVEL_PERMIT_TW,
    label=_("Mainland travel permit for Taiwan residents"),
    picture=Picture.TRAVEL_PERMIT_TW,
    number_hint=_("8 digits, at the upper right"),
    sample_number="01234567",
)
PERMANENT_RESIDENT_CARD = DocumentChoice(
    value=registry.PERMANENT_RESIDENT_CARD,
    label=_("Foreign permanent resident card"),
    picture=Picture.PERMANENT_RESIDENT_CARD,
    number_hint=_("15 characters, or 18 digits that begin with 9, at the bottom of the front"),
    sample_number="911398 19901231 0021",
)
CHINESE_PASSPORT = DocumentChoice(
    value=registry.CN_PASSPORT,
    label=_("Chinese passport"),
    picture=Picture.CHINESE_PASSPORT,
    number_hint=_("9 characters that begin with E or G, at the upper right"),
    sample_number="E12345678",
)
PASSPORT = DocumentChoice(
    value=registry.PASSPORT,
    label=_("Foreign passport"),
    picture=Picture.PASSPORT,
    number_hint=_("At the upper right of the page with your photograph"),
    sample_number="L898902C3",
)
HONG_KONG_IDENTITY_CARD = DocumentChoice(
    value=registry.HKID,
    label=_("Hong Kong identity card"),
    picture=Picture.HKID,
    number_hint=_("One or two letters and 7 characters, at the lower right"),
    sample_number="A123456(3)",
)
MACAO_IDENTITY_CARD = DocumentChoice(
    value=registry.MACAU_BIR,
    label=_("Macao resident identity card"),
    picture=Picture.MACAU_BIR,
    number_hint=_("8 digits that begin with 1, 5 or 7, at the upper right"),
    sample_number="1234567(8)",
)
TAIWAN_IDENTITY_CARD = DocumentChoice(
    value=registry.TAIWAN_ID,
    label=_("Taiwan identity card"),
    picture=Picture.TAIWAN_ID,
    number_hint=_("A letter and 9 digits, at the lower right, under the photograph"),
    sample_number="A123456789",
)
TAIWAN_RESIDENT_CERTIFICATE = DocumentChoice(
    value=registry.TAIWAN_ARC,
    label=_("Taiwan resident certificate"),
    picture=Picture.TAIWAN_ARC,
    number_hint=_("A letter and 9 digits, beside the photograph"),
    sample_number="A800000014",
)
BUSINESS_LICENCE = DocumentChoice(
    value=registry.USCC,
    label=_("Business licence"),
    picture=Picture.BUSINESS_LICENCE,
    number_hint=_("The unified social credit code: 18 characters, under the title"),
    sample_number="91350200 MA2XTE5T69",
)

DOCUMENTS = (
    RESIDENT_IDENTITY_CARD,
    HONG_KONG_MACAO_TRAVEL_PERMIT,
    TAIWAN_TRAVEL_PERMIT,
    RESIDENCE_PERMIT,
    PASSPORT,
    PERMANENT_RESIDENT_CARD,
    CHINESE_PASSPORT,
    HONG_KONG_IDENTITY_CARD,
    MACAO_IDENTITY_CARD,
    TAIWAN_IDENTITY_CARD,
    TAIWAN_RESIDENT_CERTIFICATE,
    BUSINESS_LICENCE,
)
"""Every kind, the most common first. Offered are those that an authority here can check."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherWay:
    """Another way to the same level: a button that posts `method=<value>`, or words to follow."""

    label: StrOrPromise
    detail: StrOrPromise = ""
    value: str = ""
    """What `method` posts; empty for a way outside this page (a window, the hotline)."""


WINDOW = OtherWay(
    label=_("Go to a service window"),
    detail=_("Take your document along. It takes about five minutes, and counts online at once."),
)


_AUTHORITIES: dict[str, StrOrPromise] = {
    "cn_population_library": _("the public security population register"),
    "cn_national_immigration_administration": _("the National Immigration Administration"),
    "cn_mobile_operators": _("your mobile operator"),
    "cn_bank_card_network": _("the bank card network"),
    "cn_ctid": _("the Ministry of Public Security's CTID platform"),
    "cn_network_identity": _("the national network identity service"),
    "cn_face_comparison": _("the face comparison service of public security"),
}


def authority_name(authority: str) -> StrOrPromise:
    """Return what people call an authority; "" for one without a name here."""
    return _AUTHORITIES.get(authority, "")


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityPage(Page):
    """Name and document number. Posts `name`, `document_type`, `document_number`, `action=verify`.

    Where it is asked for, `birth_date` too. `document=<value>` chooses another document.

    A mismatch shows this page again with the error, what was typed and `attempts_left`.
    """

    template: ClassVar[str] = "journey/verification/identity.html"
    step: ClassVar[str] = "verification"
    stage: ClassVar[Stage | None] = Stage.VERIFICATION
    blanks: ClassVar[tuple[str, ...] | None] = (
        "name",
        "masked_name",
        "document_number",
        "birth_date",
        "bank_card",
        "masked_phone",
        "zone",
    )

    documents: tuple[DocumentChoice, ...] = (RESIDENT_IDENTITY_CARD,)
    document_type: str = ""
    """The kind chosen before; empty for the first."""
    name: str = ""
    masked_name: str = ""
    """A name that the account tells: another is typed only where the document has another."""
    document_number: str = ""
    shows_documents: bool = False
    """Whether the other kinds of document lie open: the person comes from afar."""
    asks_birth_date: bool = False
    """Whether the method needs it: the number of the chosen document does not tell."""
    birth_date: str = ""
    latest_birth_date: str = ""
    """Today, where the browser's own date picker ends."""
    asks_bank_card: bool = False
    bank_card: str = ""
    masked_phone: str = ""
    """The number that is told along, where the method asks whose it is."""
    authority: StrOrPromise = ""
    """Who is asked, by name; empty for "the responsible authority"."""
    attempts_left: int | None = None
    """How often the person may still try; None before the first mismatch."""
    takes_zone: bool = False
    """Whether a document's zone may be read: posts `zone` or `photograph`, and `action=read`."""
    takes_photograph: bool = False
    """Whether that may be done off a photograph here."""
    zone: str = ""
    is_for_passport: bool = False
    """Whether what has a zone is another document than the chosen one: a passport."""
    reading: Reading | None = None
    """What a photograph said, now in the form for the person to check."""
    other_ways: tuple[OtherWay, ...] = (WINDOW,)

    @property
    def is_common(self) -> bool:
        """What was read off somebody's document is theirs alone."""
        # The zero-argument form would not find its class: slots make another one of it.
        return super(IdentityPage, self).is_common and self.reading is None

    @property
    def others(self) -> tuple[DocumentChoice, ...]:
        """Return the kinds of document that may be chosen instead."""
        return tuple(kind for kind in self.documents if kind != self.chosen)

    @property
    def chosen(self) -> DocumentChoice:
        """Return the kind of document that is chosen now."""
        matching = (kind for kind in self.documents if kind.value == self.document_type)
        return next(matching, self.documents[0])


class Setback(StrEnum):
    """Why a verification did not end with a match."""

    NO_ATTEMPTS_LEFT = "no_attempts_left"
    NOT_FOUND = "not_found"
    INCONCLUSIVE = "inconclusive"
    AUTHORITY_DOWN = "authority_down"
    RATE_LIMITED = "rate_limited"
    HELD_BY_ANOTHER = "held_by_another"
    CANCELLED = "cancelled"
    NOT_OURS = "not_ours"
    ANOTHER_PERSON = "another_person"
    NOT_ENROLLED = "not_enrolled"
    SUSPENDED = "suspended"
    NO_WAY = "no_way"


@dataclass(frozen=True, slots=True, kw_only=True)
class SetbackPage(Page):
    """What happened, whose doing it was, and what to do now.

    Posts `action=retry` where trying again can help, `action=return` to give up.
    """

    template: ClassVar[str] = "journey/verification/setback.html"
    step: ClassVar[str] = "verification"
    stage: ClassVar[Stage | None] = Stage.VERIFICATION

    setback: Setback
    authority: StrOrPromise = ""
    wait_seconds: int = 0
    """How long until trying again makes sense; 0 for now."""
    support_code: str = ""
    other_ways: tuple[OtherWay, ...] = (WINDOW,)

    @property
    def wait_minutes(self) -> int:
        """Return the wait in minutes, rounded up."""
        return -(-self.wait_seconds // 60)

    @property
    def can_retry(self) -> bool:
        """Tell whether trying again on this page can help."""
        return self.setback in _RETRIABLE

    @property
    def ways_here(self) -> tuple[OtherWay, ...]:
        """Return those that can be gone on this page at once."""
        return tuple(way for way in self.other_ways if way.value)

    @property
    def next_way(self) -> OtherWay | None:
        """Return the way that the main button leads on, where trying again cannot help."""
        return None if self.can_retry else next(iter(self.ways_here), None)


_RETRIABLE = frozenset(
    {
        Setback.AUTHORITY_DOWN,
        Setback.RATE_LIMITED,
        Setback.CANCELLED,
        Setback.NOT_OURS,
        Setback.ANOTHER_PERSON,
        Setback.SUSPENDED,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingPage(Page):
    """The authority is being asked. The page fetches itself again; `action=check` does it now."""

    template: ClassVar[str] = "journey/verification/waiting.html"
    step: ClassVar[str] = "verification"
    stage: ClassVar[Stage | None] = Stage.VERIFICATION
    blanks: ClassVar[tuple[str, ...] | None] = ("refresh_url", "news_url")

    refresh_url: str
    """This page's own address, for GET."""
    news_url: str = ""
    """Where the page's script asks whether there is anything new; "" to load the page itself."""
    refresh_seconds: int = 3
    authority: StrOrPromise = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitPage(Page):
    """The person goes to the authority's own page and comes back. Posts `method=<way>` to leave.

    Once a visit is open, `leave_url` is a link there; the page follows it by itself the first time.
    """

    template: ClassVar[str] = "journey/verification/visit.html"
    step: ClassVar[str] = "verification"
    stage: ClassVar[Stage | None] = Stage.VERIFICATION
    blanks: ClassVar[tuple[str, ...] | None] = ("leave_url",)

    way: str
    """What `method` posts."""
    label: StrOrPromise
    detail: StrOrPromise = ""
    authority: StrOrPromise = ""
    compares: bool = False
    """Whether name and number, which the person proved before, are told to be compared."""
    leave_url: str = ""
    host: str = ""
    """The authority's address, as people can check it."""
    is_leaving: bool = False
    other_ways: tuple[OtherWay, ...] = (WINDOW,)


@dataclass(frozen=True, slots=True, kw_only=True)
class FaceConsentPage(Page):
    """Agree that a face is compared, before the camera page is opened: a consent of its own.

    Posts `action=agree`.
    """

    template: ClassVar[str] = "journey/verification/face_consent.html"
    step: ClassVar[str] = "verification"
    stage: ClassVar[Stage | None] = Stage.VERIFICATION
    blanks: ClassVar[tuple[str, ...] | None] = ()

    notice_version: str
    authority: StrOrPromise = ""
    can_agree: bool = True
    """False for a child, whose guardian has to come along."""
    other_ways: tuple[OtherWay, ...] = (WINDOW,)
