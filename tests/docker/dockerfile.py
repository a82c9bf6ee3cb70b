"""What a Dockerfile says: its stages, and their instructions with arguments put in."""

import re
import shlex
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Stage:
    base: str
    name: str
    # ("RUN", "scripts/build"), in order.
    instructions: list[tuple[str, str]] = field(default_factory=list)

    def of(self, kind: str) -> list[str]:
        return [words for name, words in self.instructions if name == kind]


@dataclass
class Copy:
    origin: str  # a stage's name, or empty: the sources
    sources: list[str]
    target: str

    def __init__(self, words: str):
        *options, last = shlex.split(words)
        self.target = last
        self.sources = [word for word in options if not word.startswith("--")]
        [self.origin] = [o.partition("=")[2] for o in options if o.startswith("--from=")] or [""]


def stages(path: Path, **arguments: str) -> list[Stage]:
    """`arguments` are the command line's (--build-arg), and go before those of the file."""
    known: dict[str, str] = {}
    found: list[Stage] = []

    def filled(words: str) -> str:
        return re.sub(r"\$\{(\w+)\}", lambda match: known[match[1]], words)

    text = re.sub(r"^\s*#.*\n", "", path.read_text(), flags=re.MULTILINE)
    for line in filter(None, map(str.strip, text.replace("\\\n", " ").splitlines())):
        kind, words = line.split(None, 1)
        if kind == "ARG":
            name, _, default = words.partition("=")
            known[name] = arguments.get(name, known.get(name, filled(default)))
        elif kind == "FROM":
            base, *name = filled(words).split(" AS ")
            found.append(Stage(base, *name or [""]))
        else:
            found[-1].instructions.append((kind, filled(words)))
    return found
