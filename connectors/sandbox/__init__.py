"""The sandbox authority: one light HTTP server that stands in for every authority and gateway.

Owns a made-up population, an inbox of what gateways delivered, simulated devices, and faults on
command. It checks signatures, field order and encoding as the real ones do, by code of its own:
it shares none with the adapters, so neither side can hide the other's mistake. Development only,
loopback only; start it with `python -m connectors.sandbox --port 8001`.
"""
