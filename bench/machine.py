"""The machine: which core who runs on, and what a tree of processes has cost, read from /proc."""

import contextlib
import os
import socket
from collections.abc import Iterable, Iterator
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_LISTENING = "0A"

CORES = sorted(os.sched_getaffinity(0))
SERVER_CORE = CORES[0]
OTHER_CORE = CORES[1] if len(CORES) > 1 else CORES[0]


def pinned(command: Iterable[str | Path], core: int) -> list[str]:
    """The command, to be started on one core alone."""
    return ["taskset", "-c", str(core), *map(str, command)]


def pin(pids: Iterable[int], core: int) -> None:
    """Move running processes, with every thread they have, to one core."""
    for pid in pids:
        for task in _numbers(Path(f"/proc/{pid}/task")):
            with contextlib.suppress(ProcessLookupError):
                os.sched_setaffinity(task, {core})


def tree(root: int) -> list[int]:
    """A process and all that descend from it."""
    parents = {pid: int(fields[1]) for pid in _numbers(Path("/proc")) if (fields := _stat(pid))}
    found = [root]
    for pid in found:
        found.extend(child for child, parent in parents.items() if parent == pid)
    return found


def listeners(pids: Iterable[int], port: int) -> list[int]:
    """Those of the processes that hold a listening socket on this port."""
    sockets = {f"socket:[{inode}]" for inode in _listening_inodes(port)}
    return [pid for pid in pids if sockets & set(_open_files(pid))]


def cpu_seconds(pids: Iterable[int]) -> float:
    """User and system time the processes have used so far, in seconds (10 ms steps)."""
    ticks = 0
    for pid in pids:
        fields = _stat(pid)
        if fields:
            ticks += int(fields[11]) + int(fields[12])
    return ticks / _TICKS


def memory_mb(pids: Iterable[int]) -> float:
    """What the processes hold in memory: shared pages are divided among their holders (PSS)."""
    kilobytes = 0
    for pid in pids:
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    kilobytes += int(line.split()[1])
    return kilobytes / 1024


def is_listening(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def description() -> str:
    """The machine in a line, for the report."""
    cpu = next(
        line.split(":", 1)[1].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    )
    kernel = os.uname()
    return f"{cpu}, {len(CORES)} cores used of {os.cpu_count()}, {kernel.sysname} {kernel.release}"


def _stat(pid: int) -> list[str]:
    """The fields after the command's name, or nothing if the process is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return []


def _numbers(folder: Path) -> list[int]:
    try:
        return [int(entry.name) for entry in folder.iterdir() if entry.name.isdigit()]
    except OSError:
        return []


def _listening_inodes(port: int) -> Iterator[str]:
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        with contextlib.suppress(OSError):
            for line in Path(table).read_text().splitlines()[1:]:
                fields = line.split()
                if fields[3] == _LISTENING and int(fields[1].rpartition(":")[2], 16) == port:
                    yield fields[9]


def _open_files(pid: int) -> Iterator[str]:
    with contextlib.suppress(OSError):
        for entry in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                yield str(entry.readlink())
