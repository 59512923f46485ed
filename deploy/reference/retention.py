"""The reference of retention: how long what we know of people is kept, from the table of timers."""

from dataclasses import fields

from deploy.composition.retention import TIMERS
from idp.conf import Lifetimes, Retention

_HEAD = """\
# Retention

How long what we know of people is kept. The worker deletes by these timers every hour; each is a
setting (`TONGXING_RETENTION_` and its name, in days).

| kept | setting | days | why |
|---|---|---|---|"""
_SHORT = """\

## Short-lived

These delete themselves: they live in the store, with a lifetime, and hold personal data only
sealed.

| kept | setting | seconds |
|---|---|---|"""
_STORED = (
    ("A sign-in under way, with what was typed in it", "journey_ttl"),
    ("A code sent by text message (its digest)", "sms_code_ttl"),
    ("A code sent by e-mail (its digest)", "email_code_ttl"),
    ("A copy of a session", "session_idle_ttl"),
    ("Authorization codes", "code_ttl"),
)
_NEVER = """\

## Kept

- **The audit** only grows: its chain proves that nothing was cut out (Cybersecurity Law 21, at
  least six months). It names people by an identifier that leads nowhere once they are deleted, and
  never holds a name, a number or an address.
- **Evidence** only grows for the same reason. Its values are sealed under the person's own key:
  they are emptied by the timer above, and nobody reads them after the key is destroyed. The chain
  still verifies, for its hashes cover a digest of the ciphertext.
- **Photographs and faces** are never stored.
"""


def retention() -> str:
    """Return the page."""
    days = {each.name: each.default for each in fields(Retention)}
    seconds = {each.name: each.default for each in fields(Lifetimes)}
    rows = [
        f"| {timer.what} | `{timer.setting}` | {days[timer.setting]:,} | {timer.why} |"
        for timer in TIMERS
    ]
    stored = [f"| {what} | `{name}` | {seconds[name]:,} |" for what, name in _STORED]
    return "\n".join([_HEAD, *rows, _SHORT, *stored, _NEVER])
