"""The logout request, judged: who asks, whom it means, where it may lead."""

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode, urlsplit

from idp.clients.client import Client, ClientDirectory
from idp.protocols.oauth.errors import InvalidRequest, MissingParameter
from idp.protocols.oauth.wire import Form
from idp.protocols.oidc.hints import IdTokenHints, is_audience

MAX_STATE = 2048


@dataclass(frozen=True, slots=True, kw_only=True)
class LogoutRequest:
    """`hint` holds a verified id_token_hint's claims; `return_url` is registered, state added."""

    client: Client | None = None
    hint: dict[str, Any] | None = field(default=None, repr=False)
    return_url: str = ""


def judge_logout_request(
    form: Form, *, clients: ClientDirectory, hints: IdTokenHints
) -> LogoutRequest:
    """Raises InvalidRequest, always told on a page: nothing here may be redirected to yet.

    RP-Initiated Logout 1.0 §2: with both client_id and id_token_hint the OP MUST verify that they
    match; §3: the OP MUST NOT redirect to a URI that was not registered.
    """
    hint = _verified_hint(form, hints)
    client = _asking_client(form, hint, clients)
    return LogoutRequest(client=client, hint=hint, return_url=_return_url(form, client))


def _verified_hint(form: Form, hints: IdTokenHints) -> dict[str, Any] | None:
    given = form.get("id_token_hint")
    if not given:
        return None
    claims = hints.claims_of(given)
    if claims is None:
        raise InvalidRequest("id_token_hint is not an ID token of ours.", parameter="id_token_hint")
    return claims


def _asking_client(
    form: Form, hint: dict[str, Any] | None, clients: ClientDirectory
) -> Client | None:
    client_id = form.get("client_id")
    if hint is not None:
        audience = hint["aud"] if isinstance(hint["aud"], str) else str(hint.get("azp", ""))
        if client_id and not is_audience(hint, client_id):
            raise InvalidRequest("id_token_hint is another client's.", parameter="client_id")
        client_id = client_id or audience
    if not client_id:
        return None
    client = clients.get(client_id)
    if client is None:
        raise InvalidRequest("This client_id is not registered.", parameter="client_id")
    return client


def _return_url(form: Form, client: Client | None) -> str:
    uri = form.get("post_logout_redirect_uri")
    if not uri:
        return ""
    if client is None:
        # §2: without a hint or client_id there is no registration to check the address against.
        raise MissingParameter(
            "post_logout_redirect_uri needs id_token_hint or client_id.", parameter="id_token_hint"
        )
    if uri not in client.post_logout_redirect_uris:
        raise InvalidRequest(
            "This post_logout_redirect_uri is not registered.", parameter="post_logout_redirect_uri"
        )
    state = form.get("state")[:MAX_STATE]
    if not state:
        return uri
    return f"{uri}{'&' if urlsplit(uri).query else '?'}{urlencode({'state': state})}"
