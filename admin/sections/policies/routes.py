"""The addresses of policies and decisions, with the rule for each.

System administrators propose, security administrators decide; audit and supervisors read, and a
department reads what is its own clients'.
"""

from typing import Final

from admin.access import EVERYONE, SECURITY, SYSTEM, Route, Rule
from admin.sections import decisions
from admin.sections.policies import drafts, proposals, replays, sets, versions, what_if
from idp.staff.roles import Role

_CITY: Final = frozenset({Role.SYSTEM, Role.SECURITY, Role.AUDIT, Role.SUPERVISOR})
_REPLAYERS: Final = SYSTEM | SECURITY
_OF_A_DRAFT: Final = "policies/drafts/<uuid:draft_id>"
_OF_A_PROPOSAL: Final = "policies/proposals/<uuid:proposal_id>"
_READ: Final = Rule(reads=EVERYONE)
_READ_CITYWIDE: Final = Rule(reads=_CITY)
_EDIT: Final = Rule(reads=SYSTEM, writes=SYSTEM)
_DECIDE: Final = Rule(writes=SECURITY, asks_again=True)

POLICY_ROUTES: Final = (
    Route("policies", "console-policies", sets.policies, _READ, "policies"),
    Route("policies/shared", "console-policies-shared", sets.shared, _READ_CITYWIDE),
    Route("policies/of/<str:client_id>", "console-policies-client", sets.of_client, _READ),
    Route("policies/versions", "console-policy-versions", versions.versions, _READ),
    Route("policies/versions/<int:number>", "console-policy-version", versions.version, _READ),
    Route(
        "policies/versions/<int:number>/rollback",
        "console-policy-rollback",
        versions.rollback,
        Rule(writes=SYSTEM, asks_again=True),
    ),
    Route(
        "policies/versions/<int:number>/review",
        "console-policy-review",
        versions.review,
        _DECIDE,
    ),
    Route(
        "policies/drafts",
        "console-policy-draft-begin",
        drafts.begin,
        Rule(writes=SYSTEM),
    ),
    Route(_OF_A_DRAFT, "console-policy-draft", drafts.rules, _EDIT),
    Route(f"{_OF_A_DRAFT}/text", "console-policy-draft-text", drafts.text, _EDIT),
    Route(
        f"{_OF_A_DRAFT}/propose",
        "console-policy-propose",
        proposals.propose,
        Rule(reads=SYSTEM, writes=SYSTEM, asks_again=True),
    ),
    Route(
        f"{_OF_A_DRAFT}/discard",
        "console-policy-draft-discard",
        drafts.discard,
        Rule(writes=SYSTEM),
    ),
    Route(
        "policies/proposals",
        "console-policy-proposals",
        proposals.proposals,
        _READ_CITYWIDE,
    ),
    Route(_OF_A_PROPOSAL, "console-policy-proposal", proposals.proposal, _READ_CITYWIDE),
    Route(f"{_OF_A_PROPOSAL}/approve", "console-policy-approve", proposals.approve, _DECIDE),
    Route(f"{_OF_A_PROPOSAL}/reject", "console-policy-reject", proposals.reject, _DECIDE),
    Route(
        f"{_OF_A_PROPOSAL}/withdraw",
        "console-policy-withdraw",
        proposals.withdraw,
        Rule(writes=SYSTEM),
    ),
    Route("policies/what-if", "console-policy-what-if", what_if.what_if, _READ),
    Route(
        "policies/replays",
        "console-policy-replays",
        replays.replays,
        Rule(reads=_CITY, writes=_REPLAYERS),
    ),
    Route(
        "policies/replays/<uuid:replay_id>",
        "console-policy-replay",
        replays.replay,
        _READ_CITYWIDE,
    ),
    Route(
        "policies/replays/<uuid:replay_id>/cancel",
        "console-policy-replay-cancel",
        replays.cancel,
        Rule(writes=_REPLAYERS),
    ),
)
DECISION_ROUTES: Final = (
    Route("decisions", "console-decisions", decisions.decisions, _READ, "decisions"),
    Route("decisions/<int:number>", "console-decision", decisions.decision, _READ),
)
