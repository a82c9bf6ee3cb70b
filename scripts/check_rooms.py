"""Who imports whom, held against docs/architecture.md: in src/ and pure/, and in launchpadd.

A table says which rooms a room may import: only ones that stand below it, by name or by group.
A picture shows which it does import, room by room within a group, between groups as a whole.
"""

import re
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = (ROOT / "docs/architecture.md").read_text()
# Rooms of nobody's: a pure crate may only have what its row names.
HOSTS = {"pgrx", "libc", "nix", "tempfile"}
# What a room of launchpadd's may not have whose row says that it is pure.
OUTSIDE = re.compile(r"(tokio|nix|libc|tempfile|std::(fs|net|os|process))\b")
CRATES = {file.parent.name for file in ROOT.glob("*/*/Cargo.toml")}

# Comments and literals, a lifetime being none.
NO_CODE = re.compile(
    r"""//[^\n]*|/\*.*?\*/|r(\#*)".*?"\1|"(?:\\.|[^"\\])*"|'(?:\\[^']+|[^'\\])'""", re.S
)
TOKEN = re.compile(r"\buse\s[^;]*;|\bmod\s+\w+\s*\{|[{}]|\w+(?:\s*::\s*\w+)+(?:\s*::\s*\*)?|\w+")


def leaves(tree):
    """The paths of a use tree."""
    head, brace, rest = tree.partition("{")
    if not brace:
        return [re.sub(r"\s+as\s.*|\s", "", tree)]
    depth, parts = 0, [""]
    for letter in rest[: rest.rindex("}")]:
        depth += {"{": 1, "}": -1}.get(letter, 0)
        parts = [*parts, ""] if letter == "," and depth == 0 else [*parts[:-1], parts[-1] + letter]
    head = re.sub(r"\s", "", head)
    return [head + leaf for part in parts if part.strip() for leaf in leaves(part)]


def paths(code, module):
    """Every path in the code of a module, from the crate's root where it is the crate's own."""
    blocks = []
    for token in TOKEN.findall(NO_CODE.sub(" ", code)):
        if token == "}":
            module = blocks.pop()
        elif token.endswith("{"):
            blocks.append(module)
            if token != "{":
                module = [*module, token.split()[1].strip("{")]
        else:
            is_use = re.match(r"use\s", token)
            for path in leaves(token[3:-1]) if is_use else [re.sub(r"\s", "", token)]:
                first, *rest = path.removeprefix("::").split("::")
                at = [] if first == "crate" else module
                while first == "super":
                    at, (first, *rest) = at[:-1], rest or ["*"]
                    rest = [first, *rest] if first != "super" else rest
                if is_use or rest or first.startswith("launchpad_"):
                    own = path.startswith(("crate", "super", "self"))
                    yield "::".join(["crate", *at, *rest]) if own else path


def rooms(code, module):
    """The rooms of its crate, and the crates, that a module's code imports."""
    for path in paths(code, module):
        first, *rest = path.split("::")
        if first == "crate":
            yield rest[0] if rest else "*"
        elif first.startswith("launchpad_") and (rest or first[10:] in CRATES):
            yield first.removeprefix("launchpad_")


def sources(folder):
    """Room, module and code of each file."""
    for file in folder.rglob("*.rs"):
        module = list(file.relative_to(folder).with_suffix("").parts)
        if module not in (["lib"], ["main"]):
            yield module[0], module[:-1] if module[-1] == "mod" else module, file.read_text()


def imports(folder):
    for room, module, code in sources(folder):
        yield from ((room, name) for name in rooms(code, module) if name != room)


def dependencies():
    shared = [ROOT / "launchers" / name / "Cargo.toml" for name in ("protocol", "languages")]
    for file in [*(ROOT / "pure").glob("*/Cargo.toml"), *shared]:
        for name in tomllib.loads(file.read_text()).get("dependencies", {}):
            if name.startswith("launchpad-") or name in HOSTS:
                yield file.parent.name, name.removeprefix("launchpad-")


def picture(text):
    """The rooms of each group, and the edges."""
    groups, edges, group = {}, set(), None
    for line in text.split("```mermaid")[1].split("```")[0].splitlines():
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


def compare(title, found):
    """What is wrong between the imports and the section of that title."""
    text = PAGE.split(f"\n## {title}\n")[1].split("\n## ")[0]
    groups, drawn = picture(text)
    rows = re.findall(r"^\| `(\w+)` \|.*\| *([^|]*?) *\|$", text, re.M)
    order = [room for room, _ in rows]
    may = {room: set() for room in order}
    for room, cell in rows:
        for name in re.findall(r"`(\w+)`", cell):
            below = set(order[order.index(room) + 1 :])
            may[room] |= (groups.get(name) or {name}) & below
            if name in HOSTS:
                may[room].add(name)
            elif name not in groups and name not in below:
                yield f"{room} may not import {name}, which stands above it"
    yield from (f"{a} imports {b}" for a, b in sorted(found) if b not in may.get(a, ()))
    home = {room: group for group, members in groups.items() for room in members}
    yield from (f"{room} is not in the picture" for room in order if room not in home)
    inside = [(a, b) for a, b in found if b not in HOSTS]
    edge = {(a, b) if home.get(a) == home.get(b) else (home.get(a), home.get(b)) for a, b in inside}
    yield from (f"the picture lacks {a} --> {b}" for a, b in sorted(edge - drawn, key=str))
    yield from (f"the picture has {a} --> {b}, and nothing imports so" for a, b in drawn - edge)


def impure():
    """What pure rooms of launchpadd's have of the outside."""
    named = re.findall(
        r"^\| `(\w+)` \|[^|]*\bpure\b", PAGE.split("\n## launchpadd's rooms\n")[1], re.M
    )
    for room, module, code in sources(DAEMON):
        for path in paths(code, module) if room in named else ():
            if OUTSIDE.match(path):
                yield f"{room} is pure and has {path}"


# What must not pass unseen: some code, its module, what it imports.
KNOWN = [
    ("use super::launch::FOLDER;", "pg", "launch"),
    ("use super::super::monitor::Line;", "pg::worker", "monitor"),
    ("use launchpad_request as request;", "pg", "request"),
    ("use crate::{error::{A, b::{C}}, call};", "pg", "error call"),
    ("pub use crate::feed::{self, Feed as F};", "pg", "feed"),
    ("mod tests { use super::super::call; } use super::feed;", "pg", "call feed"),
    ("fn f<'a>(x: &'a str) { super::call::g('{', \"}\") } // crate::no", "pg", "call"),
    ("use super::*;", "pg", "*"),
    ("use crate as c;", "pg", "*"),
    ("use self::a; use super::b; pub(crate) fn launchpad_forks() {}", "pg::worker", "pg"),
]
for code, module, expected in KNOWN:
    assert [*dict.fromkeys(rooms(code, module.split("::")))] == expected.split(), code

DAEMON = ROOT / "launchers/launchpadd/src"
crates = set(imports(ROOT / "src")) | set(dependencies())
daemon = {(a, b) for a, b in imports(DAEMON) if b not in CRATES}
wrong = [*compare("Rooms", crates), *compare("launchpadd's rooms", daemon), *impure()]
print("\n".join(wrong) or f"{len(crates | daemon)} imports, all of them allowed and drawn")
sys.exit(bool(wrong))
