"""Identity documents: their types, and how a typed number is read, checked and masked.

Owns the table of document types and the canonical form of each number. Whether a document is
genuine is an authority's to say. A later type adds one file here and one line in `registry`.
"""
