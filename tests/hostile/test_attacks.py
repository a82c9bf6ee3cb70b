"""Every hostile script through SQL, as a role that may run scripts, and the canary after each."""

import psycopg
import pytest

import modes
from corpus import Script, scripts

ANSWER = "outcome text, detail text"


def parameters():
    for script in scripts():
        marks = []
        if script.todo:
            marks.append(pytest.mark.xfail(reason=script.todo, strict=True))
        if not script.fits():
            marks.append(pytest.mark.skip(reason=f"for {script.machine} alone"))
        yield pytest.param(script, id=script.name, marks=marks)


def outcome(world, script: Script) -> str:
    """In the words of the headers' `expect`."""
    previous = None
    for _ in range(2 if script.again else 1):
        try:
            rows = world.call(script, ANSWER, previous)
        except psycopg.Error as error:
            return f"error {error.sqlstate} {error.diag.message_primary}"
        assert len(rows) == 1, f"a script must answer, and once: {rows}"
        answered, previous = rows[0]
    return "rows" if answered == "tried" else f"{answered} {previous}"


def fulfilled(expect: str, came: str) -> bool:
    """`expect` in the words of the headers."""
    kind = expect.split()[0]
    if kind == "through":
        return came.startswith("through ")
    for one in expect.removeprefix("refused ").split(" or "):
        if one.startswith("error ") or one == "rows":
            code = " ".join(one.split()[:2])
            if (came == code or came.startswith(f"{code} ")) and one.removeprefix(
                code
            ).strip() in came:
                return True
        elif came == f"refused {one}":
            return True
    return False


@pytest.mark.parametrize("script", list(parameters()))
def test_attack(world, script):
    try:
        came = outcome(world, script)
    finally:
        world.canary.check()
    expect = script.expected_in(modes.MODE)
    assert fulfilled(expect, came), f"expected: {expect}, came: {came}"


def test_log_is_not_forged(world):
    """Lines of the server's log begin as the server begins them, whatever scripts wrote."""
    lines = world.cluster.log.read_bytes().split(b"\n")
    assert not [line for line in lines if line.startswith(b"FORGED")]
    assert not [line for line in lines if b"PLANTED-password" in line]


def test_log_has_no_escapes(world):
    """Nothing that moves the cursor of who reads it: such a line looks like another."""
    # Whatever ran before.
    forged = next(script for script in scripts() if script.name == "replies/forged_log.py")
    outcome(world, forged)
    log = world.cluster.log.read_bytes()
    assert not {b"\x1b", b"\r"} & {log[at : at + 1] for at in range(len(log))}
