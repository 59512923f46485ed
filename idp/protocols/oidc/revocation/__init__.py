"""Token revocation (RFC 7009): a client says that it no longer needs a token."""
