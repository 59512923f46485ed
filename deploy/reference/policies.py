"""The reference of what access policies can say: facts, actions, obligations, and the schema."""

from collections.abc import Iterable, Mapping

from policies.form_values import OPERATORS
from policies.obligations import PARAMETERS
from policies.sayings import LONGEST, SAYINGS
from policies.validation import MOST_CHARACTERS, MOST_CHARACTERS_OF_ONE, MOST_POLICIES
from policies.vocabulary import Group, Name, names_of, schema_text

_WRITTEN = {
    "subject": "context.subject",
    "request": "context.request",
    "client": "resource",
}
_TITLES: Mapping[Group, str] = {
    "subject": "The person, as this session knows them",
    "client": "The client, and every item inside it",
    "request": "The circumstances of this request",
}
_HEAD = """\
# What a policy can say

How policies are written, proposed and put in force stands in [the guide](../guides/policies.md). A fact marked with
*?* may be unknown: a policy asks `has` first (`context.request has network`), and the validation insists.

Two actions are decided: `sign_in` (a person enters a client; `resource` is the client) and `use` (a client's system
asks whether something may be done with an item of its own; `resource` is the item, `context.operation` the word for
what is to be done). What the asking system tells of person, item and operation are tags of those three: sets of texts,
such as `principal.getTag("roles").contains("editor")` after `principal.hasTag("roles")`."""  # noqa: E501 - a page's own lines


def policies() -> str:
    """Return the page."""
    parts = [_HEAD]
    for group, title in _TITLES.items():
        names = names_of(group)
        parts += ["", f"## {title}", "", *_facts(names)]
    parts += ["", "## Obligations", "", *_obligations()]
    parts += ["", "## Comparisons of the form", "", *_operators()]
    parts += ["", "## Limits", "", *_limits()]
    return "\n".join([*parts, "", "## The Cedar schema", "", "```", schema_text() + "```", ""])


def _facts(names: Iterable[Name]) -> list[str]:
    rows = ["| fact | type | meaning | values |", "|---|---|---|---|"]
    for name in names:
        mark = " *?*" if name.may_be_unknown else ""
        written = f"`{_WRITTEN[name.group]}.{name.name}`{mark}"
        rows.append(f"| {written} | `{name.type}` | {name.meaning} | {_coded(name.values)} |")
    return rows


def _obligations() -> list[str]:
    return [
        "Each stands on a forbid, with its parameter beside it: not “no”, but “not unless”.",
        "",
        "| obligation | parameter | asks to |",
        "|---|---|---|",
        *(f"| `{name}` | `@{given}` | {asks} |" for name, (given, asks) in PARAMETERS.items()),
        "",
        f"A refusal may say in its own words why: {', '.join(f'`@{name}`' for name in SAYINGS)},",
        f"all of them, each a line of at most {LONGEST} characters, are what the person reads.",
    ]


def _operators() -> list[str]:
    return [
        "What the structured form can say of a fact; of one that may be unknown also `is_known`",
        "and `is_unknown`.",
        "",
        "| type | comparisons |",
        "|---|---|",
        *(f"| `{kind}` | {_coded(found)} |" for kind, found in OPERATORS.items()),
    ]


def _coded(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


def _limits() -> list[str]:
    one, whole = f"{MOST_CHARACTERS_OF_ONE:,}", f"{MOST_CHARACTERS:,}"
    return [
        f"A text has at most {whole} characters, one policy of it {one}; at most {MOST_POLICIES:,}",
        "policies hold for one client, the shared ones included.",
    ]
