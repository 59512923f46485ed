"""Before and around the console: sign-in, second factor, confirming, one-time links, language.

What proves somebody is judged by the staff's room; here it is only asked for.
"""

from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

import segno
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from admin.console import Asked, Console
from admin.gate import HOME, SIGN_IN, next_of, see_other, set_cookie, signed_in
from admin.pages import LANGUAGES, ROLE_NAMES, render_outside
from idp.journey.access.console_entry import Entering, EntryRefused, EntryTerms
from idp.journey.cookies import DEVICE_MAX_AGE
from idp.staff.accounts import NotAccepted
from idp.staff.enrolment import Filled, Invitation, LinkSpent
from idp.staff.sessions import AccountShut
from idp.staff.signing_in import PENDING_TTL, Half, Proven, Refused, SignInRefused
from idp.subjects.authenticators.kinds import Kind, NotTaken
from idp.subjects.authenticators.totp import provisioning_uri
from idp.subjects.passwords import PasswordUnacceptable

SECOND: Final = "/console/second-factor"
REFUSALS: Final = {
    Refused.WRONG: _("That did not let you in. Check what you typed and try again."),
    Refused.LOCKED: _(
        "This account is locked for 30 minutes after several wrong tries. A security "
        "administrator can unlock it."
    ),
    Refused.UNAVAILABLE: _("The staff directory does not answer. Try again in a minute."),
    Refused.NO_SECOND_FACTOR: _(
        "This account has no second factor yet. Ask a security administrator for a one-time link."
    ),
    Refused.EXPIRED: _("That took too long. Begin again."),
}
KEPT_OUT: Final = _(
    "The city's policies do not let you into the console now or from here. If you need to get in,"
    " speak to a security administrator."
)
STRONGER: Final = _(
    "The city's policies ask for a stronger second factor. Sign in again with your passkey or"
    " your certificate."
)
MISTAKES: Final = {
    "username": _("A user name is 2 to 64 letters, digits, dots or hyphens."),
    "username_taken": _("This user name is taken."),
    "member_taken": _("This staff number has an account already: one person holds one role."),
    "name": _("Enter your name."),
    "staff_number": _("A staff number is 3 to 40 letters, digits or hyphens."),
    "directory_unavailable": _("The staff directory does not answer. Try again in a minute."),
    "directory_password": _("The directory does not know this user name and password."),
    "directory_role": _("The directory's groups do not give you this role."),
    "short": _("Choose a password of at least 15 characters."),
    "long": _("Choose a password of at most 128 characters."),
    "common": _("This password is too easy to guess."),
    "factor": _("The second factor was not accepted. Try again."),
}


def sign_in(console: Console, request: HttpRequest) -> HttpResponse:
    """Ask for user name and password."""
    if request.method != "POST":
        if signed_in(console, request):
            return see_other(HOME)
        return _sign_in_page(console, request, {})
    username = request.POST.get("username", "")
    try:
        half = console.staff.signing_in.first(username, request.POST.get("password", ""))
    except SignInRefused as refusal:
        error = REFUSALS[refusal.reason]
        return _sign_in_page(console, request, {"error": error, "username": username})
    response = see_other(_leading_on(SECOND, request))
    set_cookie(console, response, _half_cookie(console), half.token)
    response.cookies[_half_cookie(console)]["max-age"] = PENDING_TTL
    return response


def second_factor(console: Console, request: HttpRequest) -> HttpResponse:
    """Ask for the second factor of somebody whose password was right."""
    try:
        half = console.staff.signing_in.half(request.COOKIES.get(_half_cookie(console), ""))
    except SignInRefused:
        return see_other(_leading_on(SIGN_IN, request))
    if request.method != "POST":
        return _second_page(console, request, half, {})
    kind, answer = _shown(console, request)
    try:
        proven = console.staff.signing_in.second(half, kind, answer)
        terms = _terms(console, request, proven)
    except SignInRefused as refusal:
        return _second_page(console, request, half, {"error": REFUSALS[refusal.reason]})
    except EntryRefused as refusal:
        return _kept_out(console, request, refusal)
    if previous := signed_in(console, request):
        console.staff.sessions.end(previous.id, reason="signed_in_anew")
    try:
        _signed, secret = console.staff.sessions.start(proven.member, kind, at_most=terms.minutes)
    except AccountShut:
        return see_other(_leading_on(SIGN_IN, request))
    response = see_other(next_of(request))
    set_cookie(console, response, console.cookie, secret)
    set_cookie(console, response, _half_cookie(console), "")
    return response


def confirm(console: Console, asked: Asked) -> HttpResponse:
    """Ask for the second factor again, before something dangerous."""
    bound_to = f"console:confirm:{asked.signed.id}"
    half = Half(
        token="",
        member=asked.member,
        kinds=console.staff.factors.held(asked.member.id, asked.member.role),
    )
    if asked.request.method != "POST":
        return _confirm_page(console, asked, half, bound_to, {})
    kind, answer = _shown(console, asked.request)
    try:
        proven = console.staff.signing_in.prove(asked.member, kind, answer, bound_to=bound_to)
        terms = _terms(console, asked.request, proven)
    except EntryRefused as refusal:
        console.staff.sessions.end(asked.signed.id, reason="policies")
        return _kept_out(console, asked.request, refusal)
    except SignInRefused as refusal:
        if refusal.reason is Refused.LOCKED:
            console.staff.sessions.end_all(asked.member.id, reason="locked")
            return see_other(SIGN_IN)
        error = REFUSALS[refusal.reason]
        return _confirm_page(console, asked, half, bound_to, {"error": error})
    response = see_other(next_of(asked.request))
    secret = console.staff.sessions.renew(asked.signed, kind, at_most=terms.minutes)
    set_cookie(console, response, console.cookie, secret)
    return response


def sign_out(console: Console, asked: Asked) -> HttpResponse:
    """End the session."""
    console.staff.sessions.end(asked.signed.id, reason="signed_out")
    response = see_other(SIGN_IN)
    set_cookie(console, response, console.cookie, "")
    return response


def enrol(console: Console, request: HttpRequest, token: str) -> HttpResponse:
    """Make the account, or the new second factor, that a one-time link leads to."""
    try:
        invitation = console.staff.enrolments.open(token)
        if request.method != "POST":
            return _enrol_page(console, request, token, invitation, {})
        console.staff.enrolments.redeem(token, _filled(console, request), bound_to=_bound(token))
    except LinkSpent:
        response = render_outside(console, request, "spent", {})
        response.status_code = 410
        return response
    except NotAccepted as problem:
        error = MISTAKES.get(problem.field, MISTAKES["factor"])
    except PasswordUnacceptable as problem:
        error = MISTAKES[str(problem)]
    except NotTaken:
        error = MISTAKES["factor"]
    else:
        return see_other(f"{SIGN_IN}?enrolled=1")
    return _enrol_page(console, request, token, invitation, {"error": error})


def language(console: Console, request: HttpRequest) -> HttpResponse:
    """Remember the language that was chosen, and go back."""
    response = see_other(next_of(request))
    chosen = request.POST.get("language", "")
    if chosen in dict(LANGUAGES):
        response.set_cookie(
            console.language_cookie,
            chosen,
            max_age=DEVICE_MAX_AGE,
            secure=console.is_secure,
            httponly=True,
            samesite="Lax",
        )
    return response


def _terms(console: Console, request: HttpRequest, proven: Proven) -> EntryTerms:
    """What the policies say of somebody who proved who they are. Raises EntryRefused."""
    coming = Entering(
        account_id=str(proven.member.id),
        amr=proven.amr,
        address=request.META.get("REMOTE_ADDR", ""),
    )
    return console.staff.entry.judge(coming)


def _kept_out(console: Console, request: HttpRequest, refusal: EntryRefused) -> HttpResponse:
    """The first page again, with the policy's own words or ours, and no half-way token."""
    own = refusal.sayings.get(translation.get_language() or "")
    ours = STRONGER if refusal.would_stronger_do else KEPT_OUT
    response = _sign_in_page(console, request, {"error": own or ours})
    response.status_code = 403
    for name in (_half_cookie(console), console.cookie):
        set_cookie(console, response, name, "")
    return response


def _sign_in_page(
    console: Console, request: HttpRequest, context: Mapping[str, Any]
) -> HttpResponse:
    is_new = request.GET.get("enrolled") == "1"
    words = {"next": next_of(request), "is_enrolled": is_new, **context}
    return render_outside(console, request, "sign_in", words)


def _second_page(
    console: Console, request: HttpRequest, half: Half, context: Mapping[str, Any]
) -> HttpResponse:
    words = {**_factor(console, request, half, half.bound_to), "action": SECOND, **context}
    where = {"next": next_of(request), "back": _leading_on(SIGN_IN, request)}
    return render_outside(console, request, "second_factor", {**words, **where})


def _confirm_page(
    console: Console, asked: Asked, half: Half, bound_to: str, context: Mapping[str, Any]
) -> HttpResponse:
    words = {
        **_factor(console, asked.request, half, bound_to),
        "action": "/console/confirm",
        "is_confirming": True,
        "next": next_of(asked.request),
        "back": next_of(asked.request),
        **context,
    }
    return render_outside(console, asked.request, "second_factor", words)


def _leading_on(url: str, request: HttpRequest) -> str:
    """The next of these pages; where to go on after the last stands in its address, whole."""
    wanted = next_of(request)
    return url if wanted == HOME else f"{url}?{urlencode({'next': wanted}, safe='/')}"


def _factor(console: Console, request: HttpRequest, half: Half, bound_to: str) -> dict[str, Any]:
    options, passkeys = "", console.staff.factors.passkeys
    if passkeys is not None and Kind.PASSKEY in half.kinds:
        options = passkeys.request_options(
            bound_to, now=console.clock.now(), person_id=half.member.id
        )
    return {
        "passkey_options": options,
        "has_app": Kind.TOTP in half.kinds,
        "has_certificate": Kind.CERTIFICATE in half.kinds,
        "certificate": _certificate(console, request),
    }


def _certificate(console: Console, request: HttpRequest) -> str:
    """Whose certificate the connection shows; "" where none would be taken."""
    certificates = console.staff.factors.certificates
    if certificates is None:
        return ""
    shown = request.headers.get(console.certificate_header, "")
    return certificates.subject_of(shown, now=console.clock.now())


def _enrol_page(
    console: Console,
    request: HttpRequest,
    token: str,
    invitation: Invitation,
    context: Mapping[str, Any],
) -> HttpResponse:
    allowed, passkeys = console.staff.factors.allowed(invitation.role), console.staff.factors
    words: dict[str, Any] = {
        "invitation": invitation,
        "role_name": ROLE_NAMES[invitation.role],
        "typed": request.POST,
        "has_directory": console.staff.has_directory,
        "has_app": Kind.TOTP in allowed,
        "has_certificate": Kind.CERTIFICATE in allowed,
        "certificate": _certificate(console, request),
    }
    if Kind.PASSKEY in allowed and passkeys.passkeys is not None:
        words["passkey_options"] = passkeys.passkeys.creation_options(
            invitation.account_id,
            name=invitation.member.username if invitation.member else invitation.role.value,
            bound_to=_bound(token),
            now=console.clock.now(),
        )
    if words["has_app"]:
        secret = console.staff.enrolments.totp_secret(token)
        issuer = console.branding.name.en
        uri = provisioning_uri(secret, issuer=issuer, account=invitation.role.value)
        words["secret"] = secret
        words["picture"] = segno.make(uri, error="m").svg_data_uri(scale=4, border=2)
    return render_outside(console, request, "enrol", {**words, **context})


def _filled(console: Console, request: HttpRequest) -> Filled:
    kind, answer = _shown(console, request)
    typed = request.POST
    return Filled(
        kind=kind,
        answer=answer,
        username=typed.get("username", ""),
        name=typed.get("name", ""),
        staff_number=typed.get("staff_number", ""),
        password=typed.get("password", ""),
        is_of_directory=typed.get("directory") == "1",
    )


def _shown(console: Console, request: HttpRequest) -> tuple[Kind, str]:
    """The connection's certificate or a passkey's answer, else the code that was typed."""
    if request.POST.get("factor", "") == Kind.CERTIFICATE:
        return Kind.CERTIFICATE, request.headers.get(console.certificate_header, "")
    if passkey := request.POST.get("passkey", ""):
        return Kind.PASSKEY, passkey
    return Kind.TOTP, request.POST.get("code", "")


def _bound(token: str) -> str:
    return f"console:enrol:{token}"


def _half_cookie(console: Console) -> str:
    return f"{console.cookie}_half"
