"""Every name a policy may use, once: the Cedar schema and the reference page are made of it.

The values behind the names stand in `facts`; what an obligation means is `obligations`' to say.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, Literal

Type = Literal["Long", "String", "Bool", "Set<String>"]
Group = Literal["subject", "request", "client"]

SIGN_IN: Final = "sign_in"
USE: Final = "use"
ACTIONS: Final = (SIGN_IN, USE)
KINDS: Final = ("Person", "Client", "Item", "Operation", "Action")


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """One fact: how it is written after its group, what it holds, whether it may be unknown."""

    group: Group
    name: str
    type: Type
    meaning: str
    may_be_unknown: bool = False
    values: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """How it is called wherever a policy is not text: `subject.ial`."""
        return f"{self.group}.{self.name}"


def _of(group: Group) -> Callable[..., Name]:
    def name(
        name: str,
        kind: Type,
        meaning: str,
        *,
        may_be_unknown: bool = False,
        values: tuple[str, ...] = (),
    ) -> Name:
        return Name(
            group=group,
            name=name,
            type=kind,
            meaning=meaning,
            may_be_unknown=may_be_unknown,
            values=values,
        )

    return name


_subject, _client, _request = _of("subject"), _of("client"), _of("request")

CHANNELS: Final = ("web", "app", "kiosk", "window", "hotline", "citizen_card")
POPULATIONS: Final = (
    "resident",
    "hong_kong_macau",
    "taiwan",
    "hmt_resident",
    "overseas_chinese",
    "foreigner",
    "permanent_resident",
)

RISK_LEVELS: Final = ("low", "medium", "high")
SIGNALS: Final = (
    "new_device",
    "new_network",
    "other_device",
    "night",
    "many_sign_ins",
    "failed_attempts",
    "crowded_device",
    "phone_changed",
    "weaker_method",
    "mass_registration",
    "unmeasured",
    "email_changed",
)
"""What may be seen of a sign-in; what each means stands in docs/guides/risk.md."""

NAMES: Final = (
    _subject("ial", "Long", "identity assurance, 0 (nothing proven) to 4"),
    _subject("aal", "Long", "authentication assurance of this session, 0 to 3"),
    _subject(
        "status",
        "String",
        "how the account stands",
        values=("active", "frozen", "incapable", "deceased", "merged", "deleted"),
    ),
    _subject(
        "is_minor",
        "Bool",
        "true of whom a verified birth date shows to be a child; unknown of everybody else",
        may_be_unknown=True,
    ),
    _subject(
        "population",
        "String",
        "which kind of person, by the document behind the level",
        may_be_unknown=True,
        values=POPULATIONS,
    ),
    _subject(
        "methods",
        "Set<String>",
        "why the level is held: the verification methods it rests on",
        may_be_unknown=True,
    ),
    _subject(
        "evidence_age_days",
        "Long",
        "whole days since the oldest evidence the level rests on",
        may_be_unknown=True,
    ),
    _subject(
        "authenticators",
        "Set<String>",
        "what was used to sign in (the `amr` values of the session)",
        may_be_unknown=True,
    ),
    _subject(
        "own_aal",
        "Long",
        "the authentication assurance that the person's own authenticators reach, 1 to 3",
        may_be_unknown=True,
    ),
    _client("classification", "String", "the sensitivity class under which it was reviewed"),
    _client("department", "String", "the department that runs it, empty for none"),
    _client("channel", "String", "the channel it is entered by", values=CHANNELS),
    _client("minimum_ial", "Long", "the identity assurance it was registered to need"),
    _client("minimum_aal", "Long", "the authentication assurance it was registered to need"),
    _client("allowed_channels", "Set<String>", "the channels it may be entered by"),
    _client("status", "String", "how the registration stands", values=("active", "suspended")),
    _request("channel", "String", "the channel of this request", values=CHANNELS),
    _request("hour", "Long", "0 to 23 in Asia/Shanghai"),
    _request("weekday", "Long", "1 (Monday) to 7 in Asia/Shanghai"),
    _request("now_epoch", "Long", "seconds since 1970 UTC"),
    _request("session_age_s", "Long", "seconds since the session's last authentication"),
    _request("requested_ial", "Long", "the identity assurance this request insists on; 0: none"),
    _request("requested_aal", "Long", "the authentication assurance it insists on; 0: none"),
    _request(
        "device_known",
        "Bool",
        "whether the person's device is known: all that they can prove was proven on it once, or"
        " they came with it a week ago, not at high risk; unknown at a place that everybody shares",
        may_be_unknown=True,
    ),
    _request(
        "device",
        "String",
        "the enrolled kiosk or window the person stands at, by its id; unknown anywhere else",
        may_be_unknown=True,
    ),
    _request(
        "network",
        "String",
        "the network the request came from: the first three numbers of an IPv4 address, the /64"
        " of an IPv6 address",
        may_be_unknown=True,
    ),
    _request(
        "risk",
        "Set<String>",
        "the signals of risk seen when the person signed in",
        may_be_unknown=True,
        values=SIGNALS,
    ),
    _request(
        "risk_level",
        "String",
        "what these signals amount to together",
        may_be_unknown=True,
        values=RISK_LEVELS,
    ),
)

KIND: Final = _client("kind", "String", "which type of item, as its system calls it")
"""What an item has beside the facts of its client."""

BY_KEY: Final = {name.key: name for name in NAMES}


def names_of(group: Group) -> tuple[Name, ...]:
    return tuple(name for name in NAMES if name.group == group)


def schema_text() -> str:
    """The Cedar schema every policy is checked against."""
    return "\n".join(
        (
            "// What policies can speak about. A name ending in `?` may be unknown: ask",
            "// `context.request has network` before using it. An asking system's words are tags:",
            '// `resource.hasTag("owner") && resource.getTag("owner").contains("a")`.',
            "",
            "// The person; tags: what the asking system says of them, and `id`, its own name.",
            "entity Person tags Set<String>;",
            "",
            _record("entity Client =", names_of("client")),
            "",
            "// Something inside a client's system, named `type/id`; tags: its properties.",
            _record("entity Item in [Client] =", (KIND, *names_of("client")), " tags Set<String>;"),
            "",
            "// What is to be done with an item; tags: its properties, and the context told.",
            "entity Operation tags Set<String>;",
            "",
            _record("type Subject =", names_of("subject")),
            "",
            _record("type Request =", names_of("request")),
            "",
            _action(SIGN_IN, "Client", "subject: Subject, request: Request"),
            "",
            _action(USE, "Item", "subject: Subject, request: Request, operation: Operation"),
            "",
        )
    )


def _record(head: str, names: Iterable[Name], end: str = ";") -> str:
    lines = [f"{head} {{"]
    for name in names:
        mark = "?" if name.may_be_unknown else ""
        lines += [f"    // {name.meaning}", f"    {name.name}{mark}: {name.type},"]
    return "\n".join([*lines, f"}}{end}"])


def _action(name: str, resource: str, context: str) -> str:
    return (
        f"action {name} appliesTo {{\n    principal: Person,\n    resource: {resource},\n"
        f"    context: {{ {context} }},\n}};"
    )
