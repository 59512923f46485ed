"""Verified claims (OpenID Connect for Identity Assurance 1.0): what is asked, known and answered.

Owns the request's form, the records read off the chain of evidence, and how one meets the other.
How a request arrives and an answer leaves is the door's; what people agree to is the journey's.
"""
