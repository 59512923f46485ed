"""How an authorization is answered: by redirect or form post, always with `iss` (RFC 9207 §2)."""

from idp.journey.outcome import DoorAnswer
from idp.protocols.oauth.redirects import with_parameters


def answer(
    *, redirect_uri: str, response_mode: str, fields: tuple[tuple[str, str], ...]
) -> DoorAnswer:
    """RFC 6749 §4.1.2; OAuth 2.0 Form Post Response Mode §2. Empty values are left out."""
    if response_mode == "form_post":
        present = tuple((name, value) for name, value in fields if value)
        return DoorAnswer(url=redirect_uri, fields=present)
    return DoorAnswer(url=with_parameters(redirect_uri, fields))
