"""Policies in the console: the sets and their versions, drafts, proposals, what-if and replays.

What a policy means is the policies package's; how a change comes about, the hall's (`changes`).
"""
