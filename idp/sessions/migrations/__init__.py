"""The tables of sessions, step by step."""
