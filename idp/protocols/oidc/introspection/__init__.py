"""Token introspection (RFC 7662): a resource server asks whether a token is good."""
