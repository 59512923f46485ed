"""The decision API for integrated systems: OpenID AuthZEN Authorization API 1.0.

Parses, asks the same policies as every sign-in, and answers; who the people are is subjects'.
"""
