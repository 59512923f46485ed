"""The token endpoint (RFC 6749 §3.2): a pipeline of phases, and one file for each grant type.

Authlib's server and grants carry the protocol; what tokens are and who judges single use is the
tokens room's.
"""
