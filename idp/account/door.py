"""The space's own door: a journey that leads nowhere but home."""

from datetime import datetime
from typing import Final

from idp.clients.client import Client
from idp.journey.outcome import DoorAnswer, JourneyOutcome
from idp.journey.request import JourneyRequest
from policies.levels import Level

DOOR: Final = "account"
HOME: Final = "/account/"
CLIENT: Final = Client(
    client_id="tongxing-account",
    client_name={
        "zh-hans": "我的账号",
        "zh-hant": "我的帳戶",
        "en": "My account",
    },
    grant_types=frozenset(),
    response_types=frozenset(),
    token_endpoint_auth_method="none",  # noqa: S106 - the registered value, no secret
    skips_consent=True,
    minimum_level=Level(ial=0, aal=1),
    classification="own",
)
"""The provider itself as a client of its journey: built in, so that no row can be missing.

Whoever has an account sees and ends it (PIPL 15, 45-47), though nothing of them is proven yet.
"""


class AccountDoor:
    """Implements journey.outcome.Door; a refusal leads back too, where one may try again.

    The continuation is the page of the space where the journey began.
    """

    def conclude(
        self, continuation: bytes, outcome: JourneyOutcome, *, now: datetime
    ) -> DoorAnswer:
        del outcome, now
        return DoorAnswer(url=continuation.decode() or HOME)


def sign_in(
    required: Level | None = None,
    *,
    back: str = "",
    adds: str = "",
    adds_for: str = "",
    max_age: int | None = None,
    beyond_email: bool = False,
) -> JourneyRequest:
    """A journey to the person's own space; with `required`, to prove more of who they are.

    `back` is the page it leads to, `adds` the kind of authenticator that is to be added, or a
    contact, and `adds_for` the child whose it is to be; with `max_age`, in seconds, the level is
    insisted on; with `beyond_email` more than a mailbox or a face.
    """
    return JourneyRequest(
        door=DOOR,
        client_id=CLIENT.client_id,
        continuation=back.encode(),
        return_origin="",
        required=required,
        required_is_essential=max_age is not None,
        max_age=max_age,
        adds=adds,
        adds_for=adds_for,
        beyond_email=beyond_email,
    )
