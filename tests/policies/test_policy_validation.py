"""Validation tells an administrator what is wrong, in whose policy and on which line."""

import pytest

from policies.source import PolicySource, default_policies
from policies.validation import Problem, validate_policies


def policy(condition: str, *, annotations: str = '@id("x")', effect: str = "forbid") -> str:
    return f"{annotations}\n{effect} (principal, action, resource) when {{ {condition} }};"


def problems(text: str) -> tuple[Problem, ...]:
    return validate_policies(PolicySource(shared=text))


def test_default_policies_have_no_problem() -> None:
    assert validate_policies(default_policies()) == ()


def test_policies_about_every_fact_have_no_problem() -> None:
    text = policy(
        'context.subject.status == "active" && context.request.hour > 1 &&'
        " context.request.now_epoch > 1 && context.request.session_age_s > 1 &&"
        " context.subject has is_minor && context.subject.is_minor &&"
        ' context.request has network && context.request.network like "10.*" &&'
        " context.request has device_known && context.request.device_known &&"
        " resource.classification == resource.channel"
    )
    assert problems(text) == ()


@pytest.mark.parametrize(
    ("text", "code", "words"),
    [
        (policy('context.request.network == "a"'), "unguarded_fact", "ask `has` before using it"),
        (policy("resource.colour == 1"), "unknown_fact", "no fact named colour"),
        (policy("context.subject.shoe == 1"), "unknown_fact", "no fact named subject.shoe"),
        (policy('context.subject.ial == "2"'), "wrong_type", "compares a Long with a String"),
        (policy('context.subject.ial > "2"'), "wrong_type", "Long is needed where a String"),
        (
            '@id("x") permit (principal, action == Action::"fly", resource);',
            "unknown_action",
            'no action named "fly"',
        ),
        ('@id("x") permit (principal is Dog, action, resource);', "unknown_kind", "named Dog"),
        (
            '@id("x") permit (principal is Client, action, resource);',
            "never_applies",
            "can never apply",
        ),
        ('@id("x") permit (principal, action', "syntax", "is not finished"),
        (policy("context.subject.ial > && 2"), "syntax", "cannot stand here"),
        (policy("is_weekend(1)"), "syntax", "no function named is_weekend"),
        (policy("true", annotations='@id("x") @id("x")'), "syntax", "@id is written twice"),
        (policy("true", annotations=""), "unnamed", "needs a name"),
        (policy("true") + policy("false"), "duplicate_name", "another policy has this name"),
        (
            policy("true", annotations='@id("x") @reason("Not today!")'),
            "malformed_reason",
            "one word",
        ),
        (
            policy("true", annotations='@id("x") @obligation("dance")'),
            "malformed_obligation",
            'unknown obligation "dance"',
        ),
        (
            policy("true", annotations='@id("x") @obligation("step_up")'),
            "malformed_obligation",
            "a step-up needs @acr",
        ),
        (
            policy("true", annotations='@id("x") @obligation("step_up") @acr("ial3")'),
            "malformed_obligation",
            "a step-up needs @acr",
        ),
        (
            policy("true", annotations='@id("x") @acr("requested")'),
            "malformed_obligation",
            "only beside @obligation",
        ),
        (
            policy(
                "true",
                annotations='@id("x") @obligation("step_up") @acr("requested")',
                effect="permit",
            ),
            "malformed_obligation",
            "belongs on a forbid",
        ),
        (
            '@id("x") permit (principal == ?principal, action, resource);',
            "template",
            "are not used here",
        ),
        (policy('ip("a").isLoopback()'), "not_accepted", "`"),
    ],
)
def test_problem_says_what_to_mend(text: str, code: str, words: str) -> None:
    found = [each for each in problems(text) if each.code == code]
    assert len(found) == 1, problems(text)
    assert words in found[0].message
    assert "policy0" not in str(found[0])


def test_problem_names_the_line_when_policies_hold_comments_and_strings() -> None:
    text = (
        "// a first note; with a semicolon\n"
        + policy(
            'context.request has network && context.request.network == "a;\\"b"',
            annotations='@id("fine")',
        )
        + "\n\n// another\n"
        + policy("resource.colour == 1", annotations='@id("wrong")')
        + "\n// the end\n"
    )
    (problem,) = problems(text)
    assert (problem.line, problem.policy, problem.detail) == (7, "wrong", ("colour",))
    assert str(problem).startswith("line 7, policy wrong: no fact named colour; there are context.")


def test_problem_names_the_client_when_its_own_policies_are_wrong() -> None:
    source = PolicySource(
        shared=policy("true", annotations='@id("x")'),
        by_client={
            "tax": policy("false", annotations='@id("x")'),
            "museum": policy("false", annotations='@id("y")'),
            "library": policy("false", annotations='@id("y")') + "\n\nforbid",
        },
    )
    unfinished, twice = validate_policies(source)
    assert str(unfinished) == ("line 4, a policy of client library: the policy is not finished")
    assert (twice.code, twice.client_id) == ("duplicate_name", "tax")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (policy("context.subject.statsu == 1"), "did you mean status?"),
        (policy("context.request.session_age > 1"), "did you mean session_age_s?"),
        (policy("context.request.dance"), "session_age_s, requested_ial"),
        (policy("resource.departmnet == 1"), "did you mean department?"),
        ('@id("x") permit (principal, action == Action::"fly", resource);', "are sign_in, use"),
        ('@id("x") permit (principal is Persn, action, resource);', "did you mean Person?"),
        (policy("true", annotations='@id("x") @obligation("mask")'), '"mask_claims"'),
        (policy("context.frequest.hour == 1"), "context.request"),
        (policy('principal.getTag("owner").contains("a")'), 'ask `hasTag("owner")`'),
    ],
)
def test_problem_says_which_names_there_are(text: str, words: str) -> None:
    (problem,) = problems(text)
    assert words in problem.message


@pytest.mark.requirement("R2")
@pytest.mark.parametrize(
    ("condition", "words"),
    [
        ("context.request has netwrok", "no fact named request.netwrok (did you mean network?)"),
        ("context.subject has organization_role", "no fact named subject.organization_role"),
        ("resource has colour && resource.status == resource.channel", "no fact named colour"),
        ("principal has roles", "no fact named roles"),
        ("!(context has reqest)", "no fact named context.reqest"),
        ("context has request.netwrok", "no fact named request.netwrok"),
        ("if context.request has tine then true else false", "no fact named request.tine"),
        ('context.subject.status == "froozen"', 'is never "froozen" (did you mean frozen?)'),
        ('["web", "kisok"].contains(context.request.channel)', 'is never "kisok"'),
        ('"acive" == resource.status', 'status is never "acive" (did you mean active?)'),
        (
            'context.request has risk && context.request.risk.containsAny(["night", "new_devise"])',
            'request.risk is never "new_devise" (did you mean new_device?)',
        ),
        (
            'context.subject has population && context.subject.population != "martian"',
            "there are resident, hong_kong_macau",
        ),
    ],
)
def test_problem_is_told_when_a_policy_asks_for_what_can_never_be(
    condition: str, words: str
) -> None:
    """Cedar takes a misspelt guard for false: a forbid behind it would forbid nobody."""
    (problem,) = problems(policy(condition))
    assert (problem.code in {"unknown_fact", "unknown_value"}, words in problem.message) == (
        True,
        True,
    ), problem.message


@pytest.mark.parametrize(
    "condition",
    [
        "context has subject && context has request.network && context.request has risk",
        'resource has status && ["x"].contains(resource.classification)',
        'context.subject.status != "frozen" && "a" == "b" && context.request.hour == 3',
        'context.request has network && context.request.network == "10.1.1"',
        "resource.status == resource.channel && (if true then resource else resource) has status",
    ],
)
def test_no_problem_is_told_when_all_of_it_can_be(condition: str) -> None:
    assert problems(policy(condition)) == ()


@pytest.mark.parametrize(
    "condition",
    ['resource.kind == "todo" && resource has kind', 'context.operation == Operation::"paint"'],
)
def test_problem_says_where_a_fact_is_known(condition: str) -> None:
    (problem,) = problems(policy(condition))
    assert (problem.code, problem.message.partition(": ")[2]) == (
        "only_in_use",
        'write action == Action::"use"',
    )
    assert problems(policy(condition).replace("action,", 'action == Action::"use",')) == ()


def test_problem_names_the_line_of_the_fact_when_a_policy_has_several_lines() -> None:
    text = (
        '@id("x")\nforbid (principal, action, resource)\nwhen {\n  true &&\n  resource.colour\n};'
    )
    assert problems(text)[0].line == 5


@pytest.mark.parametrize(
    ("annotations", "words"),
    [
        ('@obligation("reverify") @within("0")', "whole minutes from 1"),
        ('@obligation("shorten_session") @minutes("soon")', "whole minutes from 1"),
        ('@obligation("shorten_session") @minutes("９")', "whole minutes from 1"),
        ('@obligation("mask_claims")', "names of claims"),
        ('@obligation("mask_claims") @claims("Phone!")', "names of claims"),
        ('@obligation("notify") @to("everybody")', '@to("person")'),
        ('@obligation("notify") @minutes("9") @to("person")', "only beside"),
    ],
)
def test_problem_is_told_when_an_obligation_is_malformed(annotations: str, words: str) -> None:
    (problem,) = problems(policy("true", annotations=f'@id("x") {annotations}'))
    assert (problem.code, words in problem.message) == ("malformed_obligation", True)


def test_source_is_refused_when_it_explodes_in_size() -> None:
    one = policy("true", annotations='@id("n")')
    (long,) = problems("// " + "x" * 300_000)
    assert (long.code, "262,144" in long.message) == ("too_long", True)
    (wide,) = problems(policy(" || ".join(["true"] * 3_000)))
    assert wide.code == "too_long"
    (many,) = problems(one * 1_001)
    assert (many.code, "1,001 policies" in many.message) == ("too_many", True)
    own = PolicySource(shared=one, by_client={"tax": one * 1_000})
    assert validate_policies(own)[0].code == "too_many"
    large = PolicySource(
        shared=policy("true", annotations="") * 60,
        by_client={"a": policy("true", annotations="") * 60, "b": ""},
    )
    assert len(validate_policies(large)) == 100
    assert problems(policy("-" * 130 + "context.request.hour > 1"))
    assert len(problems(policy("true", annotations="") * 300)) == 100


SAID = '@says_zh_hans("{0}") @says_zh_hant("{0}") @says_en("{0}")'


@pytest.mark.parametrize(
    ("annotations", "effect"),
    [
        ('@says_en("Closed.")', "forbid"),
        (SAID.format(""), "forbid"),
        (SAID.format("x" * 201), "forbid"),
        (SAID.format("two\\nlines"), "forbid"),
        (SAID.format("Welcome."), "permit"),
        (f'{SAID.format("Prove it.")} @obligation("step_up") @acr("requested")', "forbid"),
    ],
)
def test_problem_is_told_when_what_people_read_is_not_complete(
    annotations: str, effect: str
) -> None:
    (problem,) = problems(policy("true", annotations=f'@id("x") {annotations}', effect=effect))
    assert (problem.code, "@says_zh_hans" in problem.message) == ("malformed_saying", True)
