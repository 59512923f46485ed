"""Pure access decisions: facts in, decision out, by Cedar policies.

Knows no HTTP, no Django, no identity provider and no clock: whoever asks gathers the facts, and
records and carries out the decision. Versions and who may edit them live above, in `idp`.
"""
