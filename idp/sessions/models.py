"""The tables of sessions: one row per SSO session, one per client that took part in it.

`sessions_participant` is also written by raw SQL, in the transaction that issues tokens: its
columns and their meaning are a contract with the tokens room.
"""

import uuid

from django.db import models

from idp.sessions.session import Seen
from idp.subjects.models import Person


class SessionRow(models.Model):
    """One SSO session. `secret_hash` is the hex SHA-256 of the cookie's secret, never the secret.

    `last_seen_at` is written at most once in a while (see `directory`), for the idle time-out
    must survive the loss of the store. The last four fields are `session.Seen` of the last sign-in.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    secret_hash = models.CharField(max_length=64, unique=True)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="sessions")
    started_at = models.DateTimeField()
    authenticated_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    identity_level = models.PositiveSmallIntegerField()
    authentication_level = models.PositiveSmallIntegerField()
    amr = models.JSONField(default=list)
    channel = models.CharField(max_length=20, default="web")
    ended_at = models.DateTimeField(null=True, blank=True)
    end_reason = models.CharField(max_length=40, blank=True)
    signals = models.JSONField(null=True)
    device_known = models.BooleanField(null=True)
    own_level = models.PositiveSmallIntegerField(null=True)
    device = models.CharField(max_length=32, default="", db_default="")

    class Meta:
        """Its table."""

        db_table = "sessions_session"

    def notice(self, seen: Seen) -> None:
        """Keep what was noticed when the person signed in."""
        self.signals = None if seen.signals is None else list(seen.signals)
        self.device_known, self.own_level = seen.device_known, seen.own_aal
        self.device = seen.device


class KnownDeviceRow(models.Model):
    """One browser in which one person signed in. Neither can be read off a row without our keys.

    `tag` is a keyed hash of person, device cookie and kind of browser, `device` the same without
    the kind, as sessions carry it; `networks` are keyed hashes, the last one first. `sealed` says
    under the person's own key what is shown to them. It is known from `settled_at` on.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    person = models.ForeignKey(Person, on_delete=models.PROTECT, related_name="known_devices")
    tag = models.CharField(max_length=64, unique=True)
    device = models.CharField(max_length=32)
    networks = models.JSONField(default=list)
    sealed = models.BinaryField()
    first_seen_at = models.DateTimeField()
    last_month = models.DateField()
    settled_at = models.DateTimeField(null=True)

    class Meta:
        """Its table."""

        db_table = "sessions_known_device"


class LoginNoticeRow(models.Model):
    """A person's own word on messages about new devices; without one the city's setting holds."""

    person = models.OneToOneField(
        Person, on_delete=models.PROTECT, primary_key=True, related_name="login_notice"
    )
    is_wanted = models.BooleanField()
    changed_at = models.DateTimeField()

    class Meta:
        """Its table."""

        db_table = "sessions_login_notice"


class ParticipantRow(models.Model):
    """A client that received tokens in a session, with the `sid` and `sub` it knows."""

    session_id = models.UUIDField()
    client_id = models.CharField(max_length=200)
    sid = models.CharField(max_length=64)
    sub = models.CharField(max_length=255)
    joined_at = models.DateTimeField()

    class Meta:
        """Its table."""

        db_table = "sessions_participant"
        constraints = [
            models.UniqueConstraint(
                fields=["session_id", "client_id"], name="sessions_participant_once"
            )
        ]
        # A client asks about people by the `sub` it knows (AuthZEN).
        indexes = [models.Index(fields=["client_id", "sub"], name="sessions_participant_of_sub")]
