"""Hundreds of people wait for a slow authority at once: what do the others feel of it?

Signs strangers in by text message, sends them all to the real-name check while the authority
hangs, lets their pages ask for news as scripts do, from a process of its own, and meanwhile times
other people's logins. Also says what a check adds to a login beside the authority's wait.

Knows only the contract, and the sandbox's `/control`. The product asks the sandbox by a connectors
file, as it would a real authority, and is more patient with it than it is by default.
"""

import argparse
import heapq
import json
import multiprocessing
import re
import statistics
import sys
import time
import urllib.request
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlencode, urljoin

from bench import machine
from bench.browser import Browser, Form, Page
from bench.load import LoadError
from bench.personas import new_code
from bench.relying_party import REDIRECT_URI, WEB, RelyingParty
from bench.servers import WORK
from bench.systems.product import Product, StorePorts
from connectors.sandbox.population import CROWD_NAME

_ACR = "urn:tongxing:acr:ial2:aal1"
_HANGING = "population_library"
_HANGS_S = 50
_PATIENCE_S = 55
"""A check is given up after a minute; until then everybody waits for the one authority."""
_MOST_PAGES = 10
_REFRESH = re.compile(r'http-equiv="refresh" content="(\d+)', re.IGNORECASE)
_NEWS = re.compile(r'data-news-url="([^"]+)"')
_CONNECTORS = """\
verification:
  - kind: population_library
    settings:
      base_url: {sandbox}
      app_id: sandbox-population-library
      app_secret: sandbox-population-library-secret
      timeout: {patience}
delivery:
  - kind: sms
    settings:
      base_url: {sandbox}/sms
      access_key_id: sandbox-sms
      access_key_secret: sandbox-sms-secret
      sign_name: 通行
      templates:
        verification_code.zh-Hans: SMS_100001
        verification_code.zh-Hant: SMS_100002
        verification_code.en: SMS_100003
"""
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stranger:
    """Somebody made up: nobody has this number."""

    phone: str
    name: str
    number: str

    @classmethod
    def of(cls, turn: int) -> "Stranger":
        years, serial = divmod(turn, 900)
        body = f"350200{1930 + years % 70}0228{serial:03}"
        check = "10X98765432"[sum(int(d) * w for d, w in zip(body, _WEIGHTS, strict=True)) % 11]
        return cls(phone=f"+86198{turn:08}", name=CROWD_NAME, number=body + check)


class Crowd:
    """Browsers of strangers who are signed in and stand before the real-name check."""

    def __init__(self, issuer: str, sandbox: str, party: RelyingParty) -> None:
        self._issuer, self._sandbox, self._party = issuer, sandbox, party

    def sign_in(self, turn: int) -> tuple[Browser, Page, Stranger]:
        """From a blank browser to the real-name form."""
        stranger, browser = Stranger.of(turn), Browser(self._issuer, stop_at=REDIRECT_URI)
        page = browser.open(
            f"{self._party.authorize_url('openid')}&{urlencode({'acr_values': _ACR})}"
        )
        for _ in range(_MOST_PAGES):
            form = _own_form(page)
            if form.step == "verification":
                return browser, page, stranger
            if "identifier" in form.typed or "phone" in form.typed:
                form.values.update(dict.fromkeys(form.typed, stranger.phone))
            if "code" in form.typed:
                form.values["code"] = new_code(self._sandbox, stranger.phone)
            page = _send(browser, page, form)
        raise LoadError(f"no real-name check was reached: {page.url}: {page.alerts()}")

    def submit(self, waiting: tuple[Browser, Page, Stranger]) -> Page:
        """Name and number; the page that follows."""
        browser, page, stranger = waiting
        form = _own_form(page)
        typed = {"name": stranger.name, "document_number": stranger.number}
        form.values.update({name: typed[name] for name in form.typed & typed.keys()})
        return _send(browser, page, form)


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` of them lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def _own_form(page: Page) -> Form:
    forms = [form for form in page.forms() if form.step]
    if not forms:
        raise LoadError(f"no step to take at {page.url} ({page.status}): {page.alerts()}")
    switch = next((form for form in page.forms() if ("method", "sms") in form.buttons), None)
    return switch if switch and "password" in forms[0].typed else forms[0]


def _send(browser: Browser, page: Page, form: Form) -> Page:
    pressed = dict([next((each for each in form.buttons if each[0]), ("", ""))])
    if ("method", "sms") in form.buttons:
        pressed = {"method": "sms"}
    return browser.open(
        urljoin(page.url, form.action), {**form.values, **{k: v for k, v in pressed.items() if k}}
    )


class Asking:
    """The waiting pages of many browsers, each of whose scripts asks for news when it says so.

    In a process of its own: what it computes is not to be felt by the logins that are timed here.
    """

    def __init__(self, waiting: Iterable[tuple[Browser, Page]]) -> None:
        self._waiting = [(browser, page, news_url(page)) for browser, page in waiting]
        found = _REFRESH.search(self._waiting[0][1].text)
        if found is None:
            raise LoadError("the page does not wait")
        self._pause = int(found[1])
        for browser, _, _ in self._waiting:
            browser.close()  # a connection is not shared with another process
        fork = multiprocessing.get_context("fork")
        self._process = fork.Process(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._process.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.join()

    def count(self) -> int:
        """How many still wait: each asks once more."""
        return sum(browser.open(news).status == 204 for browser, _, news in self._waiting)

    def _run(self) -> None:
        """At first evenly over the pages' own interval, as people come at different moments."""
        began, apart = time.perf_counter(), self._pause / len(self._waiting)
        due = [(began + turn * apart, turn) for turn in range(len(self._waiting))]
        while True:
            at, turn = heapq.heappop(due)
            browser, _, news = self._waiting[turn]
            time.sleep(max(0.0, at - time.perf_counter()))
            pause = browser.open(news).retry_after or self._pause
            heapq.heappush(due, (time.perf_counter() + pause, turn))


def news_url(page: Page) -> str:
    """Where the page's script asks whether there is anything new."""
    found = _NEWS.search(page.text)
    if found is None:
        raise LoadError(f"the page does not wait: {page.url}: {page.alerts()}")
    return urljoin(page.url, found[1])


def logins(crowd: Crowd, turns: Iterable[int], *, seconds: float) -> list[float]:
    """Seconds of each login by text message, one after another, for so long."""
    taken: list[float] = []
    until = time.perf_counter() + seconds
    for turn in turns:
        began = time.perf_counter()
        crowd.sign_in(turn)[0].close()
        taken.append(time.perf_counter() - began)
        if time.perf_counter() > until:
            break
    return taken


def cost_of_a_check(crowd: Crowd, product: Product, turns: Sequence[int]) -> float:
    """Milliseconds of server CPU from the form's POST to the page after the answer."""
    ready = [crowd.sign_in(turn) for turn in turns]
    pids = product.server_pids()
    before = machine.cpu_seconds(pids)
    for each in ready:
        page = crowd.submit(each)
        while _REFRESH.search(page.text):
            time.sleep(0.2)
            page = each[0].open(page.url)
        if not page.url.startswith(REDIRECT_URI):
            raise LoadError(f"not proven: {page.url}: {page.alerts()}")
    return (machine.cpu_seconds(pids) - before) / len(ready) * 1000


def main(arguments: Sequence[str]) -> int:
    """Measure and print; 1 where not everybody waited."""
    parser = argparse.ArgumentParser(prog="bench/waiting", description=__doc__)
    parser.add_argument("--people", type=int, default=500, help="how many wait at once")
    parser.add_argument("--seconds", type=float, default=8, help="how long logins are timed")
    parser.add_argument("--port", type=int, default=18_200)
    chosen = parser.parse_args(arguments)
    product = Product(
        port=chosen.port,
        stores=StorePorts(valkey=6390, postgresql=18_291),
        cold_tokens=0,
        environment=_own_authority(f"http://127.0.0.1:{chosen.port + 1}"),
    )
    try:
        product.start()
        return _measure(product, chosen)
    finally:
        product.stop()


def _own_authority(sandbox: str) -> dict[str, str]:
    """What has the product ask the sandbox as it would a real authority, patiently."""
    file = WORK / "waits-connectors.yaml"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(_CONNECTORS.format(sandbox=sandbox, patience=_PATIENCE_S), encoding="utf-8")
    return {"TONGXING_SANDBOX_URL": "", "TONGXING_CONNECTORS_FILE": str(file)}


def _measure(product: Product, chosen: argparse.Namespace) -> int:
    issuer, sandbox = product.issuer, product.sandbox
    crowd = Crowd(issuer, sandbox, RelyingParty(issuer, client=WEB, sign_in=_nobody))
    logins(crowd, range(40), seconds=60)  # warm
    cost = cost_of_a_check(crowd, product, range(100, 140))
    idle = logins(crowd, range(1000, 9000), seconds=chosen.seconds)
    # More than may wait with their page for a quick answer: it is a crowd from the first second.
    with ThreadPoolExecutor(16) as pool:
        ready = list(pool.map(crowd.sign_in, range(10_000, 10_000 + chosen.people)))
        _hang(sandbox, _HANGING, chosen.people)
        waiting = list(zip((each[0] for each in ready), pool.map(crowd.submit, ready), strict=True))
    with Asking(waiting) as pages:
        busy = logins(crowd, range(20_000, 29_000), seconds=chosen.seconds)
        still = pages.count()
    _print(cost=cost, idle=idle, busy=busy, still=still, people=chosen.people)
    return int(still < chosen.people)


def _nobody(browser: Browser, page: Page) -> Page:
    raise LoadError(f"nobody signs in here: {page.url} {browser}")


def _hang(sandbox: str, service: str, times: int) -> None:
    fault = {"service": service, "behaviour": "slow", "times": times, "seconds": _HANGS_S}
    request = urllib.request.Request(
        f"{sandbox}/control",
        json.dumps(fault).encode(),
        {"Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=30):
        pass


def _print(
    *, cost: float, idle: Sequence[float], busy: Sequence[float], still: int, people: int
) -> None:
    say: Callable[[str], object] = print
    say(f"{machine.description()}\n")
    say(f"one check beside the authority's wait: {cost:.1f} ms of server CPU (goal ≤ 10)")
    say(f"{still} of {people} still waited when the logins had been timed")
    for name, taken in (("idle", idle), ("while they wait", busy)):
        say(
            f"login by text message, {name}: {len(taken)} of them, median "
            f"{statistics.median(taken) * 1000:.0f} ms, p99 {percentile(taken, 0.99) * 1000:.0f} ms"
        )
    ratio = percentile(busy, 0.99) / percentile(idle, 0.99)
    say(f"p99 while they wait : idle = {ratio:.2f} (goal ≤ 1.5)")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
