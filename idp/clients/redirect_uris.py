"""Which redirection URIs a client may register. Comparing them at authorization is the door's."""

from ipaddress import ip_address
from urllib.parse import urlsplit

LOOPBACK_NAMES = frozenset({"localhost"})
FORBIDDEN_SCHEMES = frozenset(
    {"javascript", "data", "vbscript", "file", "about", "blob", "ftp", "ws", "wss", "mailto", "tel"}
)


class UnacceptableUri(ValueError):
    """The words say why, in the registrant's terms."""


def require_acceptable_redirect_uri(uri: str, *, application_type: str, http_allowed: bool) -> None:
    """Refuse what must never be registered.

    OpenID Connect Dynamic Client Registration 1.0 §2 (`application_type`), RFC 6749 §3.1.2
    ("MUST be an absolute URI … MUST NOT include a fragment component"), RFC 8252 §7. `http_allowed`
    is the development profile: production takes http only as a native client's loopback.
    """
    parts = _split(uri)
    if parts.scheme in {"https", "http"}:
        _require_web_uri(uri, application_type=application_type, http_allowed=http_allowed)
        return
    if application_type != "native":
        raise UnacceptableUri("a web client's redirect URIs use the https scheme")
    if parts.scheme in FORBIDDEN_SCHEMES or "." not in parts.scheme:
        # RFC 8252 §7.1: a private-use scheme is a domain name under the app's control, reversed.
        raise UnacceptableUri(
            "a private-use scheme is a reversed domain name, such as cn.example.app"
        )


def require_acceptable_web_uri(uri: str, *, http_allowed: bool) -> None:
    """For URIs we or the browser will open: https (http in development), no credentials."""
    parts = _split(uri)
    if parts.scheme == "https" or (parts.scheme == "http" and http_allowed):
        if parts.hostname:
            return
        raise UnacceptableUri("the URI names no host")
    raise UnacceptableUri("the URI must use the https scheme")


def is_loopback(host: str) -> bool:
    """RFC 8252 §7.3 and §8.3: a loopback literal, or the name localhost."""
    if host in LOOPBACK_NAMES:
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def _require_web_uri(uri: str, *, application_type: str, http_allowed: bool) -> None:
    parts = _split(uri)
    if not parts.hostname:
        raise UnacceptableUri("the URI names no host")
    if parts.scheme == "http":
        if application_type == "native":
            # OpenID Connect Registration 1.0 §2: native clients use http on loopback alone.
            if not is_loopback(parts.hostname):
                raise UnacceptableUri("a native client may use http on loopback addresses only")
        elif not http_allowed:
            raise UnacceptableUri("the URI must use the https scheme")


class _Parts:
    def __init__(self, uri: str) -> None:
        split = urlsplit(uri)
        self.scheme = split.scheme.lower()
        self.hostname = split.hostname or ""
        self.port = split.port
        self.has_fragment = "#" in uri
        self.has_credentials = "@" in split.netloc


def _split(uri: str) -> _Parts:
    if not uri.isascii() or not uri.isprintable() or any(c in uri for c in ' "<>\\^`{|}'):
        raise UnacceptableUri("the URI holds characters a URI cannot hold")
    try:
        parts = _Parts(uri)
    except ValueError as problem:
        raise UnacceptableUri("the URI cannot be parsed") from problem
    if not parts.scheme:
        raise UnacceptableUri("the URI must be absolute")
    if parts.has_fragment:
        raise UnacceptableUri("the URI must not include a fragment")
    if parts.has_credentials:
        raise UnacceptableUri("the URI must not include credentials")
    return parts
