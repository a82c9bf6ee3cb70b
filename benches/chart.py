"""A record in short, for the README: a bar chart and five lines. Needs nothing but the record."""

from html import escape

from report import digits, scaled

WORK = "through"
SYSTEMS = {
    "both-ways": "the server alone, no script",
    "python": "pg_launchpad, Python",
    "r": "pg_launchpad, R",
    "adbc": "client with ADBC",
    "psycopg": "client with psycopg",
    "plpython": "PL/Python, row by row",
    "plpython-pandas": "PL/Python with pandas",
    "plr": "PL/R",
}
"""What the chart shows, in this order; a system that has failed or was left out is left out."""

WIDTH, LEFT, RIGHT, BAR, GAP, TOP = 760, 250, 90, 20, 8, 48
INK, OURS, OTHERS = "#1f2328", "#2f6f9f", "#b4bcc5"


def medians(record: dict, work: str) -> dict[str, float]:
    """Seconds by system."""
    (found,) = (each for each in record["works"] if each["work"] == work)
    return {r["system"]: r["median"] for r in found["results"] if r["failure"] is None}


def svg(record: dict) -> str:
    """The chart, on a white ground so that dark pages show it, too."""
    found = medians(record, WORK)
    bars = [(title, system, found[system]) for system, title in SYSTEMS.items() if system in found]
    height = TOP + len(bars) * (BAR + GAP) + GAP
    scale = (WIDTH - LEFT - RIGHT) / max(seconds for _, _, seconds in bars)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}"'
        f' viewBox="0 0 {WIDTH} {height}" font-family="sans-serif" font-size="14" fill="{INK}">',
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        f'<text x="12" y="28" font-size="16">{title(record)}</text>',
    ]
    for number, (name, system, seconds) in enumerate(bars):
        y = TOP + number * (BAR + GAP)
        colour = OURS if system in ("python", "r") else OTHERS
        end = LEFT + max(1.0, seconds * scale)
        lines += [
            f'<text x="{LEFT - 8}" y="{y + 15}" text-anchor="end">{escape(name)}</text>',
            f'<rect x="{LEFT}" y="{y}" width="{end - LEFT:.1f}" height="{BAR}" fill="{colour}"/>',
            f'<text x="{end + 6:.1f}" y="{y + 15}">{scaled(seconds)[0]}</text>',
        ]
    return "\n".join([*lines, "</svg>", ""])


def title(record: dict) -> str:
    return f"{record['rows']:,} rows of six columns into a script and back"


def text(record: dict) -> str:
    """The README's section, with the picture."""
    into, call = medians(record, WORK), medians(record, "now-and-then")

    def times(system: str, ours: str) -> str:
        return digits(into[system] / into[ours], 2)

    lines = [
        f"* {title(record)}: {scaled(into['python'])[0]} in Python, {scaled(into['r'])[0]} in R.",
        f"* The same takes {times('plpython', 'python')} times as long in PL/Python and"
        f" {times('plr', 'r')} times as long in PL/R, which run inside the backend.",
        f"* A client that fetches the rows with ADBC and sends them back takes"
        f" {times('adbc', 'python')} times as long; with psycopg,"
        f" {times('psycopg', 'python')} times.",
        f"* A call with a single value takes {scaled(call['python'])[0]} in Python and"
        f" {scaled(call['r'])[0]} in R, each in a fresh sandboxed process.",
        "* [Performance](docs/performance.md) has all figures, also those where others are faster;"
        " `make bench` repeats them.",
    ]
    return "\n".join([f"![Bar chart: {title(record)}](docs/speed.svg)", "", *lines])
