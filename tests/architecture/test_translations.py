"""Compiled translations are what their sources say, complete, in every language of the pages."""

import gettext
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SOURCES = sorted(
    path
    for room in ("idp", "admin", "deploy")
    for path in (ROOT / room).rglob("LC_MESSAGES/django.po")
)


def read_po(path: Path) -> dict[str, str]:
    """Return msgid → first msgstr of a PO file; contexts as gettext joins them."""
    found: dict[str, str] = {}
    entry: dict[str, str] = {}
    field = ""
    for line in [*path.read_text(encoding="utf-8").splitlines(), ""]:
        if line.startswith("#"):
            continue
        if line.startswith("msg"):
            field, _, text = line.partition(" ")
            entry[field] = _unquote(text)
        elif line.startswith('"'):
            entry[field] += _unquote(line)
        elif entry:
            context = f"{entry['msgctxt']}\x04" if "msgctxt" in entry else ""
            found[context + entry["msgid"]] = entry.get("msgstr", entry.get("msgstr[0]", ""))
            entry = {}
    found.pop("", None)
    return found


def _unquote(text: str) -> str:
    inner = text.strip().removeprefix('"').removesuffix('"')
    return inner.replace("\\n", "\n").replace('\\"', '"').replace("\\\\", "\\")


def test_compiled_translations_say_what_their_sources_say() -> None:
    stale = {}
    for source in SOURCES:
        with source.with_suffix(".mo").open("rb") as file:
            compiled = gettext.GNUTranslations(file)
        for msgid, msgstr in read_po(source).items():
            if msgstr and msgstr not in _said(compiled, msgid):
                stale[f"{source.relative_to(ROOT)}: {msgid}"] = msgstr
    assert stale == {}


def test_translations_leave_nothing_out() -> None:
    empty = [
        f"{source.relative_to(ROOT)}: {msgid}"
        for source in SOURCES
        for msgid, msgstr in read_po(source).items()
        if not msgstr
    ]
    assert empty == []


def _said(compiled: gettext.GNUTranslations, msgid: str) -> set[str]:
    if "\x04" in msgid:
        context, _, plain = msgid.partition("\x04")
        return {compiled.pgettext(context, plain), compiled.npgettext(context, plain, plain, 1)}
    return {compiled.gettext(msgid), compiled.ngettext(msgid, msgid, 1)}


def test_rooms_say_the_same_of_the_same_words() -> None:
    """Django keeps one translation of a word for all rooms: the other one would never be read."""
    said: dict[tuple[str, str], dict[str, str]] = {}
    for source in SOURCES:
        for msgid, msgstr in read_po(source).items():
            said.setdefault((source.parts[-3], msgid), {})[source.parts[-5]] = msgstr
    differing = {word: rooms for word, rooms in said.items() if len(set(rooms.values())) > 1}
    assert differing == {}
