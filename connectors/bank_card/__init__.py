"""The bank card network, four-factor: do name, citizen number, card and phone belong together?

Shape from public sources: the four go out; consistent, inconsistent or no record comes back, and
a card may be checked at most five times in 24 hours, which we hold to ourselves. The wire is our
reading; see docs/guides/connectors.md.
"""
