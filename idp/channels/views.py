"""The addresses under which agents beside enrolled devices talk to us: JSON in, JSON out.

Owns the wire. Who is believed is `agents`'; a browser has nothing to do here, and no cookie counts.
"""

import binascii
from base64 import urlsafe_b64decode
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Any, Final

import orjson
from django.http import HttpRequest, JsonResponse
from django.urls import URLPattern, path
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt

from connectors.face_capture import Pictures
from idp.channels.agents import INTERVAL, NOBODY_WAITS, SLOW_DOWN, AgentRefused, Agents
from idp.foundation.storage import StoreUnavailable

LARGEST_BODY: Final = 384 * 1024
"""Octets: a statement and a picture of 200 KiB, in Base64."""
_STATUS: Final[Mapping[str, HTTPStatus]] = {
    "unknown_device": HTTPStatus.UNAUTHORIZED,
    "wrong_signature": HTTPStatus.UNAUTHORIZED,
    "revoked_device": HTTPStatus.FORBIDDEN,
    "suspended_device": HTTPStatus.FORBIDDEN,
    "wrong_kind_of_device": HTTPStatus.FORBIDDEN,
    NOBODY_WAITS: HTTPStatus.NOT_FOUND,
    "unknown_nonce": HTTPStatus.CONFLICT,
    "replayed_nonce": HTTPStatus.CONFLICT,
    "replayed_counter": HTTPStatus.CONFLICT,
    "key_enrolled_before": HTTPStatus.CONFLICT,
    "expired_document": HTTPStatus.UNPROCESSABLE_ENTITY,
    "unknown_layout": HTTPStatus.UNPROCESSABLE_ENTITY,
    "wrong_layout": HTTPStatus.UNPROCESSABLE_ENTITY,
    "wrong_number_or_name": HTTPStatus.UNPROCESSABLE_ENTITY,
    "contradicts_itself": HTTPStatus.UNPROCESSABLE_ENTITY,
    "wrong_date": HTTPStatus.UNPROCESSABLE_ENTITY,
    "too_large": HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    SLOW_DOWN: HTTPStatus.TOO_MANY_REQUESTS,
}
DESCRIPTIONS: Final[Mapping[str, str]] = {
    "malformed": "The body or the statement is not in the agreed form.",
    "wrong_type": "The statement's typ is not the one this address takes.",
    "wrong_key": "The key is neither Ed25519 nor P-256, or not whole.",
    "private_key_shown": "The header shows the private key. Make a new one: it is no secret now.",
    "unknown_device": "No device is enrolled with the key that kid names.",
    "wrong_signature": "The enrolled key did not sign this statement.",
    "revoked_device": "The device was revoked. Enrol it anew, with a new key.",
    "suspended_device": "The device is suspended. An administrator lets it work again.",
    "wrong_kind_of_device": "This kind of device may not say this.",
    "wrong_audience": "aud is not this issuer.",
    "wrong_code": "The code is unknown, used up or too old. Ask for another invitation.",
    "stale": "The statement is too old, or from the future. Set the device's clock.",
    "key_enrolled_before": "The key was enrolled before. Every enrolment takes a new key.",
    NOBODY_WAITS: "Nobody waits for this at the device's place.",
    "unknown_nonce": "The nonce is not the one that was asked for here, or too old.",
    "replayed_nonce": "The nonce was used before.",
    "replayed_counter": "The counter is not above the last one.",
    "wrong_portrait": "The picture is not the one whose digest was signed.",
    "wrong_portrait_form": "The picture is no JPEG of at most 200 KiB.",
    "expired_document": "The document has expired.",
    "unknown_layout": "The chip is of a kind whose layout is not known.",
    "wrong_layout": "The chip's text is not 256 octets of a known layout.",
    "wrong_number_or_name": "The chip's number or name cannot be one.",
    "contradicts_itself": "What the chip says contradicts its own number.",
    "wrong_date": "A date on the chip is none.",
    "too_large": "The body is larger than any of the agreed form.",
    SLOW_DOWN: "Too many statements. Wait as long as Retry-After says.",
}
"""What each refusal means to whoever writes or runs an agent."""
Address = Callable[[str], str]


def urlpatterns(agents: Agents, *, address_of: Address) -> list[URLPattern]:
    """The addresses; `address_of` says under which name an address is counted."""

    def answering(
        answer: Callable[[Mapping[str, Any], str], tuple[Mapping[str, Any], HTTPStatus]],
    ) -> Callable[[HttpRequest], JsonResponse]:
        @csrf_exempt
        @never_cache
        def view(request: HttpRequest) -> JsonResponse:
            return _answered(request, answer, address_of)

        return view

    def enrolments(body: Mapping[str, Any], address: str) -> tuple[Mapping[str, Any], HTTPStatus]:
        device = agents.enrol(_text(body, "proof"), address=address).device
        told = {"device_id": device.device_id, "kind": device.kind, "place": device.place}
        return told, HTTPStatus.CREATED

    def sittings(body: Mapping[str, Any], address: str) -> tuple[Mapping[str, Any], HTTPStatus]:
        opened = agents.open_sitting(_text(body, "statement"), address=address)
        return opened, HTTPStatus.CREATED

    def tasks(body: Mapping[str, Any], address: str) -> tuple[Mapping[str, Any], HTTPStatus]:
        return agents.wanted(_text(body, "statement"), address=address), HTTPStatus.OK

    def readings(body: Mapping[str, Any], address: str) -> tuple[Mapping[str, Any], HTTPStatus]:
        pictures = Pictures(portrait=_octets(body, "portrait"), chip=_octets(body, "chip_photo"))
        act = agents.hand_in(_text(body, "statement"), pictures, address=address)
        return {"accepted": act.value, "interval": INTERVAL}, HTTPStatus.ACCEPTED

    return [
        path("devices/enrolments", answering(enrolments), name="device-enrolments"),
        path("devices/sittings", answering(sittings), name="device-sittings"),
        path("devices/tasks", answering(tasks), name="device-tasks"),
        path("devices/readings", answering(readings), name="device-readings"),
    ]


def _answered(
    request: HttpRequest,
    answer: Callable[[Mapping[str, Any], str], tuple[Mapping[str, Any], HTTPStatus]],
    address_of: Address,
) -> JsonResponse:
    if request.method != "POST":
        refused = JsonResponse({"error": "method_not_allowed"}, status=405)
        refused["Allow"] = "POST"
        return refused
    try:
        address = address_of(request.META.get("REMOTE_ADDR", ""))
        told, status = answer(_body(request), address)
    except AgentRefused as refusal:
        return _refused(refusal)
    except StoreUnavailable:
        response = JsonResponse({"error": "temporarily_unavailable"}, status=503)
        response["Retry-After"] = str(INTERVAL)
        return response
    return JsonResponse(told, status=status)


def _refused(refusal: AgentRefused) -> JsonResponse:
    told = {"error": refusal.code, "error_description": DESCRIPTIONS.get(refusal.code, "")}
    response = JsonResponse(told, status=_STATUS.get(refusal.code, HTTPStatus.BAD_REQUEST))
    if refusal.wait:
        response["Retry-After"] = str(refusal.wait)
    return response


def _body(request: HttpRequest) -> Mapping[str, Any]:
    """The JSON object that was sent.

    Raises:
        AgentRefused: it is none, or too large.
    """
    if request.content_type != "application/json":
        raise AgentRefused("malformed")
    length = request.META.get("CONTENT_LENGTH") or "0"
    if not length.isdecimal() or int(length) > LARGEST_BODY:
        raise AgentRefused("too_large")
    try:
        body = orjson.loads(request.read(LARGEST_BODY))
    except orjson.JSONDecodeError as error:
        raise AgentRefused("malformed") from error
    if not isinstance(body, dict):
        raise AgentRefused("malformed")
    return body


def _text(body: Mapping[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value:
        raise AgentRefused("malformed")
    return value


def _octets(body: Mapping[str, Any], name: str) -> bytes:
    text = body.get(name, "")
    if not isinstance(text, str) or not text.isascii():
        raise AgentRefused("malformed")
    try:
        return urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError) as error:
        raise AgentRefused("malformed") from error
