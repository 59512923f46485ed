"""Wraps weak password hashes in argon2id, a few at a time, in the worker's background."""

from typing import Final

import orjson
from django.db import connection

from idp.foundation.sealing import KeyDestroyed
from idp.subjects.authenticators.kinds import Kind
from idp.subjects.fields import PersonalFields
from idp.subjects.legacy_passwords import PENDING
from idp.subjects.models import Authenticator
from idp.subjects.passwords import Passwords

AT_ONCE: Final = 16
"""About half a second of one core: the worker has other things to do."""
_PURPOSE: Final = f"authenticator.{Kind.PASSWORD}"
_TABLE: Final = Authenticator._meta.db_table  # noqa: SLF001 - Django's documented interface
# The constant is written out: as a parameter it would not fit the index of the few that wait.
_WAITING: Final = f"SELECT id FROM {_TABLE} WHERE hash = '{PENDING}' ORDER BY id LIMIT %s"  # noqa: S608 - constants


class PasswordWrapping:
    """Of what it wraps nothing is left but the argon2id hash of the old digest."""

    def __init__(self, *, fields: PersonalFields, passwords: Passwords) -> None:
        self._fields = fields
        self._passwords = passwords

    def wrap_some(self, *, limit: int = AT_ONCE) -> int:
        """Wrap up to `limit` of those that wait; how many there were.

        Call it from as many workers as there are: who comes second changes nothing, and a person
        who signed in meanwhile has a hash of their own.
        """
        with connection.cursor() as cursor:
            cursor.execute(_WAITING, [limit])
            waiting = [row[0] for row in cursor.fetchall()]
        for row in Authenticator.objects.filter(id__in=waiting):
            self._wrap(row)
        return len(waiting)

    def _wrap(self, row: Authenticator) -> None:
        still = Authenticator.objects.filter(id=row.id, hash=PENDING)
        try:
            fields = self._fields.of(row.person_id)
        except KeyDestroyed:
            still.delete()
            return
        old = orjson.loads(fields.unseal(_PURPOSE, row.sealed_secret))
        kept = {"shape": old["shape"], "salt": old["salt"]}
        still.update(
            hash=self._passwords.wrap(old["digest"]),
            sealed_secret=fields.seal(_PURPOSE, orjson.dumps(kept).decode()),
        )
