"""Drafts of a set: edited as a form or as text, each showing the other, kept at every step."""

import re
from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from django.http import Http404, HttpResponse, QueryDict
from django.utils.translation import gettext_lazy as _

from admin.console import Asked, Console
from admin.gate import see_other
from admin.names import Names
from admin.pages import render
from admin.sections.policies.mistakes import problem_shown
from admin.sections.policies.rule_form import Fields, Mistyped, fits
from admin.sections.policies.scope import require_seen
from admin.sections.policies.sets import rules_shown, set_name
from admin.sections.policies.words import diff_shown
from idp.journey.access.city_policies import source_of
from idp.journey.access.drafts import DraftChanged, DraftTooLong, KeptDraft, text_of
from idp.journey.access.versions import changed, difference, find, in_force
from policies.forms import Block, read_text, write_text
from policies.validation import Problem, validate_policies

NEW: Final = "new"
_NAME: Final = re.compile(r'@id\("([^"\\]*)"\)')
_TOO_LONG: Final = _("It is longer than any policies may be.")


def begin(console: Console, asked: Asked) -> HttpResponse:
    """Begin a draft of a set, from what is in force."""
    owner = asked.request.POST.get("owner", "")
    if not owner:
        raise Http404
    require_seen(console, asked, owner, known=in_force().texts)
    draft = console.policies.drafts.begin(owner, author=asked.operator)
    return see_other(draft_url(draft))


def rules(console: Console, asked: Asked, draft_id: UUID) -> HttpResponse:
    """Edit a draft policy by policy."""
    draft = found_draft(console, draft_id)
    if asked.request.method == "POST":
        return _save_rule(console, asked, draft)
    opened = asked.request.GET.get("open", "")
    return _rules_page(console, asked, draft, {"editing": _editing(draft, opened)})


def text(console: Console, asked: Asked, draft_id: UUID) -> HttpResponse:
    """Edit a draft as Cedar text."""
    draft = found_draft(console, draft_id)
    if asked.request.method != "POST":
        return _text_page(console, asked, draft, draft.text, {})
    typed = asked.request.POST.get("text", "").replace("\r\n", "\n")
    try:
        saved = console.policies.drafts.save(draft.id, typed, revision=_revision(asked))
    except DraftChanged as conflict:
        return _text_page(console, asked, conflict.now, typed, _conflict(conflict.now, typed), 409)
    except DraftTooLong:
        return _text_page(console, asked, draft, typed, {"error": _TOO_LONG}, 400)
    if saved is None:
        raise Http404
    return _text_page(console, asked, saved, saved.text, {"is_saved": True})


def discard(console: Console, _asked: Asked, draft_id: UUID) -> HttpResponse:
    """Throw a draft away."""
    console.policies.drafts.discard(found_draft(console, draft_id).id)
    return see_other("/console/policies")


def found_draft(console: Console, draft_id: UUID) -> KeptDraft:
    found = console.policies.drafts.find(draft_id)
    if found is None:
        raise Http404
    return found


def draft_url(draft: KeptDraft) -> str:
    return f"/console/policies/drafts/{draft.id}"


def frame(console: Console, draft: KeptDraft, tab: str) -> dict[str, Any]:
    """What every page of a draft shows: whose it is, what is wrong, what changed meanwhile."""
    base = in_force()
    former = find(draft.base) or base
    is_stale = text_of(former, draft.owner) != text_of(base, draft.owner)
    return {
        "section": "policies",
        "draft": draft,
        "tab": tab,
        "tabs": _tabs(draft),
        "name": set_name(console, draft.owner),
        "author": Names(console.staff.accounts)(draft.author),
        "problems": [problem_shown(each) for each in problems_of(draft)],
        "newer": base if is_stale else None,
        "newer_diff": diff_shown(difference(former.texts, base.texts)) if is_stale else [],
        "candidate": f"draft:{draft.id}",
    }


def problems_of(draft: KeptDraft) -> tuple[Problem, ...]:
    """What is wrong with it or with the other sets in force: any of it keeps a change away."""
    return validate_policies(source_of(changed(in_force(), draft.texts)))


def _tabs(draft: KeptDraft) -> list[tuple[str, Any, str]]:
    url = draft_url(draft)
    return [
        ("rules", _("Form"), url),
        ("text", _("Text"), f"{url}/text"),
        ("propose", _("Difference and proposal"), f"{url}/propose"),
    ]


def _save_rule(console: Console, asked: Asked, draft: KeptDraft) -> HttpResponse:
    posted, said = asked.request.POST, dict[str, Any]()
    try:
        if _revision(asked) != draft.revision:
            raise DraftChanged(draft)
        wanted = write_text(_changed(draft, posted))
        saved = console.policies.drafts.save(draft.id, wanted, revision=_revision(asked))
    except Mistyped as mistake:
        said = {"editing": _sent(posted), "mistakes": mistake.said}
    except DraftChanged as conflict:
        words = {"editing": _sent(posted, now=conflict.now), **_conflict(conflict.now, "")}
        return _rules_page(console, asked, conflict.now, words, 409)
    except DraftTooLong:
        said = {"editing": _sent(posted), "error": _TOO_LONG}
    if said:
        return _rules_page(console, asked, draft, said, 400)
    if saved is None:
        raise Http404
    return see_other(f"{draft_url(draft)}?saved=1")


def _changed(draft: KeptDraft, posted: QueryDict) -> list[Block]:
    """The policies of a draft with one written, added or removed.

    Raises:
        Mistyped: the fields make no policy.
    """
    blocks = list(read_text(draft.text))
    which = posted.get("index", "")
    place = len(blocks) if which == NEW else _place(which, blocks)
    if place is None:
        raise Http404
    what, typed = posted.get("do", ""), posted.get("text", "")
    if what == "remove":
        del blocks[place : place + 1]
    elif what == "write":  # as text: what the form has no place for
        blocks[place : place + 1] = read_text(typed.replace("\r\n", "\n"))
    elif place < len(blocks):
        blocks[place] = blocks[place].with_form(Fields.of_post(posted).form())
    else:
        form = Fields.of_post(posted).form()
        blocks.append(Block(text=form.text(), line=0, form=form))
    return blocks


def _place(which: str, blocks: Sequence[Block]) -> int | None:
    is_number = which.isascii() and which.isdigit() and len(which) < 6
    return int(which) if is_number and int(which) < len(blocks) else None


def _editing(draft: KeptDraft, opened: str) -> dict[str, Any] | None:
    """The one policy that stands open."""
    if opened == NEW:
        return {"index": NEW, "was": "", "rule": Fields().shown()}
    blocks = read_text(draft.text)
    place = _place(opened, blocks)
    if place is None:
        return None
    block = blocks[place]
    shown: dict[str, Any] = {"index": opened, "was": _name_of(block)}
    if block.form is None or not fits(block.form):
        return {**shown, "text": block.text}
    return {**shown, "rule": Fields.of_form(block.form).shown()}


def _sent(posted: QueryDict, *, now: KeptDraft | None = None) -> dict[str, Any]:
    """What was sent, to be shown again: at its place in a draft that was changed meanwhile."""
    was = posted.get("was", "")
    shown: dict[str, Any] = {"index": posted.get("index", ""), "was": was}
    if now is not None:
        names = [_name_of(each) for each in read_text(now.text)]
        shown["index"] = names.index(was) if was and was in names else NEW
    if "text" in posted:
        return {**shown, "text": posted["text"]}
    return {**shown, "rule": Fields.of_post(posted).shown()}


def _name_of(block: Block) -> str:
    """By which a policy is found again, wherever it stands by then."""
    if block.form is not None:
        return block.form.name
    found = _NAME.search(block.text)
    return found[1] if found else ""


def _revision(asked: Asked) -> int:
    given = asked.request.POST.get("revision", "")
    return int(given) if given.isascii() and given.isdigit() and len(given) < 9 else -1


def _conflict(now: KeptDraft, typed: str) -> dict[str, Any]:
    """Both texts, line by line, so that nobody's work is lost."""
    if not typed:
        return {"is_changed": True}
    between = difference({now.owner: now.text}, {now.owner: typed})
    return {"is_changed": True, "between": diff_shown(between)}


def _rules_page(
    console: Console, asked: Asked, draft: KeptDraft, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    words = {
        **frame(console, draft, "rules"),
        "rules": rules_shown(draft.text),
        "is_saved": "saved" in asked.request.GET,
        **context,
    }
    return render(console, asked, "policy_draft_rules", words, status=status)


def _text_page(
    console: Console,
    asked: Asked,
    draft: KeptDraft,
    typed: str,
    context: dict[str, Any],
    status: int = 200,
) -> HttpResponse:
    words = {
        **frame(console, draft, "text"),
        "typed": typed,
        "lines": max(12, min(40, typed.count("\n") + 2)),
        "only_text": [
            (each["line"], each["why_not"])
            for each in rules_shown(typed)
            if each.get("why_not") and not each.get("is_note")
        ],
        **context,
    }
    return render(console, asked, "policy_draft_text", words, status=status)
