"""The OAuth 2.0 shape of i厦门, for clients that spoke it before: they change the host alone.

Off for every client that is not registered for it. Built from public descriptions, not from an
official specification: what is a guess is said in docs/guides/migration.md.
"""
