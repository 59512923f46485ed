"""The identity provider: doors, the hall between them, and what both stand on."""
