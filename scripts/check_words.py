"""Do documents and messages use the field's words? A list of phrases to avoid, and what to write.

In documents, code (between backquotes or fences) is skipped, and so are links' targets. In
sources the texts are checked that somebody may read: strings of several words, outside of tests.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DOCUMENTS = ("README.md", "CHANGELOG.md", "docs/**/*.md", "docker/**/*.md", "packaging/**/*.md")
SOURCES = (
    "src/**/*.rs",
    "pure/*/src/**/*.rs",
    "launchers/*/src/**/*.rs",
    "launchers/*/launcher/*.[pR]*",
    "sql/*.sql",
)
INSTEAD = {
    r"(is|are|was|were) told|tells?": "is reported, shows, logs, passes",
    r"(is|are|was|were) no(?! longer)|are none": "is not a …, does not exist, no … exists",
    r"finds no": "does not find a …",
    r"of (its|their|his|one's) own": "its own, separate, dedicated",
    r"ahead of need": "pre-forked, in advance",
    r"for want of": "because … is missing",
    r"likewise": "the same applies to",
    r"but for": "except",
    r"whoever(?! (gives|installs))": "a caller that, a role that",
    r"who (calls again|waits|is kept|has too)": "a call that waits, a repeat caller",
    r"may (have|use|take|be|run|start|not be)": "is allowed to, is limited to, can",
    r"what (a|the) scripts? (says?|prints?|has said)": "a script's output",
    r"(have|has|take|used?|all) together": "in total, combined",
    r"troubles": "failures, errors",
    r"machine('s)?": "host",
    r"sets? of processors|processors?": "CPU list, CPU",
    r"control groups?": "cgroup",
    r"mend(s|ed)?": "fixes, fixed",
    r"(calm|leash|lingerer|teller|defiance)": "quiet period, lifeline, zombie, reporter, violation",
    r"as what": "how",
    r"nothing bounds": "is not limited",
    r"can do without": "can give up",
    r"in sight": "visible",
    r"by nature": "natural",
    r"last word": "final message",
}
ALLOWED = {
    # A processor's name.
    ("docs/performance.md", "Processor"),
}
"""Each must occur: an exception that nothing needs is a fault."""

# Made by tests/hostile/report of the scripts' own words.
MADE = {"docs/sandbox-attacks.md"}
SKIPPED = re.compile(
    r"^```.*?^```|`[^`\n]*`|\]\([^)\n]*\)|<!--.*?-->"
    r"|virtual\s+machines?|machine\s+code|there\s+(?:is|are|was|were)\s+no",
    re.DOTALL | re.MULTILINE | re.IGNORECASE,
)


def blanked(match: re.Match) -> str:
    """Nothing but the line ends, so that lines keep their numbers."""
    return "`" + "\n" * match.group().count("\n")


def found(path: Path) -> list[tuple[int, str, str]]:
    """Line, phrase and what to write instead."""
    text = path.read_text()
    syntax = SYNTAX.get(path.suffix)
    text = SKIPPED.sub(blanked, messages(text, *syntax) if syntax else text)
    # A phrase can go on in the next line.
    return [
        (text.count("\n", 0, match.start()) + 1, " ".join(match.group().split()), instead)
        for pattern, instead in INSTEAD.items()
        for match in re.finditer(rf"\b(?:{pattern})\b".replace(" ", r"\s+"), text, re.IGNORECASE)
    ]


# What begins a comment, and what stands around a text.
SYNTAX = {".rs": ("//", '"'), ".py": ("#", "\"'"), ".R": ("#", "\"'"), ".sql": ("--", "'")}


def messages(source: str, comment: str, quotes: str) -> str:
    """Only the texts, each in its line."""
    source = source.split("#[cfg(test)]\nmod tests {")[0]
    texts = [re.compile(rf"{quote}((?:[^{quote}\\]|\\.)*){quote}") for quote in quotes]
    lines = []
    for line in source.split("\n"):
        is_code = not line.lstrip().startswith((comment, '"""'))
        found = [text for each in texts for text in each.findall(line)] if is_code else []
        lines.append(" … ".join(text for text in found if " " in text))
    return "\n".join(lines)


def main() -> int:
    documents = sorted({path for pattern in DOCUMENTS for path in ROOT.glob(pattern)})
    sources = sorted({path for pattern in SOURCES for path in ROOT.glob(pattern)})
    sources = [path for path in sources if not {"tests", "tests.rs", "toy.rs"} & set(path.parts)]
    faults, used = [], set()
    for path in [*documents, *sources]:
        name = str(path.relative_to(ROOT))
        if name in MADE:
            continue
        for line, phrase, instead in found(path):
            if (name, phrase) in ALLOWED:
                used.add((name, phrase))
            else:
                faults.append(f"{name}:{line}: “{phrase}”: write “{instead}”")
    faults += [f"{name}: nothing needs the exception “{phrase}”" for name, phrase in ALLOWED - used]
    counts = f"{len(documents)} documents, {len(sources)} sources, {len(faults)} faults"
    print("\n".join([*sorted(faults), counts]))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
