"""The verification step: proving a real name."""
