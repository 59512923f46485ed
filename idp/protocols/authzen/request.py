"""Requests of the Authorization API as frozen values, parsed once, with errors that say where."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import orjson

from policies.facts import Properties

MOST_EVALUATIONS: Final = 50
MOST_PROPERTIES: Final = 64
LONGEST_TEXT: Final = 512
DEEPEST: Final = 3
MOST_RESULTS: Final = 200
SEMANTICS: Final = ("execute_all", "deny_on_first_deny", "permit_on_first_permit")


class BadRequest(ValueError):
    """§10.1.2: the request cannot be answered; the words name the place and what is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """A subject or a resource (§5.1, §5.2); `id` is "" where a search looks for it."""

    type: str
    id: str
    properties: Properties = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """§5.3."""

    name: str
    properties: Properties = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """§6.1; `action` is None in the search for actions."""

    subject: Entity
    resource: Entity
    action: Action | None
    context: Properties = ()

    def told(self, name: str) -> str:
        """A single value of the context, "" where it is not told."""
        for each, values in self.context:
            if each == name and len(values) == 1:
                return values[0]
        return ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluations:
    """§7.1; an evaluation that cannot be read stands as the reason why not."""

    each: tuple[Evaluation | BadRequest, ...]
    semantic: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """§8.2.1; `limit` is None where the request sets none."""

    token: str = ""
    limit: int | None = None


def read_body(body: bytes, content_type: str) -> dict[str, Any]:
    """§10.1: "the request body for each endpoint MUST be a JSON object".

    Raises:
        BadRequest: it is none, or it is not said to be JSON.
    """
    if content_type.partition(";")[0].strip().lower() != "application/json":
        raise BadRequest("Content-Type must be application/json")
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError as problem:
        raise BadRequest(f"the body is not JSON: {problem}") from problem
    if not isinstance(found, dict):
        raise BadRequest("the body must be a JSON object")
    return found


def read_evaluation(values: Mapping[str, Any], *, at: str = "") -> Evaluation:
    """§6.1."""
    return Evaluation(
        subject=_entity(values, "subject", at),
        resource=_entity(values, "resource", at),
        action=_action(values, at),
        context=_context(values, at),
    )


def read_evaluations(values: Mapping[str, Any]) -> Evaluations | None:
    """§7.1; None where it is a single evaluation in the guise of several."""
    given = values.get("evaluations")
    if given is None or given == []:
        return None
    if not isinstance(given, list) or not all(isinstance(each, dict) for each in given):
        raise BadRequest("evaluations must be an array of objects")
    if len(given) > MOST_EVALUATIONS:
        raise BadRequest(f"evaluations: {len(given)} are more than {MOST_EVALUATIONS}")
    defaults = {
        name: values[name]
        for name in ("subject", "action", "resource", "context")
        if values.get(name) is not None
    }
    each = tuple(_one_of(given, place, defaults) for place in range(len(given)))
    return Evaluations(each=each, semantic=_semantic(values))


def read_search(values: Mapping[str, Any], wanted: str) -> tuple[Evaluation, Page]:
    """§8.4 to §8.6: as an evaluation, without the id of what is `wanted`."""
    asked = dict(values)
    if wanted in {"subject", "resource"} and isinstance(asked.get(wanted), dict):
        # "the Subject id SHOULD be omitted, and if present, MUST be ignored."
        asked[wanted] = {**asked[wanted], "id": ""}
    evaluation = Evaluation(
        subject=_entity(asked, "subject", "", is_sought=wanted == "subject"),
        resource=_entity(asked, "resource", "", is_sought=wanted == "resource"),
        action=None if wanted == "action" else _action(asked, ""),
        context=_context(asked, ""),
    )
    return evaluation, _page(asked.get("page"))


def _one_of(
    given: list[dict[str, Any]], place: int, defaults: Mapping[str, Any]
) -> Evaluation | BadRequest:
    try:
        own = _with_types(given[place], defaults)
        return read_evaluation({**defaults, **own}, at=f"evaluations[{place}].")
    except BadRequest as problem:
        return problem


def _with_types(own: dict[str, Any], defaults: Mapping[str, Any]) -> dict[str, Any]:
    """§7.1.1: of a shared subject or resource a question's own takes the type it leaves out.

    Never the id, which says what is asked about, nor properties, which are another thing's.
    """
    typed = dict(own)
    for name in ("subject", "resource"):
        mine, shared = own.get(name), defaults.get(name)
        if isinstance(mine, dict) and isinstance(shared, dict) and "type" in shared:
            typed[name] = {"type": shared["type"], **mine}
    return typed


def _semantic(values: Mapping[str, Any]) -> str:
    options = values.get("options")
    if options is None:
        return SEMANTICS[0]
    if not isinstance(options, dict):
        raise BadRequest("options must be an object")
    semantic = options.get("evaluations_semantic", SEMANTICS[0])
    if semantic not in SEMANTICS:
        raise BadRequest(f"options.evaluations_semantic is one of {', '.join(SEMANTICS)}")
    return str(semantic)


def _page(given: Any) -> Page:
    if given is None:
        return Page()
    if not isinstance(given, dict):
        raise BadRequest("page must be an object")
    token, limit = given.get("token", ""), given.get("limit")
    if not isinstance(token, str):
        raise BadRequest("page.token must be a string")
    if limit is not None and (isinstance(limit, bool) or not isinstance(limit, int) or limit < 0):
        raise BadRequest("page.limit must be a non-negative integer")
    return Page(token=token, limit=limit)


def _entity(values: Mapping[str, Any], name: str, at: str, *, is_sought: bool = False) -> Entity:
    given = _object(values, name, at)
    return Entity(
        type=_text(given, "type", f"{at}{name}."),
        id="" if is_sought else _text(given, "id", f"{at}{name}."),
        properties=_properties(given.get("properties"), f"{at}{name}.properties"),
    )


def _action(values: Mapping[str, Any], at: str) -> Action:
    given = _object(values, "action", at)
    return Action(
        name=_text(given, "name", f"{at}action."),
        properties=_properties(given.get("properties"), f"{at}action.properties"),
    )


def _context(values: Mapping[str, Any], at: str) -> Properties:
    return _properties(values.get("context"), f"{at}context")


def _object(values: Mapping[str, Any], name: str, at: str) -> Mapping[str, Any]:
    given = values.get(name)
    if given is None:
        raise BadRequest(f"{at}{name} is missing")
    if not isinstance(given, dict):
        raise BadRequest(f"{at}{name} must be an object")
    return given


def _text(values: Mapping[str, Any], name: str, at: str) -> str:
    given = values.get(name)
    if given is None or given == "":
        raise BadRequest(f"{at}{name} is missing")
    if not isinstance(given, str) or len(given) > LONGEST_TEXT:
        raise BadRequest(f"{at}{name} must be a string of at most {LONGEST_TEXT} characters")
    return given


def _properties(given: Any, at: str) -> Properties:
    """Names with texts: what policies read as tags. An object inside is named by its path."""
    if given is None:
        return ()
    if not isinstance(given, dict):
        raise BadRequest(f"{at} must be an object")
    found: dict[str, tuple[str, ...]] = {}
    _collect(given, "", found, at)
    if len(found) > MOST_PROPERTIES:
        raise BadRequest(f"{at}: {len(found)} values are more than {MOST_PROPERTIES}")
    return tuple(sorted(found.items()))


def _collect(
    given: Mapping[str, Any], path: str, found: dict[str, tuple[str, ...]], at: str
) -> None:
    if path.count(".") >= DEEPEST:
        raise BadRequest(f"{at}.{path} lies deeper than {DEEPEST} objects")
    for name, value in given.items():
        place = f"{path}{name}"
        if isinstance(value, dict):
            _collect(value, f"{place}.", found, at)
        elif value is not None:
            values = value if isinstance(value, list) else [value]
            found[place] = tuple(_written(each, f"{at}.{place}") for each in values)


def _written(value: Any, at: str) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float | str) and len(str(value)) <= LONGEST_TEXT:
        return str(value)
    raise BadRequest(f"{at}: values are strings, numbers, booleans, or arrays of them")
