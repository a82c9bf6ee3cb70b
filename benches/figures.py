"""What was measured, with every single number, and the figures that follow from it; as JSON has it.

Times are in seconds, memory in bytes. What failed keeps what had been measured, but has no figures.
"""

import math
import statistics
from collections.abc import Iterable

from description import System, Work
from measure import Result

TENTH_OF_A_MICROSECOND = 7


def works(
    chosen: list[Work], systems: Iterable[System], results: list[Result], rows: int, cores: int
) -> list[dict]:
    """Each work, with the results of all systems that do it or are sums of such."""
    found = []
    for work in chosen:
        mine = {result.system.key: measured(result) for result in results if result.work is work}
        for system in systems:
            if system.sums and all(part in mine for part in system.sums):
                mine[system.key] = summed(system, [mine[part] for part in system.sums])
        in_order = [mine[system.key] for system in systems if system.key in mine]
        for result in in_order:
            if result["failure"] is None:
                result |= figures(result)
        found.append(
            {
                "work": work.key,
                "name": work.name,
                "title": work.title.format(rows=f"{work.rows(rows):,}"),
                "table": work.table.format(rows=f"{rows:,}"),
                "rows": work.rows(rows),
                "shows": work.shows,
                "results": in_order,
            }
        )
    for of in found:
        compare(of)
    crowd_and_capacity(found, cores)
    for shows in ("slope", "memory"):
        growth([of for of in found if of["shows"] == shows])
    return found


def measured(result: Result) -> dict:
    numbers = {
        what: [round(number, TENTH_OF_A_MICROSECOND) for number in list_]
        for what, list_ in {"seconds": [], **result.numbers}.items()
    }
    return described(result.system) | {"failure": result.failure} | numbers


def summed(system: System, parts: list[dict]) -> dict:
    """Round by round."""
    failure = next((part["failure"] for part in parts if part["failure"] is not None), None)
    rounds = zip(*(part["seconds"] for part in parts), strict=False)
    seconds = [round(sum(each), TENTH_OF_A_MICROSECOND) for each in rounds]
    return described(system) | {"failure": failure, "seconds": seconds}


def described(system: System) -> dict:
    return {"system": system.key, "title": system.title, "beside": system.beside}


def figures(result: dict) -> dict:
    seconds = result["seconds"]
    found = {
        "calls": len(seconds),
        "median": statistics.median(seconds),
        "fastest": min(seconds),
        "slowest": max(seconds),
        "p99": p99(seconds),
    }
    if elapsed := result.get("elapsed"):
        calls = len(seconds) / len(elapsed)
        found["rate"] = statistics.median(calls / turn for turn in elapsed)
        found["slowest_to_median"] = found["slowest"] / found["median"]
    if peak := result.get("peak"):
        found["highest"] = max(peak)
    return found


def p99(seconds: list[float]) -> float:
    """By nearest rank: with fewer than a hundred calls it is the slowest."""
    return sorted(seconds)[math.ceil(0.99 * len(seconds)) - 1]


def well(work: dict) -> dict[str, dict]:
    """The results that have figures, by system."""
    return {result["system"]: result for result in work["results"] if result["failure"] is None}


def compare(work: dict) -> None:
    """Each with that of ours beside which it stands."""
    results = well(work)
    for result in results.values():
        ours = results.get(result["beside"])
        result["ratio"] = result["median"] / ours["median"] if ours else None


def crowd_and_capacity(found: list[dict], cores: int) -> None:
    """What all cores could make of satellites if they did nothing else, and how much of that the
    crowd had of them.
    """
    crowds = {key: each for of in found if of["shows"] == "crowd" for key, each in well(of).items()}
    for of in found:
        if of["shows"] == "refill":
            for key, result in well(of).items():
                result["capacity"] = cores / result["median"]
                if key in crowds:
                    result["share"] = crowds[key]["rate"] / result["capacity"]


def growth(scales: list[dict]) -> None:
    """How time per row, and the peak of memory, differ from those with the fewest rows."""
    for of in scales:
        for key, result in well(of).items():
            least = well(scales[0]).get(key)
            result["per_row"] = result["median"] / of["rows"]
            if least is None:
                continue
            result["deviation"] = result["per_row"] / least["per_row"] - 1
            if "highest" in result:
                result["growth"] = result["highest"] - least["highest"]
