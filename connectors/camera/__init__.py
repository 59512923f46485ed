"""Cameras that are enrolled devices: a face they took, and their own word that it is alive.

A local agent signs every capture with the device's own key, over a nonce of ours, a counter and the
digest of the picture, which travels beside the statement and is never stored.
"""
