"""The table, and the same figures as JSON for whoever writes docs/performance.md."""

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path

from bench.load import Figure
from bench.rows import Row

Results = Mapping[str, Mapping[str, Figure | str]]
"""By system and row (the peer's durable ones also as `<row>/everysec`); a string says why not."""

_NONE = "–"


def table(rows: tuple[Row, ...], results: Results) -> str:
    """One Markdown table: rates and CPU side by side, the ratio of medians, and the goal."""
    head = [
        "operation (one core)",
        "product",
        "peer",
        "floor",
        "product : peer",
        "CPU µs product / peer / floor",
        "p99 ms product / peer",
        "goal",
        "met",
    ]
    lines = [head, ["---"] * len(head), *(_line(row, results) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    return "\n".join(
        "| "
        + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True))
        + " |"
        for line in lines
    )


def footnotes(rows: tuple[Row, ...], results: Results) -> str:
    """What did not fit the table: why a figure is missing, and the peer without durability."""
    notes = []
    for row in rows:
        for system, figures in results.items():
            figure = figures.get(row.key)
            if isinstance(figure, str):
                notes.append(f"{row.title}: {system}: {figure}")
        relaxed = results.get("peer", {}).get(f"{row.key}/everysec")
        if isinstance(relaxed, Figure):
            notes.append(
                f"{row.title}: peer with appendfsync everysec (not durable): {_value(row, relaxed)}"
            )
    return "\n".join(notes)


def write_json(file: Path, results: Results, facts: Mapping[str, object]) -> None:
    figures = {
        system: {
            key: asdict(figure) if isinstance(figure, Figure) else figure
            for key, figure in rows.items()
        }
        for system, rows in results.items()
    }
    file.write_text(json.dumps({**facts, "results": figures}, indent=1, ensure_ascii=False) + "\n")


def _line(row: Row, results: Results) -> list[str]:
    product, peer, floor = (
        figure if isinstance(figure := results.get(name, {}).get(row.key), Figure) else None
        for name in ("product", "peer", "floor")
    )
    goal = f"≤ {row.goal:g} ms CPU" if row.is_cpu else f"≥ {row.goal:,.0f}/s"
    met = _NONE
    if product:
        met = "yes" if row.is_met(_measured(row, product)) else "no"
    return [
        row.title,
        _value(row, product),
        _value(row, peer),
        _value(row, floor),
        _ratio(row, product, peer),
        " / ".join(f"{each.cpu_us:,.0f}" if each else _NONE for each in (product, peer, floor)),
        " / ".join(f"{each.p99_ms:.1f}" if each else _NONE for each in (product, peer)),
        goal,
        met,
    ]


def _measured(row: Row, figure: Figure) -> float:
    return figure.cpu_us / 1000 if row.is_cpu else figure.per_second


def _value(row: Row, figure: Figure | None) -> str:
    if figure is None:
        return _NONE
    if row.is_cpu:
        return f"{figure.cpu_us / 1000:.2f} ms ({figure.per_second:,.0f}/s)"
    return f"{figure.per_second:,.0f}/s"


def _ratio(row: Row, product: Figure | None, peer: Figure | None) -> str:
    """How many times better the product is, whichever way is better."""
    if product is None or peer is None:
        return _NONE
    ours, theirs = _measured(row, product), _measured(row, peer)
    return f"{theirs / ours if row.is_cpu else ours / theirs:.1f}×"
