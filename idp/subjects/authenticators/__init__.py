"""What people prove themselves with: one table of authenticators, a service of one shape per kind.

Asking for a proof on a page, and what follows from it, is the journey's.
"""
