"""What the authorization room is built from; deploy hands it in."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from idp.clients.client import Client, ClientDirectory
from idp.protocols.oauth.errors import OAuthError
from idp.protocols.oauth.wire import WireRequest, WireResponse


class RequestObjectReader(Protocol):
    def read(self, raw: str, client: Client) -> Mapping[str, Any]:
        """The claims of a verified request object, else InvalidRequestObject."""

    def fetched(self, reference: str, client: Client) -> str:
        """The request object at a registered request_uri, unverified, else InvalidRequestUri."""


class HintReader(Protocol):
    def subject_of(self, id_token: str, client: Client) -> str:
        """The `sub` of an ID token of ours for this client, expired or not, else "" ."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checking:
    """What the checks may ask: facts of the deployment and of the registered clients.

    `maximum_acr_ial` and `maximum_acr_aal` bound what this deployment can ever reach.
    """

    issuer: str
    clients: ClientDirectory
    request_objects: RequestObjectReader
    hints: HintReader


@dataclass(frozen=True, slots=True, kw_only=True)
class Pages:
    """The two pages this door shows; their looks are handed in.

    `error` renders a refusal that may not be redirected; `form_post` answers by a form the browser
    posts (OAuth 2.0 Form Post Response Mode §2).
    """

    error: Callable[[WireRequest, OAuthError], WireResponse]
    form_post: Callable[[WireRequest, str, tuple[tuple[str, str], ...]], WireResponse]
