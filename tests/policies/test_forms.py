"""The structured form: each policy shown as fields, and the fields as the very same policy."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from policies.form_values import operators_of, type_of
from policies.forms import Condition, NotAForm, PolicyForm, form_of, read_text, write_text
from policies.source import PolicySource, cautious_policies, default_policies
from policies.validation import validate_policies
from policies.vocabulary import BY_KEY

WORDS = st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\r"), max_size=6)
ANY = "permit (principal, action, resource)"
TWICE_UNLESS = f"{ANY} unless {{ resource.channel == resource.status }} unless {{ true }};"
WITH_UNKNOWN = f"{ANY} when {{ resource.status == context.request.network }};"
OBLIGED = {
    "step_up": "client_minimum",
    "reverify": "15",
    "mask_claims": "phone_number",
    "shorten_session": "30",
    "notify": "person",
}


def test_shipped_policies_are_shown_as_forms_and_written_back_as_the_same() -> None:
    blocks = read_text(cautious_policies().shared)
    assert write_text(blocks).startswith(write_text(read_text(default_policies().shared)))
    assert all(block.form for block in blocks)
    for block in blocks:
        assert block.form is not None
        assert form_of(block.form.text()) == block.form
    assert [b.form for b in read_text(write_text(blocks))] == [b.form for b in blocks]


def _values(key: str, operator: str) -> Any:
    kind = type_of(key)
    one: Any = {"Long": st.integers(-5, 10**9), "Bool": st.booleans()}.get(kind, WORDS)
    if key in BY_KEY and BY_KEY[key].values and operator != "begins_with":
        one = st.sampled_from(BY_KEY[key].values)
    if operator in {"is_known", "is_unknown"}:
        return st.just(())
    if operator in {"one_of", "contains_any", "contains_all"}:
        return st.lists(one, min_size=1, max_size=3).map(tuple)
    return one.map(lambda value: (value,))


KEYS = st.sampled_from([*BY_KEY, "operation", "item.owner", "person.roles", "circumstance.soft"])
CONDITIONS = KEYS.flatmap(
    lambda key: st.sampled_from(operators_of(key)).flatmap(
        lambda operator: st.builds(
            Condition, fact=st.just(key), operator=st.just(operator), values=_values(key, operator)
        )
    )
)
FORMS = st.builds(
    PolicyForm,
    name=st.text(alphabet="abc-", min_size=1, max_size=8),
    effect=st.sampled_from(["permit", "refuse"]),
    actions=st.just(("use",)),
    when=st.lists(CONDITIONS, max_size=4).map(tuple),
    unless=st.lists(CONDITIONS, max_size=3).map(tuple),
)


@settings(max_examples=40, deadline=None)
@given(form=FORMS)
@pytest.mark.slow
def test_form_is_the_same_when_written_and_read(form: PolicyForm) -> None:
    assert form_of(form.text()) == form


@settings(max_examples=40, deadline=None)
@given(form=FORMS)
def test_form_makes_a_policy_without_problems(form: PolicyForm) -> None:
    assert validate_policies(PolicySource(shared=form.text())) == ()


@pytest.mark.parametrize(("effect", "parameter"), OBLIGED.items())
def test_obligation_is_the_same_when_written_and_read(effect: Any, parameter: str) -> None:
    form = PolicyForm(name="x", effect=effect, parameter=parameter, actions=("sign_in",))
    assert form_of(form.text()) == form
    assert validate_policies(PolicySource(shared=form.text())) == ()


@pytest.mark.parametrize("parameter", ["15", "15 passkey card", "passkey"])
def test_ways_to_sign_in_anew_stand_beside_the_minutes(parameter: str) -> None:
    form = PolicyForm(name="x", effect="reverify", parameter=parameter)
    assert form_of(form.text()) == form
    assert validate_policies(PolicySource(shared=form.text())) == ()
    assert ("@by" in form.text(), "@within" in form.text()) == (
        "passkey" in parameter,
        "15" in parameter,
    )


@pytest.mark.parametrize(
    "parameters", ['@by("")', '@by("5")', '@within("soon")', '@within("soon") @by("sms")']
)
def test_obligation_stays_text_when_its_parameters_are_none(parameters: str) -> None:
    text = f'@id("x") @obligation("reverify") {parameters} forbid (principal, action, resource);'
    with pytest.raises(NotAForm, match="obligation is none"):
        form_of(text)


def test_words_for_people_are_fields_of_a_refusal() -> None:
    said = ("夜间不开放，“早上”再来。", "夜間不開放。", 'Closed at "night".')
    form = PolicyForm(name="x", effect="refuse", reason="closed", sayings=said)
    assert form_of(form.text()) == form
    assert validate_policies(PolicySource(shared=form.text())) == ()
    step_up = form.text().replace('@reason("closed")', '@obligation("step_up") @acr("requested")')
    with pytest.raises(NotAForm, match="no place for @says"):
        form_of(step_up)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("permit (principal", "not a policy yet"),
        ("permit (principal == ?principal, action, resource);", "template"),
        ('permit (principal == Person::"a", action, resource);', "names a person"),
        ("permit (principal, action, resource) when { 1 + 1 == 2 };", "not a plain comparison"),
        ("permit (principal, action, resource) when { true || false };", "not a plain"),
        ("permit (principal, action, resource) when { !(1 == 1) };", "cannot deny"),
        ('permit (principal, action, resource) when { resource.status like "*a" };', "end in *"),
        ("permit (principal, action, resource) unless {true} unless {false};", "not a plain"),
        (TWICE_UNLESS, "several `unless`"),
        ('@advice("x") permit (principal, action, resource);', "no place for @advice"),
        ('@obligation("dance") forbid (principal, action, resource);', "is none"),
        ('permit (principal, action == Action::"fly", resource);', "no action named fly"),
        (f"{ANY} when {{ context.request has device.id }};", "not a plain"),
        (f"{ANY} when {{ resource.status }};", "not a plain"),
        (f"{ANY} when {{ 1 == resource.minimum_ial }};", "not a plain"),
        (f"{ANY} when {{ context.request has device && resource.hasTag(resource.kind) }};", "not"),
        ("permit (principal, action, resource) when { resource.status == {} };", "a plain value"),
        (WITH_UNKNOWN, "may be unknown"),
    ],
)
def test_policy_stays_text_when_it_says_more_than_the_form(text: str, words: str) -> None:
    (block,) = read_text(text)
    assert block.form is None
    assert words in block.why_not


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        (Condition(fact="subject.ial", operator="contains", values=("a",)), "cannot be compared"),
        (Condition(fact="subject.ial", operator="is", values=("2",)), "with a Long"),
        (Condition(fact="subject.ial", operator="is", values=(True,)), "with a Long"),
        (Condition(fact="subject.status", operator="is", values=("a", "b")), "with one value"),
        (Condition(fact="subject.shoe", operator="is", values=("a",)), "no fact named"),
        (Condition(fact="item.", operator="contains", values=("a",)), "no fact named"),
    ],
)
def test_form_is_refused_when_a_condition_cannot_be_made(condition: Condition, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        PolicyForm(name="x", effect="permit", when=(condition,)).text()


def test_form_is_refused_when_it_speaks_of_no_action() -> None:
    with pytest.raises(NotAForm):
        PolicyForm(name="x", effect="permit", actions=()).text()


def test_notes_stay_when_a_policy_is_edited_in_the_form() -> None:
    text = '// why we need it\n\n@id("a")\npermit (principal, action, resource);\n'
    (block,) = read_text(text)
    assert block.form is not None
    edited = block.with_form(PolicyForm(name="b", effect="refuse"))
    assert edited.text.startswith("// why we need it\n")
    assert '@id("b")' in edited.text
    assert read_text(write_text([edited]))[0].form == edited.form
    assert write_text(read_text("\n// only a note")) == "// only a note\n"
    assert read_text('permit (principal, action in [Action::"use"], resource);')[0].form


def test_every_comparison_is_the_same_when_written_and_read() -> None:
    when = (
        Condition(fact="operation", operator="one_of", values=("read", "write")),
        Condition(fact="operation", operator="is", values=("read",)),
        Condition(fact="subject.is_minor", operator="is", values=(False,)),
        Condition(fact="subject.is_minor", operator="is", values=(True,)),
        Condition(fact="subject.is_minor", operator="is_known"),
        Condition(fact="request.device", operator="is_unknown"),
        Condition(fact="request.network", operator="begins_with", values=('1*"\\\n',)),
        Condition(fact="request.channel", operator="one_of", values=("web", "app")),
        Condition(fact="item.owner", operator="contains_any", values=("a", "b")),
        Condition(fact="person.roles", operator="contains_all", other="client.allowed_channels"),
        Condition(fact="client.minimum_ial", operator="at_most", other="subject.ial"),
    )
    form = PolicyForm(name="all", effect="permit", actions=("use",), when=when)
    assert form_of(form.text()) == form
    assert validate_policies(PolicySource(shared=form.text())) == ()


def test_notes_after_the_last_policy_stay_when_another_is_changed() -> None:
    text = '@id("a")\npermit (principal, action, resource);\n\n// until the summer\n'
    first, note = read_text(text)
    assert (note.form, note.line) == (None, 4)
    assert first.form is not None
    changed = write_text([first.with_form(replace(first.form, name="b")), note])
    assert changed == text.replace('"a"', '"b"')
