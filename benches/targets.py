"""What was to be reached, and whether a record says that it was. Ratios differ from machine to
machine: this is told, and fails nothing.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from figures import well
from report import digits, megabytes


class Found:
    """A record's figures by work and system; None for what was not measured, or failed."""

    def __init__(self, works: list[dict]):
        self._works = {work["work"]: well(work) for work in works}

    def figure(self, work: str, system: str, name: str = "median") -> float | None:
        return self._works.get(work, {}).get(system, {}).get(name)

    def ratio(self, work: str, one: str, other: str) -> float | None:
        """Of two systems' medians."""
        return quotient(self.figure(work, one), self.figure(work, other))


def quotient(one: float | None, other: float | None) -> float | None:
    return None if one is None or other is None else one / other


def times(number: float) -> str:
    return f"{digits(number, 2)} times"


def milliseconds(number: float) -> str:
    return f"{digits(number * 1000, 2)} ms"


@dataclass(frozen=True)
class Target:
    work: str
    """Its name."""
    text: str
    figure: Callable[[Found], float | None]
    least: float | None = None
    most: float | None = None
    shown: Callable[[float], str] = times

    def line(self, found: Found) -> dict:
        value = self.figure(found)
        met = None
        if value is not None:
            met = (self.least is None or value >= self.least) and (
                self.most is None or value <= self.most
            )
        return {
            "work": self.work,
            "target": self.text,
            "value": value,
            "reached": None if value is None else self.shown(value),
            "met": met,
        }


def lines(works: list[dict]) -> list[dict]:
    """Of the works that were measured."""
    found = Found(works)
    names = {work["name"] for work in works}
    return [target.line(found) for target in TARGETS if target.work in names]


PL_PYTHON = {"plpython": "PL/Python row by row", "plpython-pandas": "PL/Python with a pandas frame"}
OURS = {"python": "Python", "r": "R"}


def faster(name: str, work: str, least: float, peer: str, title: str, ours: str) -> Target:
    return Target(
        name,
        f"{OURS[ours]}: {title} takes at least {least:g} times as long",
        lambda found: found.ratio(work, peer, ours),
        least=least,
    )


def faster_than_plpython(name: str, work: str, least: float) -> Iterator[Target]:
    for peer, title in PL_PYTHON.items():
        yield faster(name, work, least, peer, title, "python")


def near(name: str, work: str, most: float, floor: str, title: str) -> Iterator[Target]:
    for ours, language in OURS.items():
        yield Target(
            name,
            f"{language}: at most {most:g} times as long as {title}",
            lambda found, ours=ours: found.ratio(work, ours, floor),
            most=most,
        )


def within(work: str, most: float, peer: str, ours: str, what: str) -> Target:
    def beyond(found: Found) -> float | None:
        one, other = found.figure(work, ours), found.figure(work, peer)
        return None if one is None or other is None else one - other

    return Target("W15", f"{OURS[ours]}: {what}", beyond, most=most, shown=milliseconds)


def quick_median(found: Found) -> float | None:
    return found.ratio("now-and-then", "cold-python", "python")


def beside_exercised(found: Found) -> float | None:
    job = found.figure("grouped", "exercised")
    call = found.figure("now-and-then", "python")
    together = None if job is None or call is None else job + call
    return quotient(found.figure("grouped", "python"), together)


def steadiness(ours: str) -> Callable[[Found], float | None]:
    return lambda found: quotient(
        found.figure("now-and-then", ours, "p99"), found.figure("now-and-then", ours)
    )


def farthest(ours: str) -> Callable[[Found], float | None]:
    """The deviation of time per row that is farthest from none."""

    def figure(found: Found) -> float | None:
        seen = [found.figure(f"slope-{scale}", ours, "deviation") for scale in (1, 3, 10)]
        return None if None in seen else max(seen, key=abs)

    return figure


def by_language() -> Iterator[Target]:
    for ours, language in OURS.items():
        yield Target(
            "W6",
            f"{language}: 99th percentile at most 5 times the median",
            steadiness(ours),
            most=5,
        )
        yield Target(
            "W8",
            f"{language}: at least 0.8 of the calls per second for which all cores could make"
            " satellites",
            lambda found, ours=ours: found.figure("refill", ours, "share"),
            least=0.8,
            shown=lambda share: digits(share, 2),
        )
        yield Target(
            "W8",
            f"{language}: no call takes more than 10 times the median",
            lambda found, ours=ours: found.figure("crowd", ours, "slowest_to_median"),
            most=10,
        )
        yield Target(
            "W10",
            f"{language}: time for each row within 10 % up to ten times the rows",
            farthest(ours),
            least=-0.1,
            most=0.1,
            shown="{:+.0%}".format,
        )
        yield Target(
            "W10",
            f"{language}: the backend's private memory grows by less than 32 MB up to ten times the"
            " rows",
            lambda found, ours=ours: found.figure("memory-10", ours, "growth"),
            most=32e6,
            shown=megabytes,
        )


WITH_PACKAGES = (
    within(
        "scoring",
        0.015,
        "plpython-pandas",
        "python",
        "scores of scikit-learn take at most 15 ms more than in PL/Python that has loaded it",
    ),
    Target(
        "W15",
        "Python: a PNG of matplotlib takes at most 150 ms",
        lambda found: found.figure("figure", "python"),
        most=0.15,
        shown=milliseconds,
    ),
    within(
        "forest",
        0.015,
        "plr",
        "r",
        "scores of ranger take at most 15 ms more than in PL/R that has loaded it",
    ),
    within(
        "data-table",
        0.015,
        "plr",
        "r",
        "sums of data.table take at most 15 ms more than in PL/R that has loaded it",
    ),
)

TARGETS = sorted(
    (
        *faster_than_plpython("W1", "through", 12),
        faster("W1", "through", 15, "plr", "PL/R", "r"),
        faster("W1", "through", 2.5, "adbc", "the ADBC client", "python"),
        *near("W1", "through", 1.8, "both-ways", "the floor, both ways"),
        *faster_than_plpython("W2", "into", 15),
        *near("W2", "into", 0.8, "copy", "`COPY` in binary form"),
        *faster_than_plpython("W3", "out", 8),
        *near("W3", "out", 1.6, "table-as", "`CREATE TEMP TABLE AS`"),
        *faster_than_plpython("W4", "texts", 5),
        Target(
            "W4",
            "Python: the ADBC client takes no less",
            lambda found: found.ratio("texts", "adbc", "python"),
            least=1,
        ),
        *faster_than_plpython("W5", "mixed", 6),
        Target(
            "W6",
            "Python: `python3 -c 'import numpy, pandas, pyarrow'` takes at least 120 times as long",
            quick_median,
            least=120,
        ),
        Target(
            "W7",
            "Python: at most 1.5 times as long as an exercised process and W6 together",
            beside_exercised,
            most=1.5,
        ),
        *by_language(),
        *WITH_PACKAGES,
    ),
    key=lambda target: int(target.work[1:]),
)
