"""Clients: their registered metadata, authentication material and snapshot.

Protocol endpoints are the doors'.
"""
