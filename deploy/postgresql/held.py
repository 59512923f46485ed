"""Owns whether this thread holds one of Django's connections, for whoever asks at every request."""

from threading import local


class Held(local):
    """Django itself asks each of its connections, which costs more than a hot path's answer may."""

    is_any = False


HELD = Held()
