"""docs/sandbox-attacks.md: each script, what must come of it, and which layers it takes."""

from corpus import HERE, Script
from omissions import GROUPS
from threats import ELSEWHERE, THREATS

PAGE = HERE.parent.parent / "docs" / "sandbox-attacks.md"
HEAD = """# Attacks on the sandbox

<!-- Made by tests/hostile/report; a test holds it against the scripts. -->

Each line is a script of [tests/hostile/scripts](../tests/hostile/scripts) that tries something
that a script must not be able to do. `make test` runs all of them through SQL, as roles that have
nothing but the right to run scripts, and checks after each that the server, the launchpad, another
role's call and the host are unchanged.

* **Must come out**: an error of the system (`refused EPERM`), an SQL error, or rows. With rows the
  script cannot know whether it did harm, and the checks afterwards decide. Attacks that
  are not stopped yet, or are answered badly, are marked.
* **Layers** that stop it: NS namespaces and the private root, SC the system call filter, RL
  resource limits, CG a cgroup, FD closed descriptors, ENV the environment, NNP no new privileges,
  UID a separate account, LL Landlock, DEC the rules of decoding, BK the backend's limits.
* **Without**: whether the same script succeeds in a satellite without any sandbox, which shows that
  the sandbox is the reason for a refusal. A dash: it is not run there, or something other than
  the sandbox stops it there as well; the script gives the reason. R's scripts are not run there.
* **Let through by**: the layer without which it succeeds although all others are there; if
  there is none, the two of which one is Landlock. Many attacks would have to pass more layers:
  then it says none.

Layers left out, for the scripts that name them: {layers}. No script succeeds
because one of these alone is missing: {nothing}.

## Threats

"""
# Layers without which nothing gets through that the others let; why.
NOTHING = {
    "Landlock": "in a private root the second wall, in the container sandbox the first",
    "no new privileges": "a script that may not start programs has no way to privileges",
}
# Scripts that a layer's absence lets through on some kernels or runs alone; why.
UNSTEADY: dict[str, str] = {}
COLUMNS = ("script", "tries", "must come out", "layers", "without", "let through by")


def escaped(text: str) -> str:
    return text.replace("|", "\\|")


def cells(script: Script) -> list[str]:
    """What the script itself says: the first four columns."""
    came = f"{script.expect}; not yet: {script.todo}" if script.todo else script.expect
    return [f"`{script.name}`", escaped(script.tries), escaped(came), ", ".join(script.layers)]


def page(scripts: list[Script], without: dict, single: dict[str, dict]) -> str:
    """`without`, `single`: outcomes by the scripts' names, without a sandbox and by each layer."""
    nothing = ", ".join(f"{layer} ({why})" for layer, why in NOTHING.items())
    lines = [HEAD.format(layers=", ".join(single), nothing=nothing) + threats(scripts), ""]
    for folder in sorted({script.path.parent.name for script in scripts}):
        lines += [f"## {folder.capitalize()}", ""]
        lines += [f"| {' | '.join(COLUMNS)} |", "|" + " --- |" * len(COLUMNS)]
        for script in scripts:
            if script.path.parent.name == folder:
                lines.append(f"| {' | '.join(cells(script) + measured(script, without, single))} |")
        lines.append("")
    lines += [container(scripts), summary(scripts, without)]
    return "\n".join(lines)


def threats(scripts: list[Script]) -> str:
    lines = ["| | what is tried | by |", "| --- | --- | --- |"]
    for row, what in THREATS.items():
        by = ", ".join(f"`{script.name}`" for script in scripts if row in script.rows)
        lines.append(f"| {row} | {what} | {by or ELSEWHERE[row]} |")
    return "\n".join(lines) + "\n"


def measured(script: Script, without: dict, single: dict[str, dict]) -> list[str]:
    """The last two columns."""
    if script.name not in without:
        return ["—", "—"]
    if script.control and without[script.name][0] != "through":
        alone = "—"
    else:
        alone = "through" if without[script.name][0] == "through" else "stopped"
    by: list[str] = []
    for layer, found in single.items():
        # Two layers say nothing where one of them is enough.
        enough = any(set(GROUPS[one].steps) < set(GROUPS[layer].steps) for one in by)
        if found.get(script.name, ("",))[0] == "through" and not enough:
            by.append(layer)
    return [alone, ", ".join(by) or "none"]


def container(scripts: list[Script]) -> str:
    """What `launchpad.sandbox = container` lets through."""
    lines = [
        "## In the container sandbox",
        "",
        "`HOSTILE_MODE=container` runs the same scripts with `launchpad.sandbox = container`. "
        "What is",
        "out of sight otherwise is refused there with EACCES or EPERM. These get through:",
        "",
    ]
    for script in scripts:
        expect = script.expected_in("container")
        if expect.startswith("through "):
            lines.append(f"* `{script.name}`: {expect.removeprefix('through ')}")
    return "\n".join(lines) + "\n"


def summary(scripts: list[Script], without: dict) -> str:
    counted = [s for s in scripts if s.name in without and not s.control]
    through = sum(without[script.name][0] == "through" for script in counted)
    return (
        f"{len(scripts)} scripts. Of the {len(counted)} in Python that make sense without a "
        f"sandbox, {through} get through there.\n"
    )


def rows() -> dict[str, list[str]]:
    """The page's lines by the script's name."""
    found = {}
    for line in PAGE.read_text().splitlines():
        if line.startswith("| `"):
            parts = line.replace("\\|", "\0").strip("| ").split(" | ")
            found[parts[0].strip("`")] = [part.replace("\0", "\\|") for part in parts]
    return found
