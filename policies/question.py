"""Puts facts to Cedar as its question: only those that the policies mention, and each thing once.

What the answer means is the engine's.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, NamedTuple

import cedarpy
import orjson

from policies.answer import Answer, read_answer
from policies.facts import ClientFacts, Facts, Properties, UseFacts
from policies.rules import Rule
from policies.thresholds import looks_of
from policies.vocabulary import KIND, SIGN_IN, USE, names_of

_REMEMBERED_CLIENTS: Final = 4096
_SUBJECT: Final = tuple(name.name for name in names_of("subject"))
_REQUEST: Final = tuple(name.name for name in names_of("request"))
_CLIENT: Final = tuple(name.name for name in names_of("client"))
_WORD: Final = re.compile(r"\w+")
_SOME_CLIENT: Final = "-"
"""Stands for a client that no policy calls by its name."""

Look = Callable[[Any], Any] | None


class ClientKey(NamedTuple):
    """What policies see of a client: its name where one names a client, and what they mention.

    Clients that no policy tells apart are one, so their questions have one answer.
    """

    client_id: str
    attributes: tuple[tuple[str, Any], ...]


class UseKey(NamedTuple):
    """What policies see of a use: as `UseFacts`, without what none of them mentions."""

    operation: str
    item_type: str = ""
    item_id: str = ""
    subject: Properties = ()
    item: Properties = ()
    circumstances: Properties = ()


Key = tuple[ClientKey, str, tuple[Any, ...], tuple[Any, ...], UseKey | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mentioned:
    """Which facts some policies look at, and how finely; `words` are all names they use."""

    words: frozenset[str]
    people: bool
    clients: bool
    items: bool
    item_kinds: bool
    properties: bool
    client: tuple[str, ...]
    subject: tuple[tuple[str, Look], ...]
    request: tuple[tuple[str, Look], ...]

    @classmethod
    def of(cls, text: str, parsed: cedarpy.pst.PolicySet) -> "Mentioned":
        """What a text mentions; a fact that only a note or a string names does no harm.

        The text is as Cedar writes it: a name is a word of it, however it was written before.
        """
        looks, words = looks_of(parsed), frozenset(_WORD.findall(text))
        return cls(
            words=words,
            people="Person::" in text,
            clients="Client::" in text,
            items="Item::" in text,
            item_kinds=KIND.name in words,
            properties=not words.isdisjoint({"hasTag", "getTag"}),
            client=tuple(n for n in _CLIENT if n in words),
            subject=tuple((n, looks.get(f"subject.{n}")) for n in _SUBJECT if n in words),
            request=tuple((n, looks.get(f"request.{n}")) for n in _REQUEST if n in words),
        )

    def client_key(self, client: ClientFacts) -> ClientKey:
        """What is mentioned of a client."""
        return ClientKey(
            client_id=client.client_id if self.clients else _SOME_CLIENT,
            attributes=tuple([(name, getattr(client, name)) for name in self.client]),
        )

    def key(self, facts: Facts, client: ClientKey) -> Key:
        """The mentioned facts, as finely as they are looked at: Cedar's answer follows from it."""
        subject, request = facts.subject, facts.request
        return (
            client,
            subject.person_id if self.people else "",
            tuple([_seen(getattr(subject, name), look) for name, look in self.subject]),
            tuple([_seen(getattr(request, name), look) for name, look in self.request]),
            None if facts.use is None else self._use(facts.use),
        )

    def asked_of(self, policies: cedarpy.PolicySet, rules: Mapping[str, Rule]) -> "Asked":
        return Asked(policies=policies, rules=rules, look_at=self)

    def _use(self, use: UseFacts) -> UseKey:
        """What of a use is mentioned: items and their properties are told apart where one is."""
        kind = use.item_type if self.items or self.item_kinds else ""
        name = use.item_id if self.items else ""
        if not self.properties:
            return UseKey(use.operation, kind, name)
        return UseKey(use.operation, kind, name, use.subject, use.item, use.circumstances)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A parsed set of policies that can be asked."""

    policies: cedarpy.PolicySet
    rules: Mapping[str, Rule]
    look_at: Mentioned

    def ask(
        self,
        client: ClientKey,
        person_id: str,
        subject: tuple[Any, ...],
        request: tuple[Any, ...],
        use: UseKey | None,
    ) -> Answer:
        """Cedar's answer to what `Mentioned.key` gave."""
        context: dict[str, Any] = {
            "subject": _known(self.look_at.subject, subject),
            "request": _known(self.look_at.request, request),
        }
        resource, entities = ("Client", client.client_id), _client_entities(client)
        if use is not None:
            context["operation"] = {"__entity": _uid("Operation", use.operation)}
            resource = ("Item", item_name(use.item_type, use.item_id))
            entities = entities.with_added_json_str(self._use_entities(client, person_id, use))
        question = {
            "principal": _uid("Person", person_id),
            "action": _uid("Action", SIGN_IN if use is None else USE),
            "resource": _uid(*resource),
            "context": orjson.dumps(context, default=list).decode(),
        }
        result = cedarpy.is_authorized(question, self.policies, entities)
        return read_answer(result, self.rules)

    def _use_entities(self, client: ClientKey, person_id: str, use: UseKey) -> str:
        kind = {KIND.name: use.item_type} if self.look_at.item_kinds else {}
        return _entities(
            [
                _entity(_uid("Person", person_id), tags=_tags(use.subject)),
                _entity(
                    _uid("Item", item_name(use.item_type, use.item_id)),
                    parents=[_uid("Client", client.client_id)],
                    attrs={**kind, **dict(client.attributes)},
                    tags=_tags(use.item),
                ),
                _entity(_uid("Operation", use.operation), tags=_tags(use.circumstances)),
            ]
        )


def item_name(item_type: str, item_id: str) -> str:
    """How a policy names an item: `Item::"todo/7"`."""
    return f"{item_type}/{item_id}"


def _seen(value: Any, look: Look) -> Any:
    return value if look is None else look(value)


def _known(names: tuple[tuple[str, Look], ...], values: tuple[Any, ...]) -> dict[str, Any]:
    pairs = zip(names, values, strict=True)
    return {name[0]: value for name, value in pairs if value is not None}


def _uid(kind: str, name: str) -> dict[str, str]:
    return {"type": kind, "id": name}


def _entity(
    uid: Mapping[str, str], *, parents: Iterable[Mapping[str, str]] = (), **more: Any
) -> dict[str, Any]:
    return {"uid": uid, "attrs": {}, "parents": list(parents), **more}


def _tags(properties: Properties) -> dict[str, list[str]]:
    return {name: list(values) for name, values in properties}


def _entities(entities: list[dict[str, Any]]) -> str:
    return orjson.dumps(entities, default=sorted).decode()


@lru_cache(maxsize=_REMEMBERED_CLIENTS)
def _client_entities(client: ClientKey) -> cedarpy.Entities:
    entity = _entity(_uid("Client", client.client_id), attrs=dict(client.attributes))
    return cedarpy.Entities.from_json_str(_entities([entity]))
