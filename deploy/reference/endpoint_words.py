"""What each address is for, where no docstring stands behind it to say so.

Closures, and handlers that serve several addresses, have none of their own. Owns the words of
docs/reference/endpoints.md; which addresses there are follows from the house.
"""

from collections.abc import Mapping
from typing import Final

WORDS: Final[Mapping[str, str]] = {
    "/": "Leads to one's own space.",
    "/.well-known/authzen-configuration": "What the Authorization API offers (AuthZEN 1.0 §9).",
    "/.well-known/oauth-authorization-server": "What this server offers (RFC 8414).",
    "/.well-known/openid-configuration": "What this provider offers (OpenID Connect Discovery).",
    "/oauth/authorize": "Sign in, in the i厦门 shape; for clients registered for it.",
    "/oauth/token": "Code against token, in the i厦门 shape.",
    "/oauth/userinfo": "Whom a token is of, in the i厦门 shape.",
    "/oauth2/authorize": "Begin a sign-in by browser (OpenID Connect Core 1.0 §3.1.2).",
    "/oauth2/check_session": "The iframe that tells a client's page whether the session changed "
    "(OpenID Connect Session Management 1.0 §3.2).",
    "/oauth2/check_session.js": "The iframe's script.",
    "/oauth2/check_session_origin": "Whether the iframe answers an origin: one that the client "
    "registered.",
    "/oauth2/device": "Where a person types the code that a machine shows (RFC 8628 §3.3).",
    "/oauth2/device/allowed": "The machine may go on; the person is told to look at it.",
    "/oauth2/device/refused": "The machine was refused, or its code had ended.",
    "/oauth2/device_authorization": "A machine without a keyboard asks for a code (RFC 8628 §3.1).",
    "/oauth2/introspect": "Whether a token is good, and what it may (RFC 7662).",
    "/oauth2/jwks": "The public keys that tokens are signed with (RFC 7517).",
    "/oauth2/logout": "End the session everywhere (OpenID Connect RP-Initiated Logout 1.0).",
    "/oauth2/register": "Register a client (RFC 7591), where the city lets it.",
    "/oauth2/register/…": "Read, change or remove one's own registration (RFC 7592).",
    "/oauth2/revoke": "Give a token up (RFC 7009).",
    "/oauth2/token": "Every grant: code, refresh, client credentials, device, token exchange "
    "(RFC 6749 §3.2).",
    "/oauth2/userinfo": "The claims that the person released (OpenID Connect Core 1.0 §5.3).",
    "/account/": "One's own space: level, documents, ways to sign in, services, data.",
    "/account/consents": "What one agreed to beside services, and taking it back.",
    "/account/contacts": "Who else is told of notices, whose one hears, and ending either.",
    "/account/contacts/add": "Name a contact, who agrees by telling a code.",
    "/account/data": "Take all one's data along, as a file or to read.",
    "/account/delete": "Have the account deleted, or keep it after all.",
    "/account/devices": "Browsers that the account knows, and forgetting one.",
    "/account/documents": "One's documents, and the evidence behind the level.",
    "/account/family": "Children one stands for: their services, their contact.",
    "/account/family/<uuid:ward>/contact": "Set who is told of a child's notices.",
    "/account/freeze": "Freeze the identity everywhere, at once.",
    "/account/frozen": "What was ended by the freeze, and how to open it again.",
    "/account/join": "Bring another account of one's own into this one.",
    "/account/security": "The ways to sign in: what there is, what can be added.",
    "/account/security/<uuid:authenticator_id>": "Name or remove one way to sign in.",
    "/account/security/add/<slug:kind>": "Add a way to sign in.",
    "/account/services": "The services connected, with what each received.",
    "/account/services/<path:client_id>": "One service: what it received and when; disconnect it.",
    "/account/sessions": "Where one is signed in; end one session or all.",
    "/account/start/<str:client_id>": "Open a service by single sign-on.",
    "/account/verify": "Prove more about oneself, to reach the next level.",
    "/devices/enrolments": "A reader or camera enrols with its key, once, by an invitation.",
    "/devices/readings": "A device hands in what it read, signed.",
    "/devices/seat": "A kiosk's or window's browser takes the seat of a sitting.",
    "/devices/sittings": "A device opens a sitting for the person who stands there.",
    "/devices/tasks": "What the device is to do now.",
    "/journey/<slug:journey_id>/<slug:step_name>": "One step of a journey: its page, and its form.",
    "/journey/<slug:journey_id>/<slug:step_name>/news": "204 while a waiting page has nothing new; "
    "`Retry-After` says when to ask again.",
    "/journey/brand.css": "The city's accent.",
    "/journey/language": "Change language or view where no form is.",
    "/journey/logo/<str:client_id>": "A client's logo, fetched and kept here.",
    "/journey/return": "Where a browser comes back to from an authority's or a partner's page.",
}
