"""The OpenID Connect door: one room per endpoint, composed by deploy."""
