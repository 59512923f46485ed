"""The logos of clients, fetched by us and served by us: no visitor's browser is sent elsewhere.

A page that loaded them from the client would tell the client who looks at a sign-in page, and open
our content security policy to every host. The fetcher handed in owns the network and its guard.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from django.http import HttpRequest, HttpResponse, HttpResponseNotFound
from django.urls import URLPattern, path
from django.views.decorators.http import require_http_methods

from idp.clients.client import Client, ClientDirectory
from idp.foundation.storage import ShortLivedStore

IMAGE_TYPES: Final = (
    "image/png",
    "image/jpeg",
    "image/webp",
    "image/gif",
    "image/svg+xml",
)
MAX_BYTES: Final = 131_072
KEPT_FOR: Final = 86_400
ASKED_AGAIN_AFTER: Final = 600
# An SVG opened by itself would be a document on our origin: no script, no origin, no requests.
_POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


class LogoUnreachable(Exception):
    """The address did not answer with an image; raised by the fetcher."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Logo:
    """An image as its address gave it."""

    media_type: str
    content: bytes


FetchLogo = Callable[[str], Logo]
"""An address → its image of one of IMAGE_TYPES, or LogoUnreachable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Logos:
    """Logos by client, kept for a day; where there is none, asked again after ten minutes."""

    clients: ClientDirectory
    store: ShortLivedStore
    fetch: FetchLogo

    def of(self, client_id: str) -> Logo | None:
        """Return the client's logo, or None where it has none that can be shown."""
        client = self.clients.get(client_id)
        if client is None or not client.logo_uri:
            return None
        key = f"logo:{_digest(client.logo_uri)}"
        kept = self.store.get(key)
        if kept is None:
            kept = self._fetched(client.logo_uri)
            self.store.put(key, kept, ttl=KEPT_FOR if kept else ASKED_AGAIN_AFTER)
        media_type, _, content = kept.partition(b"\n")
        return Logo(media_type=media_type.decode(), content=content) if kept else None

    def _fetched(self, address: str) -> bytes:
        try:
            logo = self.fetch(address)
        except LogoUnreachable:
            return b""
        return logo.media_type.encode() + b"\n" + logo.content


def logo_address(client: Client, prefix: str) -> str:
    """Where we serve the client's logo, empty for none; another logo has another address."""
    if not client.logo_uri:
        return ""
    return f"{prefix}/journey/logo/{client.client_id}?v={_digest(client.logo_uri)[:8]}"


def urlpatterns(logos: Logos) -> list[URLPattern]:
    """The address of logos, to stand before the journey's own."""

    @require_http_methods(["GET", "HEAD"])
    def logo(request: HttpRequest, client_id: str) -> HttpResponse:  # noqa: ARG001 - a view's shape
        found = logos.of(client_id)
        if found is None:
            return HttpResponseNotFound()
        response = HttpResponse(found.content, content_type=found.media_type)
        response["Cache-Control"] = f"public, max-age={KEPT_FOR}"
        response["Content-Security-Policy"] = _POLICY
        response["Cross-Origin-Resource-Policy"] = "same-origin"
        return response

    return [path("journey/logo/<str:client_id>", logo, name="journey-logo")]


def _digest(address: str) -> str:
    return hashlib.sha256(address.encode()).hexdigest()
