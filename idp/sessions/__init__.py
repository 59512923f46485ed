"""One SSO session across channels, its participants, and the fan-out of its end.

Pages are the journey's.
"""
