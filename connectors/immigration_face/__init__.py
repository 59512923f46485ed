"""The immigration administration's comparison with a face (实人), at a camera page of its own.

Known from public sources: name, number and birth date of an exit or entry document, with a face;
certificate or signed-server access. That there is a page for it, and its wire, is our reading after
the face comparison's: see docs/guides/connectors.md.
"""
