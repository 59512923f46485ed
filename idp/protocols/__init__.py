"""The doors.

Each parses one wire protocol into a JourneyRequest and turns the outcome back; none knows
another.
"""
