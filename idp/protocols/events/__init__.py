"""Security events to clients: what changed about a person they know (RFC 8417, OpenID CAEP 1.0).

A sender without a door: it is registered with the rooms where things change, as a logout channel
is. Owns who is told and what the token says; the outbox owns when, and how often it is tried.
"""
