"""The SQL of grants and tokens, once for each database where they must differ.

PostgreSQL redeems and rotates in one prepared statement, which is the whole transaction; SQLite
runs the same steps one after another in the writer's thread. `ledger` says when.
"""

# ruff: noqa: S105, S608 - every statement is put together from constants of this file alone

from typing import Final

from idp.foundation.audit import AUDIT_INSERT_COLUMNS, AUDIT_TABLE

GRANT_COLUMNS: Final = (
    "id",
    "client_id",
    "person_id",
    "session_id",
    "consent_id",
    "sub",
    "sid",
    "scope",
    "userinfo_claims",
    "id_token_claims",
    "verified_claims",
    "resources",
    "authenticated_at",
    "acr",
    "amr",
    "offline",
    "created_at",
    "expires_at",
)
_COLUMNS: Final = ", ".join(GRANT_COLUMNS)
_OF_GRANT: Final = ", ".join(f"g.{name}" for name in (*GRANT_COLUMNS, "revoked_at"))

_AUDIT: Final = f"INSERT INTO {AUDIT_TABLE} ({', '.join(AUDIT_INSERT_COLUMNS)})"
_GIVEN: Final = ", ".join("?::bigint" if name == "at" else "?" for name in AUDIT_INSERT_COLUMNS)
_OF_USED: Final = {
    "at": "?::bigint",
    "subject": "used.person_id::text",
    "detail": """'{"grant":"' || used.id::text || '"}'""",
}
_ROTATED: Final = ", ".join(_OF_USED.get(name, "?") for name in AUDIT_INSERT_COLUMNS)
KNOWN_TO_ROTATE: Final = tuple(
    number for number, name in enumerate(AUDIT_INSERT_COLUMNS) if name not in {"subject", "detail"}
)
"""Which parts of an audit row are known before the rotating statement has found the grant."""

_SESSION_LIVES: Final = """\
EXISTS (SELECT 1 FROM sessions_session s
        WHERE s.id = {session} AND s.ended_at IS NULL AND s.expires_at > {now})"""

_WAS_NOT_CLOSED: Final = """\
NOT EXISTS (SELECT 1 FROM sessions_session s
            WHERE s.id = {session} AND substr(s.end_reason, 1, 7) = 'person_')"""
"""An offline grant outlives its session, but not one that ended because the account did."""

JUDGE_SQLITE: Final = f"""\
INSERT INTO tokens_redeemed_code AS judged (code_hash, grant_id, redeemed_at, expires_at)
SELECT ?, ?, ?, ? WHERE (? AND {_WAS_NOT_CLOSED.format(session="?")})
OR {_SESSION_LIVES.format(session="?", now="?")}
ON CONFLICT (code_hash) DO UPDATE SET redeemed_at = excluded.redeemed_at
WHERE judged.redeemed_at IS NULL
RETURNING replayed_at"""

INSERT_GRANT: Final = f"""\
INSERT INTO tokens_grant ({_COLUMNS}, revoked_at, revoked_reason)
VALUES ({", ".join("?" for _ in GRANT_COLUMNS)}, ?, ?)"""

INSERT_PARTICIPANT: Final = """\
INSERT INTO sessions_participant (session_id, client_id, sid, sub, joined_at)
VALUES (?, ?, ?, ?, ?) ON CONFLICT (session_id, client_id) DO NOTHING"""

INSERT_REFRESH: Final = """\
INSERT INTO tokens_refresh (token_hash, grant_id, issued_at, expires_at) VALUES (?, ?, ?, ?)"""

REDEEM_POSTGRESQL: Final = f"""\
WITH judge AS (
  INSERT INTO tokens_redeemed_code AS judged (code_hash, grant_id, redeemed_at, expires_at)
  SELECT ?::bytea, ?::uuid, ?::bigint, ?::bigint
  WHERE (?::boolean AND {_WAS_NOT_CLOSED.format(session="?::uuid")})
  OR {_SESSION_LIVES.format(session="?::uuid", now="?::timestamptz")}
  ON CONFLICT (code_hash) DO UPDATE SET redeemed_at = excluded.redeemed_at
  WHERE judged.redeemed_at IS NULL
  RETURNING replayed_at
), granted AS (
  INSERT INTO tokens_grant ({_COLUMNS}, revoked_at, revoked_reason)
  SELECT ?::uuid, ?, ?::uuid, ?::uuid, ?::uuid, ?, ?, ?, ?, ?, ?, ?, ?::bigint, ?, ?, ?::boolean,
         ?::bigint, ?::bigint, judge.replayed_at,
         CASE WHEN judge.replayed_at IS NULL THEN '' ELSE 'replay' END
  FROM judge
), participant AS (
  INSERT INTO sessions_participant (session_id, client_id, sid, sub, joined_at)
  SELECT ?::uuid, ?, ?, ?, ?::timestamptz FROM judge
  ON CONFLICT (session_id, client_id) DO NOTHING
), refresh AS (
  INSERT INTO tokens_refresh (token_hash, grant_id, issued_at, expires_at)
  SELECT ?::bytea, ?::uuid, ?::bigint, ?::bigint FROM judge WHERE ?::boolean
), audited AS (
  {_AUDIT} SELECT {_GIVEN} FROM judge
)
SELECT replayed_at FROM judge"""

_ROTATABLE: Final = f"""\
t.used_at IS NULL AND t.expires_at > {{now}}
AND g.client_id = ? AND g.revoked_at IS NULL AND g.expires_at > {{now}}
AND (g.offline OR {_SESSION_LIVES.format(session="g.session_id", now="{instant}")})"""

USE_REFRESH_SQLITE: Final = f"""\
UPDATE tokens_refresh AS t SET used_at = ? FROM tokens_grant g
WHERE t.token_hash = ? AND g.id = t.grant_id
AND {_ROTATABLE.format(now="?", instant="?")}
RETURNING grant_id"""

ROTATE_POSTGRESQL: Final = f"""\
WITH used AS (
  UPDATE tokens_refresh AS t SET used_at = ?::bigint FROM tokens_grant g
  WHERE t.token_hash = ?::bytea AND g.id = t.grant_id
  AND {_ROTATABLE.format(now="?::bigint", instant="?::timestamptz")}
  RETURNING {_OF_GRANT}
), successor AS (
  INSERT INTO tokens_refresh (token_hash, grant_id, issued_at, expires_at)
  SELECT ?::bytea, used.id, ?::bigint,
         LEAST(used.expires_at, ?::bigint)
  FROM used
), audited AS (
  {_AUDIT} SELECT {_ROTATED} FROM used
)
SELECT * FROM used"""

READ_GRANT: Final = f"SELECT {_OF_GRANT} FROM tokens_grant g WHERE g.id = ?"

READ_REFRESH: Final = f"""\
SELECT t.issued_at, t.expires_at, t.used_at,
       (g.offline OR {_SESSION_LIVES.format(session="g.session_id", now="?")}),
       {_OF_GRANT}
FROM tokens_refresh t JOIN tokens_grant g ON g.id = t.grant_id
WHERE t.token_hash = ?"""

IS_REFRESH_UNUSED: Final = """\
SELECT 1 FROM tokens_refresh
WHERE token_hash = ? AND used_at IS NULL AND expires_at > ?"""

MARK_REPLAYED: Final = """\
INSERT INTO tokens_redeemed_code AS judged (code_hash, grant_id, replayed_at, expires_at)
VALUES (?, ?, ?, ?)
ON CONFLICT (code_hash) DO UPDATE SET replayed_at = excluded.replayed_at
WHERE judged.replayed_at IS NULL"""

REVOKE_GRANT: Final = """\
UPDATE tokens_grant SET revoked_at = ?, revoked_reason = ? WHERE id = ? AND revoked_at IS NULL"""

REVOKE_TOKEN: Final = """\
INSERT INTO tokens_revoked (jti, expires_at) VALUES (?, ?) ON CONFLICT (jti) DO NOTHING"""

WAS_CODE_JUDGED: Final = "SELECT redeemed_at FROM tokens_redeemed_code WHERE code_hash = ?"

REVOKED_GRANTS_SINCE: Final = "SELECT id, revoked_at FROM tokens_grant WHERE revoked_at > ?"
REVOKED_TOKENS: Final = "SELECT jti, expires_at FROM tokens_revoked WHERE expires_at > ?"

PURGE: Final = (
    "DELETE FROM tokens_redeemed_code WHERE expires_at < ?",
    "DELETE FROM tokens_refresh WHERE expires_at < ?",
    "DELETE FROM tokens_revoked WHERE expires_at < ?",
    "DELETE FROM tokens_grant WHERE expires_at < ?",
)
