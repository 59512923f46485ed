"""Owns the configuration's stamp: clients, keys and policies are kept in memory until it changes.

Whoever changes configuration bumps it in the same transaction; one thread per process watches it.
How old a node's picture may be is stated here, once, for all snapshots.
"""

import os
import socket
import threading
from collections.abc import Callable
from typing import Final

import structlog
from django.db import DatabaseError, close_old_connections, connection, models
from django.db.models import F

from idp.foundation.background import BackgroundThread
from idp.foundation.clock import Clock
from idp.foundation.database.contract import DatabaseUnavailable
from idp.foundation.nodes import SAID_EVERY, acknowledge, leave
from idp.foundation.randomness import random_token

POLL_SECONDS: Final = 1.0
LEASE_SECONDS: Final = 10.0
_ROW: Final = 1
_LOG: Final = structlog.get_logger(__name__)


class ConfigurationStamp(models.Model):
    """One row that counts changes."""

    id = models.SmallIntegerField(primary_key=True, default=_ROW)
    version = models.BigIntegerField(default=0)


class NoLease(DatabaseUnavailable):
    """The configuration may have changed unseen: nothing is granted until it was read again."""


def bump() -> None:
    """Count a change of configuration; belongs in the transaction that makes the change."""
    if not connection.in_atomic_block:
        raise RuntimeError("the stamp changes with the configuration: open a transaction first")
    if not ConfigurationStamp.objects.filter(pk=_ROW).update(version=F("version") + 1):
        ConfigurationStamp.objects.bulk_create([ConfigurationStamp(pk=_ROW)], ignore_conflicts=True)
        ConfigurationStamp.objects.filter(pk=_ROW).update(version=F("version") + 1)


def current() -> int:
    """The stamp as committed (0 before the first change)."""
    row = ConfigurationStamp.objects.filter(pk=_ROW).values_list("version", flat=True).first()
    return row or 0


class ConfigurationWatch:
    """Tells snapshots to reload when the stamp changed.

    ``version`` is the stamp all snapshots have caught up with: at most `POLL_SECONDS` old, plus the
    reload itself, while the database answers; ``failures`` counts the times it did not. `has_lease`
    is False once it was not confirmed for `LEASE_SECONDS`.
    """

    def __init__(self, *, clock: Clock) -> None:
        self.version = -1
        self.failures = 0
        self._clock = clock
        self._reloads: list[Callable[[], None]] = []
        self._confirmed_at = float("-inf")
        self._said_at = float("-inf")
        self._said = -1
        self._node = ""
        self._polling = threading.Lock()
        self._background = BackgroundThread("configuration", self._watch)

    def register(self, reload: Callable[[], None]) -> None:
        """Have ``reload`` called, in the watching thread, at first and after each change."""
        with self._polling:
            self._reloads.append(reload)
            self.version = -1

    def poll(self) -> bool:
        """Look once, reload what changed; True when something did. Raises DatabaseError."""
        with self._polling:
            looked_at = self._clock.monotonic()
            found = current()
            changed = found != self.version
            if changed:
                for reload in self._reloads:
                    reload()
                self.version = found
            self._confirmed_at = looked_at
            return changed

    def has_lease(self) -> bool:
        """Whether the configuration was confirmed within the last `LEASE_SECONDS`."""
        return self._clock.monotonic() - self._confirmed_at <= LEASE_SECONDS

    def require_lease(self) -> None:
        """Hold a lease, or look once more for one.

        Raises:
            NoLease: the configuration cannot be read.
        """
        if self.has_lease():
            return
        try:
            self.poll()
        except DatabaseError as problem:
            raise NoLease("the configuration cannot be read") from problem

    def start(self) -> None:
        """Watch in this process's own thread, started once; call it again after a fork."""
        self._node = f"{socket.gethostname()[:64]}:{os.getpid()}:{random_token(6)}"
        self._background.start()

    def stop(self) -> None:
        """End the watching thread and wait for it."""
        self._background.stop()

    def _watch(self) -> None:
        try:
            while not self._background.stopping.is_set():
                try:
                    self.poll()
                    self._acknowledge()
                except Exception:  # noqa: BLE001 - outermost: a node heals by looking again
                    self.failures += 1
                    _LOG.exception("configuration could not be read")
                finally:
                    close_old_connections()
                self._background.stopping.wait(POLL_SECONDS)
            leave(self._node)
        except DatabaseError:
            _LOG.warning("the node could not take its leave")
        finally:
            connection.close()

    def _acknowledge(self) -> None:
        """Say at once what this node has caught up with, and now and then that it lives."""
        now = self._clock.monotonic()
        if self._said == self.version and now - self._said_at < SAID_EVERY:
            return
        acknowledge(self._node, self.version, now=self._clock.now())
        self._said, self._said_at = self.version, now
