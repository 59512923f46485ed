"""Replays: ordered here, carried out by the worker, watched while they run, cancelled, read.

A page that waits asks for itself again, without any script.
"""

from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.http import Http404, HttpResponse
from django.utils.translation import gettext_lazy as _

from admin.console import Asked, Console
from admin.gate import see_other
from admin.listing import Cell, Column, Listing, moment
from admin.names import Names
from admin.pages import render
from admin.sections.policies.candidates import candidate_name, choices, find_candidate
from admin.sections.policies.values import CHANNELS, POPULATIONS
from admin.sections.policies.words import OUTCOME_TONES, OUTCOMES
from idp.journey.access import replays as kept
from idp.journey.access.replays import LONGEST_DAYS, MEANINGS, Order, Replay, TooManyReplays
from idp.staff.roles import Role
from policies.engine import Engine
from policies.replay import Effect

ASKED_AGAIN: Final = 2
"""Seconds after which a page that waits looks again."""
DAYS: Final = 7
STATES: Final = {
    kept.WAITING: (_("waits for a worker"), "wait"),
    kept.RUNNING: (_("running"), "wait"),
    kept.DONE: (_("done"), "good"),
    kept.CANCELLED: (_("cancelled"), "off"),
    kept.FAILED: (_("the draft cannot be read"), "bad"),
}
MEANING_NAMES: Final = {
    "newly_refused": (_("newly refused"), "bad"),
    "newly_stepped_up": (_("newly asked for a higher level"), "wait"),
    "let_in": (_("newly let in"), "good"),
}


def replays(console: Console, asked: Asked) -> HttpResponse:
    """List the replays with a form for another; order one."""
    if asked.request.method == "POST":
        return _order(console, asked)
    return _list_page(console, asked, {})


def replay(console: Console, asked: Asked, replay_id: UUID) -> HttpResponse:
    """Show how far a replay has come and what it found, or export that."""
    found = _found(console, replay_id)
    if asked.request.GET.get("format") == "csv":
        return EFFECTS.export(asked.request, found.effects, name="replay")
    state, tone = STATES[found.state]
    context = {
        "section": "policies",
        "found": found,
        "state": state,
        "tone": tone,
        "name": candidate_name(console, found.candidate),
        "candidate": find_candidate(console, asked, found.candidate),
        "author": Names(console.staff.accounts)(found.author),
        "totals": totals_of(found),
        "list": EFFECTS.answer(asked.request, found.effects),
        "hidden": max(0, found.groups - len(found.effects)),
        "examples": _examples(found)
        if asked.member.role in {Role.SECURITY, Role.SUPERVISOR}
        else [],
        "may_cancel": found.is_live and _may_order(asked),
    }
    response = render(console, asked, "policy_replay", context)
    if found.is_live:
        response["Refresh"] = str(ASKED_AGAIN)
    return response


def cancel(console: Console, asked: Asked, replay_id: UUID) -> HttpResponse:
    """Stop a replay; what it has found so far stays."""
    found = _found(console, replay_id)
    console.policies.replays.cancel(found.id, by=asked.operator)
    return see_other(replay_url(found))


def replay_url(found: Replay) -> str:
    return f"/console/policies/replays/{found.id}"


def replays_of(
    console: Console, candidate: str, *, since: datetime | None = None
) -> list[dict[str, Any]]:
    """The last replays of a candidate, for its page; those before `since` told another text."""
    return [
        {
            "replay": each,
            "url": replay_url(each),
            "state": STATES[each.state][0],
            "tone": STATES[each.state][1],
            "totals": totals_of(each),
            "is_old": since is not None and each.created_at < since,
        }
        for each in console.policies.replays.recent(candidate=candidate, limit=3)
    ]


def totals_of(found: Replay) -> list[tuple[Any, str, int]]:
    return [(*MEANING_NAMES[means], found.totals.get(means, 0)) for means in MEANINGS]


def _order(console: Console, asked: Asked) -> HttpResponse:
    posted = asked.request.POST
    candidate = find_candidate(console, asked, posted.get("of", ""))
    if candidate is None:
        raise Http404
    days = posted.get("days", "")
    is_number = days.isascii() and days.isdigit() and len(days) < 4
    is_number = is_number and 1 <= int(days) <= LONGEST_DAYS
    error: Any = None if is_number else _("Choose 1 to 90 days.")
    if not error:
        try:
            Engine(candidate.source)
            ordered = console.policies.replays.order(
                Order(
                    candidate=candidate.key,
                    texts=candidate.texts,
                    days=int(days),
                    author=asked.operator,
                )
            )
        except TooManyReplays:
            error = _("Enough replays run already. Cancel one, or wait for it.")
        except ValueError:
            error = _("This draft cannot be read yet: mend its mistakes first.")
        else:
            return see_other(replay_url(ordered))
    return _list_page(console, asked, {"error": error, "of": candidate.key}, status=400)


def _list_page(
    console: Console, asked: Asked, context: dict[str, Any], *, status: int = 200
) -> HttpResponse:
    names = Names(console.staff.accounts)
    values = [
        {
            "replay": each,
            "name": candidate_name(console, each.candidate),
            "author": names(each.author),
        }
        for each in console.policies.replays.recent()
    ]
    if asked.request.GET.get("format") == "csv":
        return REPLAYS.export(asked.request, values, name="replays")
    words = {
        "section": "policies",
        "list": REPLAYS.answer(asked.request, values),
        "choices": choices(console, asked),
        "of": asked.request.GET.get("of", ""),
        "days": DAYS,
        "longest": LONGEST_DAYS,
        "may_order": _may_order(asked),
        **context,
    }
    return render(console, asked, "policy_replays", words, status=status)


def _may_order(asked: Asked) -> bool:
    return asked.member.role in {Role.SYSTEM, Role.SECURITY}


def _found(console: Console, replay_id: UUID) -> Replay:
    found = console.policies.replays.find(replay_id)
    if found is None:
        raise Http404
    return found


def _examples(found: Replay) -> list[str]:
    """Some of the people it would touch most, for those who may look them up."""
    people = [person for each in found.effects[:5] for person in each.examples]
    return list(dict.fromkeys(people))[:10]


def _replay_cells(each: dict[str, Any]) -> list[Cell]:
    found: Replay = each["replay"]
    state, tone = STATES[found.state]
    counts = [found.totals.get(means, 0) for means in MEANINGS]
    return [
        Cell(each["name"], url=replay_url(found)),
        Cell(state, tone=f"state {tone}"),
        Cell(moment(found.created_at), tone="figure"),
        Cell(found.days, tone="figure"),
        Cell(found.done, tone="figure"),
        *(Cell(count, tone="figure") for count in counts),
        Cell(each["author"]),
    ]


REPLAYS: Final = Listing(
    columns=(
        Column("name", _("What was replayed"), lambda each: each["name"]),
        Column("state", _("State"), lambda each: each["replay"].state),
        Column("at", _("Ordered"), lambda each: each["replay"].created_at),
        Column("days", _("Days"), lambda each: each["replay"].days),
        Column("done", _("Decisions"), lambda each: each["replay"].done),
        *(Column(means, MEANING_NAMES[means][0]) for means in MEANINGS),
        Column("author", _("By whom"), lambda each: each["author"]),
    ),
    cells=_replay_cells,
    words=lambda each: f"{each['name']} {each['author']}",
    default_sort="-at",
)


def _effect_cells(effect: Effect) -> list[Cell]:
    group = effect.group
    name, tone = MEANING_NAMES[effect.means]
    return [
        Cell(name, tone=f"state {tone}"),
        Cell(group.client_id, tone="code"),
        Cell(POPULATIONS.get(group.population, group.population)),
        Cell(CHANNELS.get(group.channel, group.channel)),
        Cell(OUTCOMES[group.before], tone=f"state {OUTCOME_TONES[group.before]}"),
        Cell(OUTCOMES[group.after], tone=f"state {OUTCOME_TONES[group.after]}"),
        Cell(effect.decisions, tone="figure"),
        Cell(effect.people, tone="figure"),
        Cell(", ".join(effect.policies) or _("no policy permits it")),
    ]


EFFECTS: Final = Listing(
    columns=(
        Column("means", _("What would change"), lambda each: each.means),
        Column("client", _("Client"), lambda each: each.group.client_id),
        Column("population", _("Kind of person"), lambda each: each.group.population),
        Column("channel", _("Channel"), lambda each: each.group.channel),
        Column("before", _("Decided then"), lambda each: each.group.before),
        Column("after", _("By the draft"), lambda each: each.group.after),
        Column("decisions", _("Number of decisions"), lambda each: each.decisions),
        Column("people", _("People"), lambda each: each.people),
        Column("policies", _("Deciding policies")),
    ),
    cells=_effect_cells,
    words=lambda each: " ".join((each.group.client_id, each.group.channel, *each.policies)),
    default_sort="-decisions",
)
