"""The immigration administration's identity authentication of exit and entry documents.

Shape from public sources: name, number and birth date of a travel permit, residence permit,
passport or permanent resident card (实名), with a face (实人), or a chip's reading; a municipal
wrapper stands before it: token, application, authentication. The wire is our reading; see
docs/guides/connectors.md.
"""
