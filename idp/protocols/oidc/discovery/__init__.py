"""Server metadata and keys: OpenID Connect Discovery 1.0, RFC 8414 and the JWK Set."""
