"""The national network identity service (国家网络身份认证): a visit that tells a result only.

Voluntary, by MPS order 173. The 网号 is a pseudonym that stays the same for one person at one
service; the 网证 is the credential in their app. The wire is our reading of public sources.
"""
