"""The authorization endpoint: validation as an ordered table, then the hall, then the answer."""
