"""The population library's wire: the signed form out, the signed ROWS document in.

Owns bytes and texts only. Out goes a form, in the declared charset and field order, signed over its
own bytes: nothing a name contains can shift a field. In comes XML whose signature covers the nonce,
so an answer belongs to one request. The whole shape stands in docs/guides/connectors.md.
"""

import re
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import quote
from xml.etree import ElementTree as ET
from zoneinfo import ZoneInfo

from connectors.errors import OutboundAnswerRejected
from connectors.evidence import IdentityClaim
from connectors.http import FORM, OutboundResponse
from connectors.outcomes import Outcome
from connectors.population_library.settings import PopulationLibrarySettings
from connectors.signatures import KEYED_DIGESTS, is_same

PATH = "/population/two-factor"
SIGNATURE_HEADER = "x-signature"
XML_TYPES = ("application/xml", "text/xml")
CONSISTENT = "一致"
INCONSISTENT = "不一致"
NO_SUCH_NUMBER = "库中无此号"
CODE_OK = "0000"

_BEIJING = ZoneInfo("Asia/Shanghai")
_DECLARATION = re.compile(r"\A\s*<\?xml[^>]*\?>")

_OUTCOME_OF_CODE = {
    "1007": Outcome.INVALID_INPUT,  # the number or name is not well-formed
    "2001": Outcome.RATE_LIMITED,
    "3001": Outcome.INCONCLUSIVE,  # the household's record is being changed
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The library's answer as it stands: its code, serial, and a result for each factor."""

    code: str
    serial: str
    nonce: str
    result_number: str = ""
    result_name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedForm:
    """A form ready to send."""

    content_type: str
    body: bytes = field(repr=False)


def sign_request(
    claim: IdentityClaim, settings: PopulationLibrarySettings, *, nonce: str, now: datetime
) -> SignedForm:
    """The signed form for `claim`; the timestamp is Beijing time, to the second."""
    fields = (
        ("app_id", settings.app_id),
        ("timestamp", now.astimezone(_BEIJING).strftime("%Y%m%d%H%M%S")),
        ("nonce", nonce),
        ("sign_type", settings.sign_type),
        ("gmsfhm", claim.document_number),
        ("xm", claim.name),
    )
    unsigned = "&".join(
        f"{name}={quote(value, safe='', encoding=settings.charset)}" for name, value in fields
    ).encode("ascii")
    return SignedForm(
        content_type=f"{FORM}; charset={settings.charset}",
        body=unsigned + b"&sign=" + _digest(settings, unsigned).encode("ascii"),
    )


def read_answer(
    response: OutboundResponse, settings: PopulationLibrarySettings, *, nonce: str
) -> Answer:
    """The answer in `response`, once its signature and its nonce are ours.

    Raises:
        OutboundAnswerRejected: forged, for another request, or not in the agreed form.
    """
    expected = _digest(settings, nonce.encode("ascii") + b"\n" + response.body)
    if not is_same(response.headers.get(SIGNATURE_HEADER, ""), expected):
        raise OutboundAnswerRejected("the answer's signature is wrong", status=response.status)
    answer = _parse(response.body, charset=settings.charset)
    if not is_same(answer.nonce, nonce):
        raise OutboundAnswerRejected("an answer to another request", status=response.status)
    return answer


def outcome_of(answer: Answer) -> Outcome:
    """What the answer comes to; whatever is not foreseen is the provider's error, never a match."""
    if answer.code != CODE_OK:
        return _OUTCOME_OF_CODE.get(answer.code, Outcome.PROVIDER_ERROR)
    results = (answer.result_number, answer.result_name)
    if results == (CONSISTENT, CONSISTENT):
        return Outcome.MATCH
    if answer.result_number.startswith(NO_SUCH_NUMBER):
        return Outcome.NOT_FOUND
    if INCONSISTENT in results and set(results) <= {CONSISTENT, INCONSISTENT}:
        return Outcome.MISMATCH
    return Outcome.PROVIDER_ERROR


def _digest(settings: PopulationLibrarySettings, message: bytes) -> str:
    key = settings.app_secret.reveal().encode("utf-8")
    return KEYED_DIGESTS[settings.sign_type](key, message)


def _parse(body: bytes, *, charset: str) -> Answer:
    try:
        # The charset is the agreed one, not the document's word for it; expat knows no GB18030.
        text = _DECLARATION.sub("", body.decode(charset), count=1)
        if "<!" in text:
            # No document type, so no entity can be declared: neither expansion nor inclusion.
            raise OutboundAnswerRejected("a document type in the answer")
        root = ET.fromstring(text)  # noqa: S314 - no document type gets past the line above
    except (UnicodeDecodeError, ET.ParseError) as error:
        raise OutboundAnswerRejected("the answer is not the agreed XML") from error
    return Answer(
        code=_text(root, "HEAD/CODE"),
        serial=_text(root, "HEAD/SERIAL"),
        nonce=_text(root, "HEAD/NONCE"),
        result_number=_text(root, "ROWS/ROW/OUTPUT/ITEM/result_gmsfhm"),
        result_name=_text(root, "ROWS/ROW/OUTPUT/ITEM/result_xm"),
    )


def _text(root: ET.Element, path: str) -> str:
    found = root.findall(path)
    if len(found) > 1:
        # An answer that says one thing twice says nothing: which of the two was meant?
        raise OutboundAnswerRejected("a field stands twice")
    return (found[0].text or "").strip() if found else ""
