"""docs/reference/documents.md: every document type and number, from the tables that read them."""

from connectors.documents.document import DocumentType, Fault, Remark, Standing
from connectors.documents.registry import DOCUMENT_TYPES, ORGANIZATION_NUMBERS

_STANDINGS = {
    Standing.IDENTITY: "proves who a person is",
    Standing.SUPPLEMENTARY: "never enough alone",
    Standing.ORGANIZATION: "identifies no person",
}
_FAULTS = {
    Fault.EMPTY: "nothing was typed",
    Fault.LENGTH: "the type has no numbers of this length",
    Fault.CHARACTERS: "a character cannot stand at its place",
    Fault.REGION: "no province has this prefix, or this type is not issued with it",
    Fault.BIRTH_DATE: "the calendar has no such day",
    Fault.CHECK_DIGIT: "the check character is wrong: something was mistyped",
    Fault.ORGANIZATION_CODE: "the organization code inside a credit code is wrong",
}
_REMARKS = {
    Remark.REGION_UNKNOWN: "the province exists, the list has no such region",
    Remark.REGION_ABOLISHED: "the region exists no more; the card is still right",
    Remark.COUNTRY_UNKNOWN: "neither ISO 3166-1 nor ICAO Doc 9303-3 lists the country",
    Remark.FIRST_GENERATION: "typed with the 15 digits that no card carries any more",
    Remark.RULE_UNOFFICIAL: "checked by a rule that no official text confirms",
    Remark.FORM_UNUSUAL: "passports of this country usually look otherwise",
    Remark.REGISTRAR_UNKNOWN: "the kind of organization is not in our table",
}


def documents() -> str:
    """Return the page."""
    return "\n".join([*_OPENING, *_people(), *_organizations(), *_words()])


_OPENING = (
    "# Documents",
    "",
    "Numbers are forgiven their typing: full-width characters, lower case, spaces, dashes",
    "and brackets. The examples are made up.",
    "",
)


def _people() -> list[str]:
    return [
        "## Of people",
        "",
        "| type | 名称 | name | standing | for life | zone (ICAO 9303) | examples |",
        "|---|---|---|---|---|---|---|",
        *(_row(entry) for entry in DOCUMENT_TYPES.values()),
        "",
        "A zone is read only where its layout is public: the travel permits' are not.",
        "",
    ]


def _organizations() -> list[str]:
    rows = (
        f"| `{entry.id}` | {entry.names['zh-Hans']} | {entry.names['en']} "
        f"| {_examples(entry.examples)} |"
        for entry in ORGANIZATION_NUMBERS.values()
    )
    return [
        "## Of organizations",
        "",
        "| type | 名称 | name | examples |",
        "|---|---|---|---|",
        *rows,
        "",
    ]


def _words() -> list[str]:
    return [
        "## Why a number is refused",
        "",
        "| fault | when |",
        "|---|---|",
        *(f"| `{fault}` | {_FAULTS[fault]} |" for fault in Fault),
        "",
        "## What is only remarked",
        "",
        "| remark | when |",
        "|---|---|",
        *(f"| `{remark}` | {_REMARKS[remark]} |" for remark in Remark),
        "",
    ]


def _row(entry: DocumentType) -> str:
    cells = (
        f"`{entry.id}`",
        entry.names["zh-Hans"],
        entry.names["en"],
        _STANDINGS[entry.standing],
        "yes" if entry.is_for_life else "no",
        ", ".join(entry.mrz_formats) or "–",
        _examples(entry.examples),
    )
    return f"| {' | '.join(cells)} |"


def _examples(numbers: tuple[str, ...]) -> str:
    return ", ".join(f"`{number}`" for number in numbers)
