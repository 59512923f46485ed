"""Gathers what is unusual about a sign-in, for the policies to judge: it decides nothing itself."""
