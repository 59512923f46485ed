"""Status reports that gateways push to us: who may push them, and what a report changes.

Owns the shape of a report, the check of the address it came to, and the rule that a report never
takes a message back. Storing receipts and serving the address are the caller's.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from connectors.errors import ConnectorError
from connectors.evidence import DeliveryReceipt, DeliveryStatus
from connectors.settings import Secret
from connectors.signatures import is_same

MOST_REPORTS = 500
NO_TOKEN = Secret("")
_FINAL = frozenset({DeliveryStatus.DELIVERED, DeliveryStatus.FAILED})


class CallbackRefused(ConnectorError):
    """A pushed report that is not believed: the caller answers 403 and changes nothing."""

    description = "This report cannot be accepted."


@dataclass(frozen=True, slots=True, kw_only=True)
class Callback:
    """A request that a gateway made to us. `token` is what stood in the address for it."""

    token: str = field(repr=False)
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryReport:
    """What became of one message. `reference` is ours, where the gateway returns it."""

    provider: str
    provider_reference: str
    to: str = field(repr=False)
    status: DeliveryStatus
    provider_code: str = ""
    reference: str = ""
    reported_at: datetime | None = None


def require_token(callback: Callback, expected: Secret) -> None:
    """Refuse a report whose address does not carry the token agreed with the gateway.

    Neither vendor signs its reports, so the address is the secret; a report raises no level and
    names no code, and one about a message we never sent is dropped by `applied`.

    Raises:
        CallbackRefused: it is another token, or none was agreed.
    """
    if not expected.reveal() or not is_same(callback.token, expected.reveal()):
        raise CallbackRefused("the report's address carries another token")


def entries_of(callback: Callback) -> tuple[Mapping[str, object], ...]:
    """The reports in the body: a JSON list of objects.

    Raises:
        CallbackRefused: it is something else, or longer than `MOST_REPORTS`.
    """
    try:
        listed = json.loads(callback.body.decode("utf-8"))
    except (ValueError, RecursionError) as error:
        raise CallbackRefused("the report is not JSON") from error
    if not isinstance(listed, list) or len(listed) > MOST_REPORTS:
        raise CallbackRefused("not a list of reports")
    if not all(isinstance(entry, dict) for entry in listed):
        raise CallbackRefused("a report that is no object")
    return tuple(listed)


def applied(receipt: DeliveryReceipt, report: DeliveryReport, *, to: str) -> DeliveryReceipt:
    """`receipt` after `report`; `to` is whom the receipt's message was sent to.

    Idempotent, and indifferent to order: a final status stays, a report about another message or
    recipient changes nothing.
    """
    is_about_it = (
        report.provider == receipt.provider
        and bool(receipt.provider_reference)
        and report.provider_reference == receipt.provider_reference
        and report.to == to
    )
    if not is_about_it or receipt.status in _FINAL or report.status not in _FINAL:
        return receipt
    return replace(
        receipt,
        status=report.status,
        provider_code=report.provider_code,
        at=report.reported_at or receipt.at,
    )
