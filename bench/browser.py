"""A browser as simple as they come: keeps cookies, follows redirects, fills in forms."""

import http.client
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import Message
from html.parser import HTMLParser
from urllib.parse import urlencode, urljoin, urlsplit

_MOST_REDIRECTS = 12
_REDIRECTS = (301, 302, 303, 307)


@dataclass(slots=True, kw_only=True)
class Form:
    """One form of a page: what it would send untouched, what can be typed, and its buttons."""

    action: str
    step: str = ""
    values: dict[str, str] = field(default_factory=dict)
    typed: set[str] = field(default_factory=set)
    buttons: list[tuple[str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Where a request ended, and what stands there; `retry_after` in seconds, 0 where not said."""

    url: str
    status: int
    text: str
    retry_after: int = 0

    def forms(self) -> list[Form]:
        reader = _FormReader()
        reader.feed(self.text)
        return reader.forms

    def alerts(self) -> str:
        """What the page says went wrong (`role="alert"`), or how it begins."""
        reader = _FormReader()
        reader.feed(self.text)
        return " ".join(" ".join(reader.alerts).split()) or self.text[:200]


class Browser:
    """One person's browser. It stops before `stop_at`: that address is never really fetched."""

    def __init__(self, base_url: str, *, stop_at: str) -> None:
        parts = urlsplit(base_url)
        self._connection = http.client.HTTPConnection(parts.netloc, timeout=30)
        self._stop_at = stop_at
        self._cookies: dict[str, str] = {}

    @property
    def cookie_header(self) -> str:
        return "; ".join(f"{name}={value}" for name, value in self._cookies.items())

    def open(self, url: str, form: Mapping[str, str] | None = None) -> Page:
        """GET, or POST a form, and follow where it leads."""
        for _ in range(_MOST_REDIRECTS):
            status, headers, text = self._request(url, form)
            if status not in _REDIRECTS:
                pause = int(headers.get("Retry-After", "0"))
                return Page(url=url, status=status, text=text, retry_after=pause)
            url = urljoin(url, headers.get("Location", ""))
            if url.startswith(self._stop_at):
                return Page(url=url, status=status, text="")
            form = form if status == 307 else None
        raise ValueError(f"redirected too often, at last to {url}")

    def close(self) -> None:
        self._connection.close()

    def _request(self, url: str, form: Mapping[str, str] | None) -> tuple[int, Message, str]:
        parts = urlsplit(url)
        target = f"{parts.path}?{parts.query}" if parts.query else parts.path
        headers = {"Accept": "text/html", "Accept-Language": "en"}
        if self._cookies:
            headers["Cookie"] = self.cookie_header
        body = None
        if form is not None:
            body = urlencode(form)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            headers["Origin"] = f"{parts.scheme}://{parts.netloc}"
        response = self._send("POST" if body is not None else "GET", target, body, headers)
        text = response.read().decode("utf-8", "replace")
        for cookie in response.headers.get_all("Set-Cookie") or ():
            self._keep(cookie)
        return response.status, response.headers, text

    def _send(
        self, method: str, target: str, body: str | None, headers: dict[str, str]
    ) -> http.client.HTTPResponse:
        """Send once more where the server had closed a connection that lay idle."""
        try:
            self._connection.request(method, target, body, headers)
            return self._connection.getresponse()
        except (http.client.RemoteDisconnected, ConnectionError):
            self._connection.close()
            self._connection.request(method, target, body, headers)
            return self._connection.getresponse()

    def _keep(self, cookie: str) -> None:
        pair, *attributes = (part.strip() for part in cookie.split(";"))
        name, _, value = pair.partition("=")
        lowered = [attribute.lower() for attribute in attributes]
        is_gone = "max-age=0" in lowered or any(
            each.startswith("expires=thu, 01 jan 1970") for each in lowered
        )
        if is_gone or not value:
            self._cookies.pop(name, None)
        else:
            self._cookies[name] = value


class _FormReader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.forms: list[Form] = []
        self.alerts: list[str] = []
        self._open: Form | None = None
        self._alert_depth = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if self._alert_depth and tag not in {"input", "br", "img"}:
            self._alert_depth += 1
        elif given.get("role") == "alert":
            self._alert_depth = 1
        if tag == "form":
            self._open = Form(action=given.get("action", ""), step=given.get("data-step", ""))
            self.forms.append(self._open)
        elif self._open is not None and tag == "input":
            self._input(self._open, given)
        elif self._open is not None and tag == "button" and given.get("type") != "button":
            self._open.buttons.append((given.get("name", ""), given.get("value", "")))

    def handle_endtag(self, tag: str) -> None:
        self._alert_depth = max(0, self._alert_depth - 1)
        if tag == "form":
            self._open = None

    def handle_data(self, data: str) -> None:
        if self._alert_depth:
            self.alerts.append(data)

    def _input(self, form: Form, given: dict[str, str]) -> None:
        kind, name = given.get("type", "text"), given.get("name", "")
        if kind in {"submit", "image"}:
            form.buttons.append((name, given.get("value", "")))
        elif kind in {"checkbox", "radio"}:
            if "checked" in given:
                form.values[name] = given.get("value", "on")
        elif name:
            form.values[name] = given.get("value", "")
            if kind != "hidden":
                form.typed.add(name)
