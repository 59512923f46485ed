"""The UserInfo endpoint (OpenID Connect Core 1.0 §5.3): released claims for an access token."""
