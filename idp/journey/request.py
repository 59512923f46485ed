"""What a door asks of the hall: one frozen JourneyRequest, and the values it is made of."""

from dataclasses import dataclass, field

from policies.levels import Level


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedClaim:
    """One claim asked for (OpenID Connect Core 1.0 §5.4, §5.5).

    `target` is "userinfo" or "id_token"; `value`/`values` are constraints the released value must
    meet.
    """

    name: str
    target: str = "userinfo"
    essential: bool = False
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class JourneyRequest:
    """Everything a journey needs to know of its request; nothing of the wire it came by.

    `required` is the lowest level that answers the request; with `required_is_essential` the door
    must be told when it cannot be met. `adds` names a kind of authenticator the person came to add,
    or a contact, with `adds_for` for a child of theirs (an id); with `beyond_email` a code by
    e-mail or a face alone does not do, where the account holds more.
    `max_age` is in seconds. `continuation` is the door's own state, given back to it untouched;
    `door` names it. `return_origin` is the one foreign origin the journey's last form may redirect
    to (the CSP's form-action). `sitting` and `device` are the hall's to fill: those of the kiosk or
    window it is made at, if any.
    """

    door: str
    client_id: str
    continuation: bytes
    return_origin: str
    required: Level | None = None
    required_is_essential: bool = False
    max_age: int | None = None
    prompt: frozenset[str] = frozenset()
    scope: tuple[str, ...] = ()
    claims: tuple[WantedClaim, ...] = ()
    login_hint: str = ""
    expected_subject: str = ""
    ui_locales: tuple[str, ...] = ()
    channel: str = "web"
    sitting: str = field(default="", repr=False)
    device: str = ""
    acting_as: str = ""
    adds: str = ""
    adds_for: str = ""
    beyond_email: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Browser:
    """What the browser showed: secrets out of its cookies, its address, its languages.

    `session_secret` opens the SSO session, `device_secret` names the browser (journeys are bound
    to it), `sitting_id` the sitting of the kiosk or window it stands in.
    """

    session_secret: str = field(default="", repr=False)
    device_secret: str = field(default="", repr=False)
    sitting_id: str = field(default="", repr=False)
    remote_address: str = ""
    user_agent: str = ""
    accept_language: str = ""
