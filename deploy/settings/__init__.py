"""Django's settings, one module per profile, read from the environment and nowhere else.

`environment` reads and types the variables, `base` holds what all profiles share. The meaning of
each provider setting stands in `idp.conf`.
"""
