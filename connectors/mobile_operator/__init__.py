"""The mobile operators, three-factor: do name, citizen number and phone belong together?

Shape from public sources: name, number and phone go out; consistent, inconsistent or no record
comes back. Virtual operators' numbers (162, 165, 167, 170, 171) cannot be checked. The wire is our
reading; see docs/guides/connectors.md.
"""
