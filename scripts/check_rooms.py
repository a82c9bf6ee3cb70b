"""Who imports whom in src/ and pure/, held against docs/architecture.md.

Its table says which rooms a room may import: only ones that stand below it, by name or by group.
Its picture shows which it does import, room by room within a group, between groups as a whole.
"""

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs/architecture.md").read_text()
# Rooms of nobody's: a pure crate may only have what its row names.
HOSTS = {"pgrx", "libc", "rustix"}


def imports():
    for file in (ROOT / "src").rglob("*.rs"):
        room = file.relative_to(ROOT / "src").parts[0].removesuffix(".rs")
        code = re.sub(r"//.*", "", file.read_text())
        names = re.findall(r"\bcrate::(\w+|\{[^}]*\})|\blaunchpad_(\w+)::", code)
        for name in re.findall(r"\w+", " ".join(map(" ".join, names))):
            if room != "lib" and name != room:
                yield room, name
    shared = [ROOT / "launchers" / name / "Cargo.toml" for name in ("protocol", "languages")]
    for file in [*(ROOT / "pure").glob("*/Cargo.toml"), *shared]:
        for name in tomllib.loads(file.read_text()).get("dependencies", {}):
            if name.startswith("launchpad-") or name in HOSTS:
                yield file.parent.name, name.removeprefix("launchpad-")


def picture():
    """The rooms of each group, and the edges."""
    groups, edges, group = {}, set(), None
    for line in PAGE.split("```mermaid")[1].split("```")[0].splitlines():
        words = re.findall(r"\w+", line.split("[")[0])
        if words[:1] == ["subgraph"]:
            group = groups.setdefault(words[1], set())
        elif "-->" in line:
            left, right = line.split("-->")
            edges |= {(a, b) for a in re.findall(r"\w+", left) for b in re.findall(r"\w+", right)}
        elif words == ["end"]:
            group = None
        elif words and group is not None:
            group.update(words)
    return groups, edges


found = set(imports())
wrong = []
groups, drawn = picture()
rows = re.findall(r"^\| `(\w+)` \|.*\| *([^|]*?) *\|$", PAGE, re.M)
order = [room for room, _ in rows]
may = {room: set() for room in order}
for room, cell in rows:
    for name in re.findall(r"`(\w+)`", cell):
        below = set(order[order.index(room) + 1 :])
        may[room] |= (groups.get(name) or {name}) & below
        if name in HOSTS:
            may[room].add(name)
        elif name not in groups and name not in below:
            wrong.append(f"{room} may not import {name}, which stands above it")
wrong += [f"{a} imports {b}" for a, b in sorted(found) if b not in may.get(a, ())]
home = {room: group for group, members in groups.items() for room in members}
wrong += [f"{room} is not in the picture" for room in order if room not in home]
drawable = [(a, b) for a, b in found if b not in HOSTS]
edge = {(a, b) if home.get(a) == home.get(b) else (home.get(a), home.get(b)) for a, b in drawable}
wrong += [f"the picture lacks {a} --> {b}" for a, b in sorted(edge - drawn, key=str)]
wrong += [f"the picture has {a} --> {b}, and nothing imports so" for a, b in sorted(drawn - edge)]
print("\n".join(wrong) or f"{len(found)} imports, all of them allowed and drawn")
sys.exit(bool(wrong))
