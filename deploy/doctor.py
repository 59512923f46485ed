"""What `manage.py doctor` looks at: every check has an id, a problem and the way to mend it.

The ids TX001 to TX099 belong to `deploy.production`; from TX101 on they are here.
"""

import os
import shutil
import stat
from collections.abc import Callable, Iterator

from django.conf import settings

from deploy.composition.staff import revocation_lists
from deploy.house import House
from deploy.production import Finding, refusals
from deploy.settings.environment import PREFIX, variables_of
from deploy.settings.locations import Locations
from idp.conf import Profile, ProviderSettings
from idp.foundation.clock import SystemClock

OTHER_VARIABLES = frozenset(
    {
        "TONGXING_ALLOWED_HOSTS",
        "TONGXING_BOOTSTRAP",
        "TONGXING_DATA",
        "TONGXING_HOST",
        "TONGXING_PORT",
        "TONGXING_SESSION_KEY",
        "TONGXING_THREADS",
        "TONGXING_WORKERS",
    }
)
_LEAST_FREE_BYTES = 1 << 30

Examination = Callable[[House], Iterator[Finding]]


def examine(house: House) -> tuple[Finding, ...]:
    """Return everything that is wrong, in the order of the list below."""
    return tuple(finding for look in EXAMINATIONS for finding in look(house))


def _refusals(house: House) -> Iterator[Finding]:
    yield from refusals(house.settings)


def _readiness(house: House) -> Iterator[Finding]:
    for probe in house.probes:
        if reason := probe.check():
            yield Finding(
                id="TX101",
                problem=f"Not ready: {probe.name}: {reason}.",
                mend="Start it, or correct DATABASE_URL / REDIS_URL. `manage.py up` starts both.",
            )


def _migrations(_house: House) -> Iterator[Finding]:
    from django.db import DatabaseError, connection
    from django.db.migrations.executor import MigrationExecutor

    try:
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError:
        return  # TX101 has said so
    if plan:
        yield Finding(
            id="TX102",
            problem=f"{len(plan)} migrations have not been applied.",
            mend="Run `python3 manage.py migrate`.",
        )


def _unknown_variables(_house: House) -> Iterator[Finding]:
    known = OTHER_VARIABLES | {variable.name for variable in variables_of(ProviderSettings)}
    for name in sorted(os.environ):
        plain = name.removesuffix("_FILE")
        if name.startswith(PREFIX) and name not in known and plain not in known:
            yield Finding(
                id="TX103",
                problem=f"{name} is no setting of this version.",
                mend="See docs/reference/configuration.md; it may be a typing error.",
            )


def _readable_by_others(_house: House) -> Iterator[Finding]:
    place: Locations = settings.LOCATIONS
    for path in (place.secrets, place.database):
        if path.exists() and path.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH):
            if path == place.database and place.data.stat().st_mode & 0o077 == 0:
                continue
            yield Finding(
                id="TX104",
                problem=f"{path} can be read by other accounts of this machine.",
                mend=f"chmod 600 {path}; chmod 700 {path.parent}",
            )


def _free_space(_house: House) -> Iterator[Finding]:
    place: Locations = settings.LOCATIONS
    if place.data.exists() and shutil.disk_usage(place.data).free < _LEAST_FREE_BYTES:
        yield Finding(
            id="TX105",
            problem=f"Less than 1 GiB is free where {place.data} lies.",
            mend="Make room: a full disk refuses every grant.",
        )


def _proxies(house: House) -> Iterator[Finding]:
    if house.settings.is_https and not house.settings.trusted_proxies:
        yield Finding(
            id="TX106",
            problem="The issuer is https, but no proxy is trusted to say so.",
            mend="Set TONGXING_TRUSTED_PROXIES to the addresses of the TLS proxy.",
        )


def _certificates(house: House) -> Iterator[Finding]:
    told = house.settings.is_https and house.settings.trusted_proxies
    if house.settings.console.certificate_issuers_file and not told:
        yield Finding(
            id="TX109",
            problem="Staff may show certificates, but no proxy is trusted to hand them on.",
            mend="Set TONGXING_TRUSTED_PROXIES to the addresses of the TLS proxy.",
        )
    lists = revocation_lists(house.settings)
    problem = lists.problem(now=SystemClock().now()) if lists else ""
    if problem:
        yield Finding(
            id="TX111",
            problem=f"No certificate of staff is taken: of the file of revocations, {problem}.",
            mend="Have TONGXING_CONSOLE_CERTIFICATE_REVOCATIONS_FILE renewed in time.",
        )


def _embedded_in_production(house: House) -> Iterator[Finding]:
    if house.settings.profile is not Profile.PRODUCTION:
        return
    if settings.DATABASE_URL.startswith("sqlite") or settings.REDIS_URL.startswith("unix://"):
        yield Finding(
            id="TX107",
            problem="Production runs on the embedded database or store: one machine, no replica.",
            mend="Set DATABASE_URL and REDIS_URL, or accept it knowingly for a small bureau.",
        )


def _connections(_house: House) -> Iterator[Finding]:
    from django.db import DatabaseError, connection

    if connection.vendor != "postgresql":
        return
    from deploy.postgresql.base import PER_PROCESS

    wanted = PER_PROCESS * (int(os.environ.get("TONGXING_WORKERS", "1")) + 1)
    try:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT current_setting('max_connections')::int"
                " - current_setting('superuser_reserved_connections')::int"
            )
            (free,) = cursor.fetchone()
    except DatabaseError:
        return  # TX101 has said so
    if free < wanted:
        yield Finding(
            id="TX114",
            problem=f"PostgreSQL takes {free} connections; the servers and the worker of this node"
            f" alone may ask for {wanted}.",
            mend=f"Set max_connections to {PER_PROCESS} for each process of all nodes, or more.",
        )


def _connectors(house: House) -> Iterator[Finding]:
    from connectors.registry import FACE_VISITS, IDENTITY_VERIFICATION, TEXT_GATEWAYS
    from deploy.composition.connectors_file import kinds_in_use, mistakes_of
    from idp.subjects.authenticators.kinds import Kind

    if house.settings.sandbox_url:
        return
    mistakes = mistakes_of(house.settings)
    for mistake in mistakes:
        yield Finding(
            id="TX120",
            problem=f"Connectors file: {mistake}.",
            mend="Correct the file of TONGXING_CONNECTORS_FILE; see the connectors guide.",
        )
    if mistakes:
        return
    present = kinds_in_use(house.settings)
    for purpose, kinds in (
        ("verify people", IDENTITY_VERIFICATION.keys()),
        ("send text messages", TEXT_GATEWAYS),
    ):
        if not present & kinds:
            yield Finding(
                id="TX108",
                problem=f"No connector is there to {purpose}: whoever needs one is turned away.",
                mend="Name one in the file of TONGXING_CONNECTORS_FILE; see the connectors guide.",
            )
    if Kind.FACE in house.settings.authentication.kinds and not present & FACE_VISITS:
        yield Finding(
            id="TX112",
            problem="People are to sign in with their face, and no authority compares faces.",
            mend="Name one in the file of TONGXING_CONNECTORS_FILE, or take `face` out of "
            "TONGXING_AUTHENTICATION_KINDS.",
        )


def _messages(house: House) -> Iterator[Finding]:
    from deploy.composition.connectors_file import mistakes_of, templates_lacking

    if house.settings.sandbox_url or mistakes_of(house.settings):
        return  # TX120 has said so
    if lacking := templates_lacking(house.settings):
        yield Finding(
            id="TX113",
            problem=f"Messages that reach nobody, for the connectors file lacks {lacking[0]}"
            f"{f' and {len(lacking) - 1} more' if lacking[1:] else ''}.",
            mend="Register the texts with the gateway, and name its ids; see the connectors guide.",
        )


def _own_eye(house: House) -> Iterator[Finding]:
    from connectors.lens.lens import is_available

    authentication = house.settings.authentication
    wants = authentication.local_faces or authentication.prompted_faces
    if wants and not is_available():
        yield Finding(
            id="TX110",
            problem="Faces are to be compared here, but the extra that does it is not installed.",
            mend="Install requirements-faces.lock, or unset TONGXING_AUTHENTICATION_LOCAL_FACES "
            "and TONGXING_AUTHENTICATION_PROMPTED_FACES.",
        )


EXAMINATIONS: tuple[Examination, ...] = (
    _refusals,
    _readiness,
    _migrations,
    _unknown_variables,
    _readable_by_others,
    _free_space,
    _proxies,
    _certificates,
    _embedded_in_production,
    _connections,
    _connectors,
    _messages,
    _own_eye,
)
