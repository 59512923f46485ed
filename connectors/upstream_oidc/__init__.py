"""A partner's OpenID Connect provider (a province's portal, another city): log in there, come here.

Authorization code with PKCE, nonce and `iss`, over Authlib's client; ID tokens verified by joserfc.
An inherited level is never higher than the partner's ceiling.
"""
