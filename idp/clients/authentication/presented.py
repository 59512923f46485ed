"""Reads the one proof of identity a request carries, without judging it.

Knows headers and parameters only; clients and secrets are the authenticator's.
"""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote_plus

import orjson

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
MAX_CLIENT_ID = 128


class ClientNotAuthenticated(Exception):
    """The proof is missing or does not hold. `debug` goes to the log alone.

    `client_id` is the registered client that was claimed, else empty: what was sent instead could
    be anything, a secret in the wrong place too.
    """

    def __init__(self, debug: str) -> None:
        super().__init__(debug)
        self.debug = debug
        self.client_id = ""


class AmbiguousAuthentication(Exception):
    """More than one proof, or proofs that name different clients; the words are safe to show."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Presented:
    """`way` is "basic", "post", "assertion" or "none": the registered method is judged later."""

    way: str
    client_id: str
    secret: str = field(default="", repr=False)
    assertion: str = field(default="", repr=False)


def read_presented(authorization: str, parameters: Mapping[str, str]) -> Presented:
    """The proof in the Authorization header or the body.

    RFC 6749 §2.3: "The client MUST NOT use more than one authentication method in each request."

    Raises:
        AmbiguousAuthentication: more than one method, or two different client_id values.
        ClientNotAuthenticated: none at all, or one that cannot be read.
    """
    has_secret = "client_secret" in parameters
    has_assertion = "client_assertion" in parameters or "client_assertion_type" in parameters
    if bool(authorization) + has_secret + has_assertion > 1:
        raise AmbiguousAuthentication("Use one client authentication method only.")
    client_id = parameters.get("client_id", "")
    if authorization:
        return _basic(authorization, client_id)
    if has_assertion:
        return _assertion(parameters, client_id)
    if not client_id:
        raise ClientNotAuthenticated("no client_id and no proof")
    if has_secret:
        return Presented(way="post", client_id=client_id, secret=parameters["client_secret"])
    return Presented(way="none", client_id=client_id)


def _basic(authorization: str, named: str) -> Presented:
    """RFC 6749 §2.3.1: both halves are form-encoded before they become Basic credentials."""
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        raise ClientNotAuthenticated("not the Basic scheme")
    try:
        pair = base64.b64decode(encoded.strip(), validate=True).decode("utf-8")
        identifier, colon, secret = pair.partition(":")
        if "%" in pair or "+" in pair:
            identifier = unquote_plus(identifier, errors="strict")
            secret = unquote_plus(secret, errors="strict")
    except (binascii.Error, UnicodeDecodeError) as problem:
        raise ClientNotAuthenticated("unreadable Basic credentials") from problem
    if not colon or not identifier or not secret:
        raise ClientNotAuthenticated("Basic credentials without identifier or secret")
    _require_same_client(named, identifier)
    return Presented(way="basic", client_id=identifier, secret=secret)


def _assertion(parameters: Mapping[str, str], named: str) -> Presented:
    """RFC 7521 §4.2: the client is the assertion's subject; client_id is optional beside it."""
    assertion = parameters.get("client_assertion", "")
    if parameters.get("client_assertion_type") != ASSERTION_TYPE or not assertion:
        raise ClientNotAuthenticated("client_assertion or its type is missing or unknown")
    claims = segment(assertion, 1)
    subject = claims.get("sub")
    if not isinstance(subject, str) or not subject:
        raise ClientNotAuthenticated("the assertion has no sub")
    _require_same_client(named, subject)
    return Presented(way="assertion", client_id=subject, assertion=assertion)


def segment(token: str, index: int) -> Mapping[str, object]:
    """One JSON segment of a compact JWS, unverified.

    Raises:
        ClientNotAuthenticated: it is not three base64url parts holding JSON objects.
    """
    parts = token.split(".")
    if len(parts) != 3:
        raise ClientNotAuthenticated("not a compact JWS")
    try:
        encoded = parts[index]
        decoded = orjson.loads(base64.urlsafe_b64decode(encoded + "=" * (-len(encoded) % 4)))
    except ValueError as problem:
        raise ClientNotAuthenticated("unreadable JWS segment") from problem
    if not isinstance(decoded, dict):
        raise ClientNotAuthenticated("a JWS segment is not an object")
    return decoded


def _require_same_client(named: str, proven: str) -> None:
    if named and named != proven:
        raise AmbiguousAuthentication("client_id names another client than the authentication.")
