"""Random values: never handed out twice, neither to two threads nor to a forked child."""

import os
import signal
import threading

from idp.foundation.randomness import random_octets, random_token, random_uuid


def test_random_values_never_repeat_across_blocks_and_threads() -> None:
    found: list[bytes] = []

    def draw() -> None:
        found.extend(random_octets(32) for _ in range(500))

    threads = [threading.Thread(target=draw) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(found)) == 8 * 500
    assert {len(octets) for octets in found} == {32}


def test_random_values_of_a_forked_child_are_its_own() -> None:
    random_octets(1)
    reader, writer = os.pipe()
    parent = os.getpid()
    try:
        child = os.fork()
        if not child:
            os.write(writer, random_octets(64))
    finally:
        if os.getpid() != parent:
            # Nothing may run at its end: the child would go on as a second run of these tests.
            os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    assert os.read(reader, 64) != random_octets(64)
    os.close(reader)
    os.close(writer)


def test_random_token_and_uuid_are_of_the_registered_form() -> None:
    assert len(random_token(32)) == 43
    assert random_uuid().version == 4
