"""The scripts of tests/hostile/scripts and what their headers say.

A header is the comment lines at a script's beginning. The first says what the script tries, the
others are `name: value`:

* `layers:` which of the sandbox's layers stop it: NS (namespaces, the own root), SC (system call
  filter), RL (resource limits), CG (cgroup), FD (descriptors), ENV (environment), NNP (no new
  privileges), UID (own accounts), LL (Landlock), DEC (rules of decoding), BK (the backend);
* `rows:` numbers of the threats that it stands for (threats.py);
* `expect:` what must come out: `refused WHY`, `error SQLSTATE [words]`, with ` or ` between what
  may come as well, or `rows` where only what is left behind can tell;
* `expect MODE:` the same in one of the modes (modes.py) that answers otherwise; or `through WHAT`,
  where that is said in docs/sandbox.md;
* `settings:` name=value, … that a superuser gave the session's role;
* `control: skip because …` where it is run with the whole sandbox and server alone;
  `control: refused because …` where without any sandbox something else stops it, or there is
  nothing to stop;
* `again: yes` where a second call looks for what the first left; that one counts;
* `machine:` the only architecture that it is for;
* `todo:` why it is not stopped, or answered badly, so far.
"""

import platform
import re
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
LANGUAGES = {".py": "Python", ".R": "R"}
LAYERS = {"NS", "SC", "RL", "CG", "FD", "ENV", "NNP", "UID", "LL", "DEC", "BK"}
NAMES = {"layers", "rows", "expect", "settings", "control", "again", "machine", "todo"}

# What is out of sight elsewhere is closed in the container sandbox.
CLOSED = " or EACCES or EPERM or EAFNOSUPPORT"


@dataclass(frozen=True)
class Script:
    path: Path
    tries: str
    layers: tuple[str, ...]
    rows: tuple[int, ...]
    expect: str
    expect_in: dict[str, str] = field(hash=False)
    settings: dict[str, str] = field(hash=False)
    control: str | None
    again: bool
    machine: str | None
    todo: str | None

    @property
    def name(self) -> str:
        return str(self.path.relative_to(HERE / "scripts"))

    @property
    def language(self) -> str:
        return LANGUAGES[self.path.suffix]

    @property
    def only_whole(self) -> bool:
        """Not to be run with steps of the sandbox omitted."""
        return (self.control or "").startswith("skip ")

    def fits(self) -> bool:
        return self.machine in (None, platform.machine())

    def text(self, planted: dict) -> str:
        """What is executed: the planted facts, the prelude, the script."""
        told = python(planted) if self.language == "Python" else r(planted)
        prelude = (HERE / "scripts" / f"prelude{self.path.suffix}").read_text()
        return f"planted = {told}\n{prelude}\n{self.path.read_text()}"

    def expected_in(self, mode: str) -> str:
        if mode == "container" and "launchpad.allow_exec" in self.settings:
            return "error 55000"
        expect = self.expect_in.get(mode)
        if expect is None and mode == "delegated":
            expect = self.expect_in.get("workers")
        expect = expect or self.expect
        if mode == "container" and expect.startswith("refused "):
            expect += CLOSED
        return expect


def python(planted: dict) -> str:
    return repr(planted)


def r(value) -> str:
    """The value as R source."""
    if isinstance(value, dict):
        return "list(" + ", ".join(f"{name} = {r(v)}" for name, v in value.items()) + ")"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return "NULL" if value is None else str(value)


def read(path: Path) -> Script:
    lines = []
    for line in path.read_text().splitlines():
        if not line.startswith("# "):
            break
        lines.append(line.removeprefix("# "))
    values: dict[str, str] = {}
    tries: list[str] = []
    name = None
    for line in lines:
        found = re.match(r"([a-z]+|expect [a-z-]+): (.*)", line)
        if found and (found[1] in NAMES or found[1].startswith("expect ")):
            name = found[1]
            assert name not in values, f"{path}: {name} twice"
            values[name] = found[2]
        elif name:
            # A value that goes on in the next line.
            values[name] += " " + line.strip()
        else:
            tries.append(line)
    assert tries, f"{path}: does not say what it tries"
    layers = tuple(values["layers"].split(", "))
    assert set(layers) <= LAYERS, f"{path}: {layers}"
    expect = values["expect"]
    assert re.match(r"refused .|error \w{5}\b|rows$", expect), f"{path}: {expect}"
    control = values.get("control")
    assert control is None or re.match("(skip|refused) because .", control), f"{path}: {control}"
    return Script(
        path=path,
        tries=" ".join(tries),
        layers=layers,
        rows=tuple(int(row) for row in values["rows"].split(", ")),
        expect=expect,
        expect_in={
            name.removeprefix("expect "): value
            for name, value in values.items()
            if name.startswith("expect ")
        },
        settings=dict(
            (part.strip() for part in pair.split("="))
            for pair in values.get("settings", "").split(",")
            if pair
        ),
        control=control,
        again=values.get("again") == "yes",
        machine=values.get("machine"),
        todo=values.get("todo"),
    )


def scripts() -> list[Script]:
    found = (HERE / "scripts").glob("*/*")
    return [read(path) for path in sorted(found) if path.suffix in LANGUAGES]
