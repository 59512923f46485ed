"""A person at Chromium: reads, types and presses; what they had to do is counted.

Every page met is looked at: axe (once where it says the very same), console, content security
policy. With TONGXING_PICTURES naming a folder, each is photographed there.
"""

import os
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Response

from tests.browser.personas import PERSONAS

VENDOR = Path(__file__).parent / "vendor"
AXE = (VENDOR / "axe.min.js").read_text()
NARROW = {"width": 320, "height": 640}
WIDE = {"width": 1280, "height": 800}
MADE_ANEW = re.compile(r'(value|action|href|src|content|data-[a-z-]+)="[^"]*"')
"""Attributes that hold tokens and addresses: nothing in them is judged."""
_judged: set[tuple[str, str]] = set()
"""The pages that axe has passed in this process, by their text and by how they are looked at."""
REFUSED_BY_POLICY = (
    "document.addEventListener('securitypolicyviolation', function (event) {"
    " console.error('CSP ' + event.violatedDirective + ' ' + event.blockedURI); });"
)


@dataclass(slots=True, kw_only=True)
class Citizen:
    """`screens` are pages they had to act on, but for consent; `typed` the fields they filled.

    A date that is picked in the browser's own picker is not typed.
    """

    context: BrowserContext
    page: Page
    home: str
    """The provider's address: screens are counted on its pages alone."""
    name: str = ""
    runs_scripts: bool = True
    screens: int = 0
    consents: int = 0
    typed: int = 0
    said: list[str] = field(default_factory=list)
    wrong: dict[str, Any] = field(default_factory=dict)
    seen: int = 0
    tolerated: tuple[int, ...] = ()
    """Statuses that Chromium may tell of on the console: this person goes where they are said."""

    @property
    def step(self) -> str:
        """Which step's form the page holds; nothing on a page that asks for nothing."""
        form = self.page.locator("form[data-step]")
        return str(form.first.get_attribute("data-step")) if form.count() else ""

    def open(self, url: str) -> Response | None:
        answer = self.page.goto(url)
        self.look()
        return answer

    def open_tab(self) -> Page:
        """Open another tab of this browser and go on in it."""
        self.page = self.context.new_page()
        listen(self, self.page)
        return self.page

    def types(self, **values: str) -> None:
        for name, value in values.items():
            self.page.fill(f"form[data-step] [name={name}]", value)
            self.typed += 1

    def picks(self, **days: str) -> None:
        """Pick days, each in the browser's own date picker."""
        for name, day in days.items():
            self.page.fill(f"form[data-step] input[type=date][name={name}]", day)

    def press(self, name: str, value: str) -> None:
        """Press a button of the step's form, and look at the page it leads to."""
        self.count_screen()
        button = self.page.locator(f"button[name={name}][value={value}]:visible").first
        self.leave_by(button.click)

    def press_main(self) -> None:
        """Press the first button of the step's form: its main action."""
        self.count_screen()
        self.leave_by(self.page.locator("form[data-step] button:visible").first.click)

    def follow(self, selector: str) -> None:
        """Press something on a client's own page."""
        self.leave_by(self.page.locator(selector).click)

    def sign_out(self, portal: str) -> None:
        """Sign out at a portal; the page that says so leads back there by itself."""
        self.page.locator("#logout").click()
        self.page.locator("[data-go-after]").wait_for(state="attached")
        self.photograph()
        self.page.wait_for_url(f"{portal}/**")
        self.page.locator("#login").wait_for()
        self.look()

    def leave_by(self, act: Any) -> None:
        with self.page.expect_navigation():
            act()
        self.page.wait_for_load_state()
        self.look()

    def leave_for(self, goal: str, act: Any) -> None:
        """Do what may start two navigations, the second in the first's place; see where it ends."""
        act()
        self.page.locator(goal).first.wait_for()
        self.page.wait_for_load_state()
        self.look()

    def count_screen(self) -> None:
        if self.step == "consent":
            self.consents += 1
        else:
            self.screens += 1

    def steps_in_all(self) -> int:
        """How many steps the page foresees."""
        return self.page.locator("ol.progress > li").count()

    def keeps_within(self, persona: str) -> bool:
        """Whether what they did is no more than a person of this kind may have to do."""
        most = PERSONAS[persona]
        return self.screens <= most.screens and self.typed <= most.typed

    def start_counting(self) -> None:
        self.screens = self.consents = self.typed = 0

    def look(self) -> None:
        """Judge the page as it stands, and photograph it."""
        self.seen += 1
        self.photograph()
        if self.page.evaluate("document.documentElement.scrollWidth > window.innerWidth"):
            self.wrong[f"{self.page.url} is too wide"] = self.page.viewport_size
        if not self.runs_scripts:
            return  # axe is a script; the same pages are judged in other walks
        page = (MADE_ANEW.sub("", self.page.content()), str(self.page.viewport_size))
        if page in _judged:
            return
        self.page.evaluate(AXE)
        found = self.page.evaluate(
            "axe.run({resultTypes: ['violations']}).then(found => found.violations)"
        )
        for rule in found:
            nodes = [node["html"][:160] for node in rule["nodes"]]
            self.wrong[f"{self.page.title()} {rule['id']}"] = nodes
        if not found:
            _judged.add(page)

    def photograph(self) -> None:
        folder = os.environ.get("TONGXING_PICTURES")
        if folder:
            where = urlsplit(self.page.url)
            words = [self.name, f"{self.seen:02}", self.step or where.path.strip("/"), where.port]
            file = "-".join(str(word).replace("/", "_") for word in words if word) + ".png"
            Path(folder).mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=Path(folder) / file, full_page=True)


def arrive(
    browser: Browser,
    home: str,
    *,
    name: str = "",
    tolerated: tuple[int, ...] = (),
    **options: Any,
) -> Citizen:
    """Open a browser of their own; `options` are Playwright's for a context."""
    options = {"viewport": WIDE, "locale": "zh-CN", **options}
    context = browser.new_context(**options)
    context.set_default_timeout(30_000)
    runs_scripts = bool(options.get("java_script_enabled", True))
    if runs_scripts:
        context.add_init_script(REFUSED_BY_POLICY)
    citizen = Citizen(
        context=context,
        page=context.new_page(),
        home=home,
        name=name,
        runs_scripts=runs_scripts,
        tolerated=tolerated,
    )
    listen(citizen, citizen.page)
    return citizen


def listen(citizen: Citizen, page: Page) -> None:
    """Keep what the console says and what scripts throw."""

    def on_console(message: ConsoleMessage) -> None:
        is_status = any(f"a status of {status} " in message.text for status in citizen.tolerated)
        if not is_status:
            citizen.said.append(f"{message.type}: {message.text} ({page.url})")

    page.on("console", on_console)
    page.on("pageerror", lambda error: citizen.said.append(f"{error} ({page.url})"))
