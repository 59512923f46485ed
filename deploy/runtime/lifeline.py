"""Ties a process's life to its parent's, so that a killed supervisor leaves nothing behind."""

import ctypes
import os
import signal

_PR_SET_PDEATHSIG = 1


def follow_parent(parent: int | None = None) -> None:
    """Have the kernel send this process SIGTERM when its parent dies (Linux; else do nothing).

    Args:
        parent: the parent's process id as it knew itself; a parent that died before this call is
            noticed by it.
    """
    try:
        prctl = ctypes.CDLL(None, use_errno=True).prctl
    except (OSError, AttributeError):
        return
    prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    if parent is not None and os.getppid() != parent:
        os.kill(os.getpid(), signal.SIGTERM)
