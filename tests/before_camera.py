"""A browser before the sandbox's camera page: the link there, who looks, the way back."""

from html import unescape
from http.client import HTTPConnection
from re import search
from urllib.parse import parse_qsl, urlencode, urlsplit

from tests.waiting import wait_until
from tests.walker import Walker


def way_there(walker: Walker) -> str:
    """The address that the page goes on to by itself."""
    found = search(r'<a [^>]*href="([^"]+)"[^>]*data-go-after="0"', walker.html)
    assert found, walker.html
    return unescape(found[1])


def looked(url: str, who: str, *, decision: str = "allow") -> str:
    """Somebody looks into the camera; the address of ours that the browser is sent back to."""
    parts = urlsplit(url)
    said = {**dict(parse_qsl(parts.query)), "identifier": who, "decision": decision}
    connection = HTTPConnection(parts.netloc, timeout=5)
    try:
        connection.request("POST", parts.path, urlencode(said))
        answer = connection.getresponse()
        answer.read()
        assert answer.status == 303
        back = urlsplit(answer.headers["Location"])
    finally:
        connection.close()
    return f"{back.path}?{back.query}"


def come_back(walker: Walker, url: str) -> Walker:
    """Open the way back, and wait until the authority was asked."""
    walker.open(url)
    wait_until(
        lambda: "usually takes a few seconds" not in walker.words or _again(walker), seconds=5
    )
    return walker


def before_the_camera(walker: Walker, who: str, *, decision: str = "allow") -> Walker:
    """Go to the authority's page, look into its camera, come back."""
    return come_back(walker, looked(way_there(walker), who, decision=decision))


def _again(walker: Walker) -> bool:
    walker.open(walker.url)
    return False
