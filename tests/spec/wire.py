"""Raw requests to the real WSGI application, and their answers.

Owns HTTP: bytes out, status, headers and bytes back, cookies kept as a browser keeps them. Leaves
OAuth to ``relying_party`` and pages to ``pages``. No framework's test client stands between.
"""

import json
from base64 import urlsafe_b64decode
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from io import BytesIO
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode, urljoin, urlsplit

Application = Callable[..., Iterable[bytes]]
Parameters = Mapping[str, str] | Iterable[tuple[str, str]]
FORM = "application/x-www-form-urlencoded"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One HTTP response. Header names are compared without case."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""
    url: str = ""

    def all(self, name: str) -> list[str]:
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def header(self, name: str) -> str:
        found = self.all(name)
        assert len(found) <= 1, f"{name} is sent {len(found)} times"
        return found[0] if found else ""

    @property
    def text(self) -> str:
        return self.body.decode("utf-8")

    def json(self) -> Any:
        assert self.media_type.endswith("json"), (self.status, self.media_type, self.body[:300])
        return json.loads(self.body)

    @property
    def media_type(self) -> str:
        return self.header("Content-Type").partition(";")[0].strip().lower()

    @property
    def location(self) -> str:
        return urljoin(self.url, self.header("Location")) if self.header("Location") else ""

    @property
    def is_redirect(self) -> bool:
        return 300 <= self.status < 400

    def location_parameters(self) -> dict[str, str]:
        """The query of the redirect target; no parameter may stand there twice."""
        pairs = parse_qsl(
            urlsplit(self.location).query, keep_blank_values=True, strict_parsing=True
        )
        assert len(dict(pairs)) == len(pairs), f"a repeated parameter in {self.location}"
        return dict(pairs)


@dataclass(slots=True, kw_only=True)
class Wire:
    """Speaks to one WSGI application as if over the network, from one address."""

    application: Application
    origin: str
    remote_address: str = "203.0.113.7"

    def get(self, url: str, parameters: Parameters = (), **options: Any) -> Answer:
        return self.send("GET", url, query=parameters, **options)

    def post(self, url: str, form: Parameters = (), **options: Any) -> Answer:
        options.setdefault("body", encoded(form).encode("ascii"))
        options.setdefault("content_type", FORM)
        return self.send("POST", url, **options)

    def post_json(self, url: str, document: Any, **options: Any) -> Answer:
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        return self.send("POST", url, body=body, content_type="application/json", **options)

    def send(
        self,
        method: str,
        url: str,
        *,
        query: Parameters = (),
        body: bytes = b"",
        content_type: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send one request; ``url`` is absolute within the origin, or a path."""
        url = urljoin(self.origin + "/", url)
        parts = urlsplit(url)
        assert f"{parts.scheme}://{parts.netloc}" == self.origin, f"{url} is not ours"
        given = "&".join(part for part in (parts.query, encoded(query)) if part)
        environ = self._environ(method, parts.path, given, body)
        if content_type:
            environ["CONTENT_TYPE"] = content_type
        for name, value in (headers or {}).items():
            environ["HTTP_" + name.upper().replace("-", "_")] = value
        return self._run(environ, url)

    def _environ(self, method: str, path: str, query: str, body: bytes) -> dict[str, Any]:
        origin = urlsplit(self.origin)
        return {
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote(path, "latin-1") or "/",
            "RAW_URI": path + ("?" + query if query else ""),
            "QUERY_STRING": query,
            "SERVER_NAME": origin.hostname,
            "SERVER_PORT": str(origin.port or (443 if origin.scheme == "https" else 80)),
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": self.remote_address,
            "HTTP_HOST": origin.netloc,
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": origin.scheme,
            "wsgi.input": BytesIO(body),
            "wsgi.errors": BytesIO(),
            "wsgi.multithread": True,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
        }

    def _run(self, environ: dict[str, Any], url: str) -> Answer:
        begun: list[tuple[str, list[tuple[str, str]]]] = []

        def start_response(
            status: str, headers: list[tuple[str, str]], _exc_info: Any = None
        ) -> Any:
            begun.append((status, headers))

        content = self.application(environ, start_response)
        try:
            body = b"".join(content)
        finally:
            if close := getattr(content, "close", None):
                close()
        status, headers = begun[-1]
        return Answer(status=int(status[:3]), headers=tuple(headers), body=body, url=url)


def encoded(parameters: Parameters) -> str:
    """RFC 6749 Appendix B: names and values as UTF-8, then form-urlencoded."""
    pairs = parameters.items() if isinstance(parameters, Mapping) else parameters
    return urlencode(list(pairs), quote_via=quote)


@dataclass(slots=True, kw_only=True)
class Browser:
    """A wire with a cookie jar, asking for pages as a browser does."""

    wire: Wire
    language: str = "en"
    cookies: dict[str, str] = field(default_factory=dict)
    seen: list[Answer] = field(default_factory=list)

    def get(self, url: str, parameters: Parameters = ()) -> Answer:
        return self._kept(self.wire.get(url, parameters, headers=self._headers()))

    def post(self, url: str, form: Parameters = (), *, origin: str | None = None) -> Answer:
        headers = {**self._headers(), "Origin": origin or self.wire.origin}
        return self._kept(self.wire.post(url, form, headers=headers))

    def follow(self, answer: Answer, *, limit: int = 12) -> Answer:
        """Follow redirects as long as they stay with the provider."""
        for _ in range(limit):
            if not (answer.is_redirect and answer.location.startswith(self.wire.origin + "/")):
                return answer
            answer = self.get(answer.location)
        raise AssertionError(f"redirected in a circle, last to {answer.location}")

    def twin(self) -> "Browser":
        """The same cookies in another window."""
        return Browser(wire=self.wire, language=self.language, cookies=dict(self.cookies))

    def _headers(self) -> dict[str, str]:
        headers = {
            "Accept": "text/html,application/xhtml+xml",
            "Accept-Language": self.language,
            "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) RelyingPartyTests/1",
            "Referer": self.wire.origin + "/",
        }
        if self.cookies:
            headers["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        return headers

    def _kept(self, answer: Answer) -> Answer:
        self.seen.append(answer)
        for line in answer.all("Set-Cookie"):
            for name, morsel in SimpleCookie(line).items():
                if morsel["max-age"] == "0" or "1970" in morsel["expires"]:
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = morsel.value
        return answer


def unpadded(text: str) -> bytes:
    """Decode base64url without padding (RFC 7515 §2)."""
    return urlsafe_b64decode(text + "=" * (-len(text) % 4))
