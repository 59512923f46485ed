"""Every address of the console with the rule for it; the access tests are made from this table."""

from typing import Final

from admin import sign_in
from admin.access import AUDIT, EVERYONE, PUBLIC, SECURITY, SYSTEM, Route, Rule
from admin.sections import (
    alerts,
    audit,
    bulk,
    clients,
    connectors,
    dashboard,
    deliveries,
    devices,
    keys,
    merges,
    people,
    sessions,
    settings,
    staff,
)
from admin.sections.policies.routes import DECISION_ROUTES, POLICY_ROUTES
from idp.staff.roles import Role

_CLIENT_READERS: Final = frozenset({Role.SYSTEM, Role.SECURITY, Role.DEPARTMENT, Role.SUPERVISOR})
_CLIENT_EDITORS: Final = frozenset({Role.SYSTEM, Role.DEPARTMENT})
_CLIENT_GUARDS: Final = SYSTEM | SECURITY
_PEOPLE_READERS: Final = frozenset({Role.SECURITY, Role.SUPERVISOR})
_KEY_READERS: Final = frozenset({Role.SYSTEM, Role.SECURITY, Role.SUPERVISOR})
_TRAIL_READERS: Final = frozenset({Role.AUDIT, Role.DEPARTMENT, Role.SUPERVISOR})
_STAFF_READERS: Final = frozenset({Role.SECURITY, Role.AUDIT, Role.SUPERVISOR})
_WORKS_READERS: Final = frozenset({Role.SYSTEM, Role.SECURITY, Role.SUPERVISOR})
_ALERT_READERS: Final = EVERYONE - {Role.DEPARTMENT}
_OWN: Final = Rule(reads=EVERYONE, writes=EVERYONE)

ROUTES: Final = (
    Route("sign-in", "console-sign-in", sign_in.sign_in, PUBLIC),
    Route("second-factor", "console-second-factor", sign_in.second_factor, PUBLIC),
    Route("enrol/<str:token>", "console-enrol", sign_in.enrol, PUBLIC),
    Route("language", "console-language", sign_in.language, PUBLIC),
    Route("confirm", "console-confirm", sign_in.confirm, _OWN),
    Route("sign-out", "console-sign-out", sign_in.sign_out, Rule(writes=EVERYONE)),
    Route("", "console", dashboard.dashboard, Rule(reads=EVERYONE), "dashboard"),
    Route(
        "live",
        "console-live",
        dashboard.live,
        Rule(reads=EVERYONE, is_background=True),
    ),
    Route("clients", "console-clients", clients.clients, Rule(reads=_CLIENT_READERS), "clients"),
    Route(
        "clients/bulk",
        "console-clients-bulk",
        bulk.clients,
        Rule(writes=_CLIENT_GUARDS, asks_again=True),
    ),
    Route(
        "clients/<str:client_id>",
        "console-client",
        clients.client,
        Rule(reads=_CLIENT_READERS),
        "clients",
    ),
    Route(
        "clients/<str:client_id>/edit",
        "console-client-edit",
        clients.edit,
        Rule(reads=_CLIENT_EDITORS, writes=_CLIENT_EDITORS),
    ),
    Route(
        "clients/<str:client_id>/status",
        "console-client-status",
        clients.status,
        Rule(writes=_CLIENT_GUARDS, asks_again=True),
    ),
    Route(
        "people",
        "console-people",
        people.people,
        Rule(reads=_PEOPLE_READERS, writes=_PEOPLE_READERS),
        "people",
    ),
    Route(
        "people/<uuid:person_id>",
        "console-person",
        people.person,
        Rule(reads=_PEOPLE_READERS),
        "people",
    ),
    Route(
        "people/<uuid:person_id>/unmask",
        "console-person-unmask",
        people.unmask,
        Rule(writes=SECURITY, asks_again=True),
    ),
    Route(
        "people/<uuid:person_id>/freeze",
        "console-person-freeze",
        people.freeze,
        Rule(writes=SECURITY, asks_again=True),
    ),
    Route(
        "people/<uuid:person_id>/reopen",
        "console-person-reopen",
        people.reopen,
        Rule(writes=SECURITY, asks_again=True),
    ),
    Route(
        "people/<uuid:person_id>/sessions/end",
        "console-person-sessions-end",
        bulk.sessions,
        Rule(writes=SECURITY, asks_again=True),
    ),
    Route(
        "people/<uuid:person_id>/merge/find",
        "console-person-merge-find",
        merges.propose,
        Rule(writes=SECURITY),
    ),
    Route(
        "people/<uuid:person_id>/merge",
        "console-person-merge",
        merges.merge,
        Rule(writes=SECURITY, asks_again=True),
    ),
    Route(
        "merges/<uuid:merge_id>",
        "console-merge",
        merges.merged,
        Rule(reads=_PEOPLE_READERS),
        "people",
    ),
    Route(
        "merges/<uuid:merge_id>/undo",
        "console-merge-undo",
        merges.undo,
        Rule(writes=SECURITY, asks_again=True),
    ),
    Route(
        "sessions",
        "console-sessions",
        sessions.sessions,
        Rule(reads=_PEOPLE_READERS, writes=_PEOPLE_READERS),
        "sessions",
    ),
    Route(
        "sessions/<uuid:session_id>/end",
        "console-session-end",
        sessions.end,
        Rule(writes=SECURITY, asks_again=True),
    ),
    Route("keys", "console-keys", keys.keys, Rule(reads=_KEY_READERS), "keys"),
    Route(
        "keys/rotate",
        "console-keys-rotate",
        keys.rotate,
        Rule(writes=SYSTEM, asks_again=True),
    ),
    Route(
        "connectors",
        "console-connectors",
        connectors.connectors,
        Rule(reads=_WORKS_READERS),
        "connectors",
    ),
    Route(
        "connectors/<str:kind>/<str:name>",
        "console-connector",
        connectors.connector,
        Rule(reads=_WORKS_READERS),
        "connectors",
    ),
    Route(
        "connectors/<str:kind>/<str:name>/change",
        "console-connector-change",
        connectors.change,
        Rule(writes=SYSTEM, asks_again=True),
    ),
    Route("devices", "console-devices", devices.devices, Rule(reads=_WORKS_READERS), "devices"),
    Route(
        "devices/invite",
        "console-device-invite",
        devices.invite,
        Rule(writes=SYSTEM, asks_again=True),
    ),
    Route(
        "devices/<uuid:device_id>",
        "console-device",
        devices.device,
        Rule(reads=_WORKS_READERS),
        "devices",
    ),
    Route(
        "devices/<uuid:device_id>/change",
        "console-device-change",
        devices.change,
        Rule(writes=SYSTEM | SECURITY, asks_again=True),
    ),
    Route("alerts", "console-alerts", alerts.alerts, Rule(reads=_ALERT_READERS), "alerts"),
    Route(
        "alerts/acknowledge",
        "console-alerts-acknowledge",
        alerts.acknowledge,
        Rule(writes=alerts.WRITERS),
    ),
    Route(
        "alerts/<uuid:alert_id>",
        "console-alert",
        alerts.alert,
        Rule(reads=_ALERT_READERS),
        "alerts",
    ),
    Route(
        "deliveries",
        "console-deliveries",
        deliveries.deliveries,
        Rule(reads=_ALERT_READERS),
    ),
    Route(
        "deliveries/revive",
        "console-deliveries-revive",
        deliveries.revive,
        Rule(writes=SYSTEM),
    ),
    Route(
        "settings",
        "console-settings",
        settings.settings,
        Rule(reads=_ALERT_READERS),
        "settings",
    ),
    Route("audit", "console-audit", audit.audit, Rule(reads=_TRAIL_READERS), "audit"),
    Route("audit/proof", "console-audit-proof", audit.prove, Rule(writes=AUDIT)),
    Route("staff", "console-staff", staff.staff, Rule(reads=_STAFF_READERS), "staff"),
    Route(
        "staff/invite",
        "console-staff-invite",
        staff.invite,
        Rule(writes=SECURITY, asks_again=True),
    ),
    Route(
        "staff/<uuid:account_id>",
        "console-member",
        staff.member,
        Rule(reads=_STAFF_READERS),
        "staff",
    ),
    Route(
        "staff/<uuid:account_id>/change",
        "console-member-change",
        staff.change,
        Rule(writes=SECURITY, asks_again=True),
    ),
    *POLICY_ROUTES,
    *DECISION_ROUTES,
)
