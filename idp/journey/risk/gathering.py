"""Looks at a sign-in once it is proven: what was seen goes into the session, for the policies.

Afterwards the device is kept, and the person told of it where they wish. Costs three reads and two
round trips to the store; a device seen before this month costs no write. Single sign-on costs none.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from django.db import transaction

from idp.conf import Risk
from idp.foundation.clock import SHANGHAI
from idp.journey.request import Browser
from idp.journey.risk.appearance import appearance_of
from idp.journey.risk.counters import Counted, RiskCounters
from idp.journey.risk.signals import NEW_DEVICE, level_of
from idp.sessions.known_devices import Appearance, DeviceBook, Look
from idp.sessions.session import Seen
from idp.subjects.accounts import Account, account_of
from idp.subjects.authenticators.directory import Authenticators
from idp.subjects.authenticators.levels import RESISTANT, aal_of
from idp.subjects.notices import SecurityNotices

NOTICE: Final = "new_device"
_NIGHT: Final = range(1, 5)
_NEW_ACCOUNT: Final = timedelta(days=1)
_FAMILIAR_AFTER: Final = timedelta(days=7)
_SAME_MOMENT: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Coming:
    """Who signs in, by all of `amr`; `is_shared` for the browser of a place that all people use.

    `is_beginning` is False where a session that stands is only strengthened.
    """

    person_id: UUID
    browser: Browser
    amr: frozenset[str]
    now: datetime
    is_shared: bool = False
    is_beginning: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Assessment:
    """What was seen, and what has to be known to keep the device afterwards."""

    coming: Coming
    seen: Seen
    look: Look | None

    @property
    def known_from(self) -> datetime | None:
        """From when the device is known; None where this sign-in does not make it so.

        At once when all that the person can prove was proven. Less makes it familiar after a week,
        and at high risk never: a stranger who was stopped need not only wait.
        """
        if aal_of(self.coming.amr) >= (self.seen.own_aal or 0):
            return self.coming.now
        is_high = level_of(self.seen.signals or ()) == "high"
        return None if is_high else self.coming.now + _FAMILIAR_AFTER

    @property
    def told(self) -> dict[str, object]:
        """For the audit."""
        signals = self.seen.signals or ()
        said: dict[str, object] = {"risk": level_of(signals), "signals": list(signals)}
        if self.seen.device_known is not None:
            said["device_known"] = self.seen.device_known
        return said


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskDesk:
    """Assesses sign-ins, and remembers devices."""

    counters: RiskCounters
    devices: DeviceBook
    authenticators: Authenticators
    notices: SecurityNotices
    settings: Risk

    def assess(self, coming: Coming) -> Assessment:
        """Look at a sign-in, before its session is written."""
        account = account_of(coming.person_id)
        reach, is_resistant = self.authenticators.reach_of(coming.person_id)
        shown = _shown(coming)
        look = self.devices.look(coming.person_id, shown, now=coming.now) if shown else None
        is_new_account = coming.now - account.created_at < _NEW_ACCOUNT
        found = {
            **_of_device(look, is_new_account=is_new_account),
            "night": coming.now.astimezone(SHANGHAI).hour in _NIGHT,
            "phone_changed": _is_fresh(
                account, account.phone_verified_at, coming.now, self.settings.phone_fresh_days
            ),
            "email_changed": _is_fresh(
                account, account.email_verified_at, coming.now, self.settings.email_fresh_days
            ),
            "weaker_method": is_resistant and not coming.amr & RESISTANT,
        }
        counted = self.counters.signals(
            Counted(
                person_id=coming.person_id,
                phone=account.phone_index.hex(),
                email=account.email_index.hex(),
                address=coming.browser.remote_address,
                device=shown.cookie_hash if shown else "",
                is_new_account=is_new_account,
                is_beginning=coming.is_beginning,
            )
        )
        signals = (*(name for name, is_seen in found.items() if is_seen), *counted)
        return Assessment(
            coming=coming,
            seen=Seen(
                signals=signals,
                device_known=None if look is None else look.is_known,
                own_aal=reach,
                device=self.devices.device_of(coming.person_id, shown.secret) if shown else "",
            ),
            look=look,
        )

    def remember(self, assessment: Assessment) -> None:
        """Keep the device after the sign-in, and tell its person of a new one."""
        coming, look = assessment.coming, assessment.look
        if look is None:
            return
        person_id, shown = coming.person_id, appearance_of(coming.browser)
        known_from = assessment.known_from
        if look.row is not None:
            self.devices.renew(look.row, shown, known_from=known_from, now=coming.now)
            return
        with transaction.atomic():
            is_new = self.devices.begin(
                person_id, shown, known_from=known_from, others=look.others, now=coming.now
            )
            if is_new and look.others and self._is_told(person_id):
                self.notices.tell(person_id, NOTICE)
        if is_new:
            self.counters.newcomer(shown.cookie_hash)

    def wants_notices(self, person_id: UUID) -> bool:
        """The person's own word, else the city's."""
        choice = self.devices.notice_choice(person_id)
        return self.settings.login_notices if choice is None else choice

    def _is_told(self, person_id: UUID) -> bool:
        return self.wants_notices(person_id) and self.counters.is_first_today(person_id)


def _is_fresh(account: Account, proven: datetime | None, now: datetime, days: int) -> bool:
    """Whether a number or address came later than the account, and not long ago."""
    if proven is None or proven - account.created_at < _SAME_MOMENT:
        return False
    return now - proven < timedelta(days=days)


def _shown(coming: Coming) -> Appearance | None:
    """How the browser appears; None for one that says nothing of the person."""
    is_own = bool(coming.browser.device_secret) and not coming.is_shared
    return appearance_of(coming.browser) if is_own else None


def _of_device(look: Look | None, *, is_new_account: bool) -> dict[str, bool]:
    """The first device of an account just opened is as new as the account: nothing to doubt."""
    if look is None or (is_new_account and not look.others):
        return {}
    return {NEW_DEVICE: not look.is_known, "new_network": not look.is_known_network}
