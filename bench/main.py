"""Runs the measurement: each system in turn, row by row, and one table at the end."""

import argparse
import contextlib
import sys
import time
from collections.abc import Iterable, Sequence

from bench import machine
from bench.load import Figure, LoadError, Plan, measure
from bench.report import Results, footnotes, table, write_json
from bench.rows import ROWS, Row
from bench.servers import WORK, NotReadyError
from bench.systems.floor import Floor
from bench.systems.peer import Peer
from bench.systems.product import Product, StorePorts
from bench.systems.system import System

_IDLE_S = 5


def main(arguments: Sequence[str]) -> int:
    """Measure what the arguments name; 0 if every figure could be taken, else 1."""
    chosen = _parser().parse_args(arguments)
    rows = tuple(row for row in ROWS if not chosen.rows or row.key in chosen.rows)
    plan = Plan(seconds=chosen.seconds, runs=chosen.runs, warm_up=chosen.warm_up)
    results: dict[str, dict[str, Figure | str]] = {}
    facts: dict[str, object] = {
        "machine": machine.description(),
        "plan": {"seconds": plan.seconds, "runs": plan.runs, "warm_up": plan.warm_up},
        "stores": chosen.stores,
    }
    for system in _systems(chosen):
        print(f"{system.name} …", file=sys.stderr, flush=True)
        try:
            results[system.name], facts[system.name] = _measure(system, rows, plan)
        except (NotReadyError, LoadError, OSError) as error:
            results[system.name] = {row.key: str(error) for row in rows[:1]}
    _print(rows, results, facts, plan)
    write_json(WORK / "results.json", results, facts)
    return int(any(isinstance(each, str) for rows in results.values() for each in rows.values()))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bench/run", description=__doc__)
    add = parser.add_argument
    keys = [row.key for row in ROWS]
    add("rows", nargs="*", choices=[*keys, []], metavar="ROW", help=f"of: {', '.join(keys)}")
    add("--only", default="product,peer,floor", help="systems to measure, with commas")
    add("--runs", type=int, default=3, help="runs of each row; the median counts")
    add("--seconds", type=int, default=5, help="length of a run")
    add("--warm-up", type=int, default=2000, help="requests before the first run")
    add("--stores", choices=("servers", "embedded"), default="servers", help="the product's stores")
    add("--cold-tokens", type=int, default=20_000, help="distinct JWTs for the cold introspection")
    add("--port", type=int, default=18_200, help="the product's port; the sandbox takes the next")
    add("--peer-port", type=int, default=4001)
    add("--store-port", type=int, default=6390, help="Valkey's, for the peer or the product")
    add("--floor-port", type=int, default=18_290)
    add("--postgresql-port", type=int, default=18_291)
    return parser


def _systems(chosen: argparse.Namespace) -> Iterable[System]:
    names = chosen.only.split(",")
    if "product" in names:
        ports = StorePorts(valkey=chosen.store_port, postgresql=chosen.postgresql_port)
        stores = ports if chosen.stores == "servers" else None
        yield Product(
            port=chosen.port,
            stores=stores,
            cold_tokens=chosen.cold_tokens,
        )
    if "peer" in names:
        yield Peer(port=chosen.peer_port, store_port=chosen.store_port)
    if "floor" in names:
        yield Floor(port=chosen.floor_port)


def _measure(
    system: System, rows: Iterable[Row], plan: Plan
) -> tuple[dict[str, Figure | str], dict[str, float]]:
    with contextlib.ExitStack() as stack:
        stack.callback(system.stop)
        system.start()
        time.sleep(_IDLE_S)
        facts = {
            "ready_s": round(system.ready_seconds, 2),
            "idle_mb": round(machine.memory_mb(system.all_pids()), 1),
        }
        figures: dict[str, Figure | str] = {}
        for row in rows:
            if row.durable and system.name == "peer":
                figures |= _row(system, row, plan, suffix="/everysec")
            system.set_durable(durable=row.durable)
            figures |= _row(system, row, plan)
            system.set_durable(durable=False)
        return figures, facts


def _row(system: System, row: Row, plan: Plan, suffix: str = "") -> dict[str, Figure | str]:
    """Measure one row; a server that answers wrongly gets a reason instead of a figure."""
    try:
        load = system.load(row.key)
        if load is None:
            return {}
        figure: Figure | str = measure(load, system.server_pids, plan)
    except (LoadError, OSError) as error:
        figure = str(error)
    print(f"  {row.title}{suffix}: {figure}", file=sys.stderr, flush=True)
    return {row.key + suffix: figure}


def _print(rows: tuple[Row, ...], results: Results, facts: dict[str, object], plan: Plan) -> None:
    print(f"\n{facts['machine']}; product's stores: {facts['stores']}")
    print(
        f"server on core {machine.SERVER_CORE}, stores and load on core {machine.OTHER_CORE}; "
        f"medians of {plan.runs} runs of {plan.seconds} s after {plan.warm_up} requests\n"
    )
    print(table(rows, results))
    notes = footnotes(rows, results)
    if notes:
        print(f"\n{notes}")
    for name in results:
        if isinstance(start := facts.get(name), dict):
            print(f"{name}: ready in {start['ready_s']} s, {start['idle_mb']} MB idle (PSS)")
