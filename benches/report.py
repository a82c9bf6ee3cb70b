"""A record as the tables of docs/performance.md. Needs nothing but the record: see publish."""

import math

SUFFIXES = {
    "range": ": median (fastest to slowest), **ratio to ours** in Python, for R in R",
    "p99": ": median (99th percentile), **ratio to ours** in Python, for R in R",
    "slope": ", and how it differs from the first column's",
    "memory": ", and how it differs from the first column's",
}
"""Behind the table's title, by what its first work shows."""


def text(record: dict) -> str:
    """All of it."""
    parts = [*tables(record), machine_line(record), "What was to be reached:"]
    return "\n\n".join([*parts, targets_table(record["targets"])])


def tables(record: dict) -> list[str]:
    titles = dict.fromkeys(work["table"] for work in record["works"])
    return [
        table(title, [work for work in record["works"] if work["table"] == title])
        for title in titles
    ]


def table(title: str, works: list[dict]) -> str:
    """Works side by side, a system a line; what failed gets a note below."""
    notes: list[str] = []
    lines = []
    for system in in_order(works):
        found = [
            next((r for r in work["results"] if r["system"] == system), None) for work in works
        ]
        line = [next(r["title"] for r in found if r)]
        for work, result in zip(works, found, strict=True):
            if result is None:
                line.append("—")
            elif result["failure"] is None:
                line.append(CELLS[work["shows"]](result))
            else:
                if result["failure"] not in notes:
                    notes.append(result["failure"])
                line.append(f"failed [{notes.index(result['failure']) + 1}]")
        lines.append(line)
    title += SUFFIXES.get(works[0]["shows"], "")
    head = ["", *(work["title"] for work in works)]
    noted = (f"\n[{number}] {note}" for number, note in enumerate(notes, 1))
    return "\n".join([title, "", markdown(head, lines), *noted])


def in_order(works: list[dict]) -> list[str]:
    """Each system once, none before one that stands before it in any of the works."""
    orders = [[result["system"] for result in work["results"]] for work in works]
    found: list[str] = []
    while any(orders):
        heads = [order[0] for order in orders if order]
        free = (head for head in heads if not any(head in order[1:] for order in orders))
        found.append(next(free))
        orders = [[system for system in order if system != found[-1]] for order in orders]
    return found


def markdown(head: list[str], lines: list[list[str]]) -> str:
    return "\n".join("| " + " | ".join(line) + " |" for line in [head, ["---"] * len(head), *lines])


def digits(number: float, count: int = 3) -> str:
    """So many of them that say something; 0.00123 and 1234 become 0.0012 and 1234 with two."""
    if number == 0:
        return "0"
    return f"{number:.{max(0, count - 1 - math.floor(math.log10(abs(number))))}f}"


def scaled(seconds: float, *others: float) -> tuple[str, ...]:
    """All in the unit that suits the first one, which alone names it."""
    unit, scale = ("s", 1) if seconds >= 1 else ("ms", 1000)
    return f"{digits(seconds * scale)} {unit}", *(digits(other * scale) for other in others)


def with_ratio(cell: str, result: dict) -> str:
    return f"{cell}, **{digits(result['ratio'], 2)}**" if result["ratio"] else cell


def range_cell(result: dict) -> str:
    median, fastest, slowest = scaled(result["median"], result["fastest"], result["slowest"])
    return with_ratio(f"{median} ({fastest} to {slowest})", result)


def p99_cell(result: dict) -> str:
    median, p99 = scaled(result["median"], result["p99"])
    return with_ratio(f"{median} ({p99})", result)


def crowd_cell(result: dict) -> str:
    times = (scaled(result[what])[0] for what in ("median", "p99", "slowest"))
    median, p99, slowest = times
    return (
        f"{digits(result['rate'])} calls/s; median {median}, 99th percentile {p99},"
        f" slowest {slowest}"
    )


def refill_cell(result: dict) -> str:
    median, fastest, slowest = scaled(result["median"], result["fastest"], result["slowest"])
    cell = f"{median} ({fastest} to {slowest}), so {digits(result['capacity'])} a second"
    return f"{cell}; reached: {digits(result['share'], 2)}" if "share" in result else cell


def slope_cell(result: dict) -> str:
    cell = f"{digits(result['per_row'] * 1e9)} ns"
    return f"{cell} ({result['deviation']:+.0%})" if "deviation" in result else cell


def memory_cell(result: dict) -> str:
    cell = megabytes(result["highest"])
    if "growth" not in result:
        return cell
    sign = "-" if result["growth"] <= -0.05e6 else "+"
    return f"{cell} ({sign}{megabytes(abs(result['growth']))})"


def megabytes(number: float) -> str:
    return f"{round(number / 1e6, 1) + 0:.1f} MB"  # no minus before 0.0


CELLS = {
    "range": range_cell,
    "p99": p99_cell,
    "crowd": crowd_cell,
    "refill": refill_cell,
    "slope": slope_cell,
    "memory": memory_cell,
}


def targets_table(targets: list[dict]) -> str:
    words = {True: "yes", False: "**no**", None: "not measured"}
    lines = [
        [target["work"], target["target"], target["reached"] or "—", words[target["met"]]]
        for target in targets
    ]
    return markdown(["", "target", "reached", ""], lines)


def machine_line(record: dict) -> str:
    """The sentence under the tables."""
    of = record["machine"]
    versions = ", ".join(f"{name} {version}" for name, version in record["versions"].items())
    return (
        f"{record['date'][:10]}, commit {record['commit']}, {record['rounds']} rounds;"
        f" {of['cores']} cores of {of['processor']}, {of['memory_gb']} GB,"
        f" Linux {of['kernel']}, load {of['load']} before; {versions}."
    )
