"""The authorities' own pages: visits that are opened, made by a browser, and redeemed once.

Owns the visits under way and the pages of plain HTML on which a tester plays somebody of the
population. What is asked and told around a visit is each service's.
"""

import secrets
from abc import abstractmethod
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from html import escape
from typing import Final
from urllib.parse import parse_qs, urlencode, urlsplit

from connectors.outcomes import Outcome
from connectors.sandbox.exchange import Incoming, Reply, problem
from connectors.sandbox.population import SandboxPerson, people, person
from connectors.sandbox.signed_exchange import Refused, SignedService

LIFETIME: Final = timedelta(minutes=5)
MOST_VISITS: Final = 1000
HTML: Final = "text/html; charset=utf-8"
OK: Final = "0000"
REFUSED_CODES: Final[Mapping[Refused, str]] = {
    Refused.ACCOUNT: "1001",
    Refused.SIGNATURE: "1002",
    Refused.ORDER: "1003",
    Refused.ENCODING: "1004",
    Refused.STALE: "1005",
    Refused.REPLAYED: "1006",
}
INVALID: Final = "1007"
UNKNOWN_VISIT: Final = "4001"
REDEEMED: Final = "4002"

# People whom these authorities answer otherwise than yes, whoever stands before the page.
_ON_COMMAND: Final[Mapping[str, Outcome]] = {
    "mismatch": Outcome.MISMATCH,
    "not_found": Outcome.NOT_FOUND,
    "inconclusive": Outcome.INCONCLUSIVE,
    "rate_limited": Outcome.RATE_LIMITED,
    "authority_down": Outcome.PROVIDER_ERROR,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One visit: who is asked for, where the browser goes back to, and who came."""

    id: str
    return_url: str
    state: str
    opened_at: datetime
    number: str = ""
    name: str = ""
    consent_id: str = ""
    mode: str = ""
    visitor: str = ""
    credential: str = ""
    is_redeemed: bool = False


class VisitService(SignedService):
    """A signed service with a page. Subclasses word the page and the answers."""

    title: str
    explanation: str
    visit_parameter: str
    codes = REFUSED_CODES

    def __init__(self) -> None:
        super().__init__()
        self._visits: OrderedDict[str, Visit] = OrderedDict()

    @abstractmethod
    def came(self, visit: Visit, chosen: str) -> Visit | None:
        """The visit after `chosen` came to the page; None where there is nobody of that name."""

    @abstractmethod
    def brought(self, visit: Visit) -> dict[str, str]:
        """What the browser brings back beside the visit and its state."""

    def open(self, visit: Visit) -> None:
        """Remember a visit that was opened."""
        with self._lock:
            self._visits[visit.id] = visit
            if len(self._visits) > MOST_VISITS:
                self._visits.popitem(last=False)

    def take(self, visit_id: str, *, now: datetime) -> tuple[str, Visit | None]:
        """The visit to redeem, now redeemed; or the code that says why not."""
        with self._lock:
            visit = self._visits.get(visit_id)
            if visit is None or now - visit.opened_at > LIFETIME:
                return UNKNOWN_VISIT, None
            if visit.is_redeemed:
                return REDEEMED, None
            self._visits[visit_id] = replace(visit, is_redeemed=True)
            return OK, visit

    def page(self, incoming: Incoming, *, now: datetime) -> Reply:
        """The page itself, and what it sends: `identifier` (a person's key) and `decision`."""
        sent = incoming.query if incoming.method == "GET" else incoming.body.decode("ascii")
        values = {name: one[0] for name, one in parse_qs(sent).items()}
        visit = self._visits.get(values.get(self.visit_parameter, ""))
        if visit is None or visit.is_redeemed or now - visit.opened_at > LIFETIME:
            return problem(404, "no such visit, or it is over")
        if incoming.method == "GET":
            return self._form(visit)
        if values.get("decision") != "allow":
            return self._back(visit, {"error": "access_denied"})
        after = self.came(visit, values.get("identifier", ""))
        if after is None:
            return problem(400, "identifier: nobody of that name")
        self.open(after)
        return self._back(after, self.brought(after))

    def _back(self, visit: Visit, brought: Mapping[str, str]) -> Reply:
        query = urlencode({self.visit_parameter: visit.id, "state": visit.state, **brought})
        glue = "&" if urlsplit(visit.return_url).query else "?"
        return Reply(
            status=303, content_type=HTML, headers={"Location": f"{visit.return_url}{glue}{query}"}
        )

    def _form(self, visit: Visit) -> Reply:
        options = "".join(
            f'<option value="{escape(key)}"{" selected" if label == visit.name else ""}>'
            f"{escape(label)}</option>"
            for key, label in self.visitors()
        )
        body = (
            '<!DOCTYPE html><html lang="zh-Hans"><head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width"><link rel="icon" href="data:,">'
            f"<title>{self.title}</title></head><body><main><h1>{self.title}</h1>"
            f'<p>{self.explanation}</p><form method="post">'
            f'<input type="hidden" name="{self.visit_parameter}" value="{escape(visit.id)}">'
            f'<p><label>谁在这里? <select name="identifier">{options}</select></label></p>'
            '<p><button name="decision" value="allow">同意并继续</button> '
            '<button name="decision" value="deny">取消</button></p></form></main></body></html>'
        )
        return Reply(content_type=HTML, body=body.encode("utf-8"))

    def visitors(self) -> list[tuple[str, str]]:
        """Who may stand before the page: key and what to call them."""
        return [(someone.key, someone.name) for someone in people()]


def new_visit(values: Mapping[str, str], *, now: datetime) -> Visit:
    """A visit as a request opens it."""
    return Visit(
        id=secrets.token_hex(16),
        return_url=values["returnUrl"],
        state=values["state"],
        opened_at=now,
        number=values.get("gmsfhm", ""),
        name=values.get("xm", ""),
        consent_id=values.get("consentId", ""),
        mode=values.get("mode", ""),
    )


def is_return_url(url: str) -> bool:
    """Whether a browser can be sent back to `url`."""
    return urlsplit(url).scheme in {"https", "http"} and bool(urlsplit(url).hostname)


def outcome_on_command(someone: SandboxPerson) -> Outcome:
    """What the authority says of somebody, whoever asks; MATCH for most."""
    return _ON_COMMAND.get(someone.key, Outcome.MATCH)


def has(someone: SandboxPerson, visit: Visit) -> bool:
    """Whether the particulars the visit was opened for are those of `someone`."""
    numbers = {document.number for document in someone.documents}
    return visit.number in numbers and visit.name == someone.name


def known(key: str) -> SandboxPerson | None:
    """Somebody of the population."""
    try:
        return person(key)
    except KeyError:
        return None
