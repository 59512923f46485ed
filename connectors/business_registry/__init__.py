"""The register of organizations: is this its name, its principal, and may it still act?

Shape from public sources: the unified social credit code, name and principal go out; each comes
back consistent or not, with the registration's status and the principal's title, which depends on
the kind of organization. The wire is our reading; see docs/guides/connectors.md.
"""
