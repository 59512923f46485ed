"""CTID, the trusted identity platform of the public security ministry's first research institute.

Shape from public sources: appKey and appSecret give a token, the token a serial number, and under
it one authentication: name and number, with validity, each with portrait, or the network credential
网证; the result has four characters, one per factor. The wire is our reading; see
docs/guides/connectors.md.
"""
