"""The README's table of made-up people, from the sandbox's own list."""

from base64 import b64encode

from connectors.documents.registry import DOCUMENT_TYPES
from connectors.sandbox.population import SandboxDocument, people
from deploy.samples.staff import STAFF
from idp.staff.roles import must_resist_phishing

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
            "",
            *_staff(),
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


def _staff() -> list[str]:
    """Who runs the city's identity, with the keys of their second factors."""
    apps = [each for each in STAFF if not must_resist_phishing(each.role)]
    passkeys = [each for each in STAFF if must_resist_phishing(each.role)]
    return [
        "### Who runs the console",
        "",
        "At `http://localhost:8000/console/`. An app's codes are made from its secret. Whoever",
        "changes anything signs in with a passkey: make one of your own with the link that",
        "`python3 manage.py staff again USERNAME` prints, or load the key below into a virtual",
        "authenticator (`WebAuthn.addCredential`; `rpId` is `localhost`, `signCount` the seconds",
        "since 1970, `userHandle` the account's id).",
        "",
        "| role | user name | name | password | secret of the app's codes |",
        "|---|---|---|---|---|",
        *(
            f"| {each.role}{_bound(each.department)} | `{each.username}` | {each.name} | "
            f"`{each.password}` | {_secret(each.totp_secret, shown=each in apps)} |"
            for each in STAFF
        ),
        "",
        "| user name | account's id | credential id (base64) | private key (PKCS #8, base64) |",
        "|---|---|---|---|",
        *(
            f"| `{each.username}` | `{each.account_id}` | "
            f"`{b64encode(each.credential_id).decode()}` | `{each.private_key}` |"
            for each in passkeys
        ),
    ]


def _bound(department: str) -> str:
    return f" (of `{department}`)" if department else ""


def _secret(secret: str, *, shown: bool) -> str:
    return f"`{secret}`" if shown else "a passkey"


def _documents(documents: tuple[SandboxDocument, ...]) -> str:
    return "; ".join(
        f"{DOCUMENT_TYPES[document.type].names['zh-Hans']} {document.number}"
        for document in documents
    )
