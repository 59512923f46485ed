"""The reference of identity levels: the table of rules as it is in force."""

from connectors.documents.registry import DOCUMENT_TYPES
from idp.subjects.level_rules import ANY_DOCUMENT, LEVEL_RULES, LevelRule, vouching_of

_YEAR = 365
_COLUMNS = (
    "level",
    "rule",
    "method",
    "documents",
    "conditions",
    "beside",
    "lasts",
    "in `verified_claims`",
)
_HEAD = f"""\
# Identity levels

What a check is worth. A level stands while evidence for it lives: until its document's last day is over, until it
is too old (days of Asia/Shanghai), or until it is taken back; and never higher than the authority's answer vouches
for. *Beside* is the level that other live evidence of the same document must give already.

| {" | ".join(_COLUMNS)} |
|{"---|" * len(_COLUMNS)}"""  # noqa: E501 - a page's own lines
_TYPES = """\
## Document types

| `document_type` | 中文 | English |
|---|---|---|"""


def levels() -> str:
    """Return the page."""
    rows = [_row(rule) for rule in sorted(LEVEL_RULES, key=lambda each: each.level)]
    types = [
        f"| `{entry.id}` | {entry.names['zh-Hans']} | {entry.names['en']} |"
        for entry in DOCUMENT_TYPES.values()
    ]
    return "\n".join([_HEAD, *rows, "", _TYPES, *types, ""])


def _row(rule: LevelRule) -> str:
    vouching = vouching_of(rule.method, rule.conditions)
    told = "–"
    if vouching is not None:
        record = f" `{vouching.record}`" if vouching.record else ""
        told = f"`{vouching.evidence}`{record}, `{vouching.check_method}`"
    cells = (
        str(rule.level),
        f"`{rule.id}`",
        f"`{rule.method}`",
        _documents(rule),
        ", ".join(sorted(rule.conditions)) or "–",
        str(rule.beside or "–"),
        _lasting(rule.max_age),
        told,
    )
    return f"| {' | '.join(cells)} |"


def _documents(rule: LevelRule) -> str:
    if not rule.document_types:
        return "none"
    if rule.document_types == ANY_DOCUMENT:
        return "any"
    return ", ".join(f"`{each}`" for each in DOCUMENT_TYPES if each in rule.document_types)


def _lasting(days: int) -> str:
    """For how long evidence counts, in whole years where it is some."""
    if not days:
        return "no end"
    return f"{days} days" if days % _YEAR else f"{days // _YEAR} years"
