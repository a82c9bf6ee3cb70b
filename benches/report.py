"""What was measured: as JSON with every single number, and as the README's tables."""

import math
import statistics

from description import Work
from measure import Result


def p99(seconds: list[float]) -> float:
    """By nearest rank: with fewer than a hundred calls it is the slowest."""
    return sorted(seconds)[math.ceil(0.99 * len(seconds)) - 1]


def figures(result: Result, baseline: float | None) -> dict:
    """A result as JSON has it. Failed ones keep what they had measured, but have no figures."""
    found = {
        "system": result.system.key,
        "title": result.system.title,
        "beside": result.system.beside,
        "failure": result.failure,
        "seconds": result.seconds,
    }
    if result.failure is None:
        median = statistics.median(result.seconds)
        found |= {
            "calls": len(result.seconds),
            "median": median,
            "fastest": min(result.seconds),
            "slowest": max(result.seconds),
            "p99": p99(result.seconds),
            "ratio": median / baseline if baseline else None,
        }
    return found


def work_figures(work: Work, results: list[Result]) -> dict:
    medians = {r.system.key: statistics.median(r.seconds) for r in results if r.failure is None}
    return {
        "work": work.key,
        "title": work.title,
        "shows": work.shows,
        "results": [figures(result, medians.get(result.system.beside)) for result in results],
    }


def digits(number: float, count: int = 3) -> str:
    """So many of them that say something; 0.00123 and 1234 become 0.0012 and 1234 with two."""
    if number == 0:
        return "0"
    return f"{number:.{max(0, count - 1 - math.floor(math.log10(number)))}f}"


def cell(found: dict, shows: str) -> str:
    """Median and spread in one unit, and the ratio to ours."""
    unit, scale = ("s", 1) if found["median"] >= 1 else ("ms", 1000)
    number = {name: digits(found[name] * scale) for name in ("median", "fastest", "slowest", "p99")}
    spread = f"{number['fastest']} to {number['slowest']}" if shows == "range" else number["p99"]
    ratio = f", **{digits(found['ratio'], 2)}**" if found["ratio"] else ""
    return f"{number['median']} {unit} ({spread}){ratio}"


def table(title: str, works: list[dict], systems: list[str]) -> str:
    """Works side by side, a system a line; what failed gets a note below."""
    spread = {"range": "fastest to slowest", "p99": "99th percentile"}[works[0]["shows"]]
    head = ["", *(work["title"] for work in works)]
    lines = [head, ["---"] * len(head)]
    notes: list[str] = []
    for system in systems:
        found = [
            next((r for r in work["results"] if r["system"] == system), None) for work in works
        ]
        if not any(found):
            continue
        line = [next(r["title"] for r in found if r)]
        for work, result in zip(works, found, strict=True):
            if result is None:
                line.append("—")
            elif result["failure"] is None:
                line.append(cell(result, work["shows"]))
            else:
                if result["failure"] not in notes:
                    notes.append(result["failure"])
                line.append(f"failed [{notes.index(result['failure']) + 1}]")
        lines.append(line)
    text = "\n".join("| " + " | ".join(line) + " |" for line in lines)
    title = f"{title}: median ({spread}), **ratio to ours** in Python, for R in R"
    return "\n".join(
        [title, "", text, *(f"\n[{number}] {note}" for number, note in enumerate(notes, 1))]
    )
