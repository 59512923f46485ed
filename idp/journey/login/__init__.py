"""The login step: who is signing in."""
