"""Which one audience an access token is for (RFC 8707)."""

from urllib.parse import urlsplit

from idp.clients.client import Client
from idp.tokens.refusals import TargetUnknown


def chosen_audience(
    issuer: str, client: Client, granted: tuple[str, ...], asked: tuple[str, ...]
) -> str:
    """The resource asked for, else the first one granted, else this server itself (UserInfo).

    Raises:
        TargetUnknown: malformed, not registered for the client, beyond what was granted, or more
            than one: a token has one audience here (RFC 9700 §2.3).
    """
    if not asked:
        return granted[0] if granted else issuer
    if len(set(asked)) > 1:
        raise TargetUnknown("Ask for one resource at a time: a token has one audience.")
    resource = asked[0]
    if not is_resource(resource):
        raise TargetUnknown("The resource must be an absolute URI without a fragment.")
    if granted and resource not in granted:
        raise TargetUnknown("The resource is beyond what was granted.")
    if resource != issuer and resource not in client.resources:
        raise TargetUnknown("The client is not registered for this resource.")
    return resource


def is_resource(value: str) -> bool:
    """RFC 8707 §2: "an absolute URI, as specified by Section 4.3 of [RFC3986]", no fragment."""
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    has_place = bool(parts.netloc or parts.path)
    return bool(parts.scheme) and has_place and "#" not in value and value.isascii()
