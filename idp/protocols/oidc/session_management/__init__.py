"""Letting a service's page notice that the session changed: OpenID Connect Session Management."""
