"""One grant type a file, named by its registered value: Authlib's grant, given our tokens."""
