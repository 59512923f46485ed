"""Grants and the tokens redeemed under them: issue, rotation, reuse and revocation."""
