"""The README's table of made-up people, from the sandbox's own list."""

from connectors.documents.registry import DOCUMENT_TYPES
from connectors.sandbox.population import SandboxDocument, people

BEGIN = "<!-- personas: written by `python3 manage.py reference` -->"
END = "<!-- /personas -->"


def personas() -> str:
    """Return the table of everyone with an account, and who can get one."""
    rows = [
        f"| `{person.key}` | {person.name} | {person.login.identifier} | "
        f"`{person.login.password}` | {_documents(person.documents)} |"
        for person in people()
        if person.login
    ]
    newcomers = [
        f"{person.name} (`{person.phone}`, {person.documents[0].number})"
        for person in people()
        if person.login is None and person.phone and person.key.startswith("newcomer")
    ]
    return "\n".join(
        [
            "| who | name | phone | password | documents |",
            "|---|---|---|---|---|",
            *rows,
            "",
            f"To register as somebody new, be {', '.join(newcomers)}.",
        ]
    )


def with_personas(page: str) -> str:
    """Return the page with the table between its marks renewed.

    Raises:
        ValueError: the page has no such marks.
    """
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError("the page has no marks for the personas")
    return f"{before}{BEGIN}\n\n{personas()}\n\n{END}{after}"


def _documents(documents: tuple[SandboxDocument, ...]) -> str:
    return "; ".join(
        f"{DOCUMENT_TYPES[document.type].names['zh-Hans']} {document.number}"
        for document in documents
    )
