"""Ending a session for every client: RP-initiated, front-channel and back-channel logout."""
