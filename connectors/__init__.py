"""Adapters to the outside world: authorities, gateways, and the sandbox that stands in for them.

Owns the wire protocols, the one outbound client and the outcome vocabulary. Knows neither Django
nor the provider: time, state and settings are handed in, and no adapter knows another.
"""
