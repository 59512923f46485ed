"""The pages of connected services and agreements: what they are given to show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, ClassVar

from idp.journey.pages import Page

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceShown:
    """One service as registered. `days` is on how many days it was told something."""

    name: str
    address: str
    url: str
    last_at: datetime
    has_access: bool
    days: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementShown:
    """What was agreed to, or what a law gives; `ended_at` None while it holds."""

    url: str
    granted: tuple[StrOrPromise, ...]
    declined: tuple[StrOrPromise, ...]
    is_by_law: bool
    notice_version: str
    granted_at: datetime
    name: str = ""
    withdraws: str = ""
    """What `withdraw` posts, for an agreement with us; one with a service has its own page."""
    ended_at: datetime | None = None
    is_withdrawn: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DisclosureShown:
    """What a service was told on one day: names, never values."""

    day: date
    claims: tuple[StrOrPromise, ...]
    times: int
    is_by_law: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ServicesPage(Page):
    """Every service the person met."""

    template: ClassVar[str] = "account/services.html"

    services: tuple[ServiceShown, ...]
    agreements_url: str = ""
    back_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ServicePage(Page):
    """One service. Posts `action=withdraw` where something rests on consent."""

    template: ClassVar[str] = "account/service.html"

    service: ServiceShown
    agreement: AgreementShown | None = None
    withdrawn_at: datetime | None = None
    """When the person took the agreement back; None where it holds, or there never was one."""
    disclosures: tuple[DisclosureShown, ...] = ()
    can_be_withdrawn: bool = False
    policy_url: str = ""
    back_url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementsPage(Page):
    """All a person agreed to, and agreed to before. Posts `withdraw=<value>`."""

    template: ClassVar[str] = "account/agreements.html"

    live: tuple[AgreementShown, ...]
    past: tuple[AgreementShown, ...] = ()
    back_url: str = ""
