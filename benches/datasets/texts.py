"""Three text columns, of 1 to 12, 8 to 55 and 32 to 192 characters; three in ten values of each are
repeated ones, of a hundred different, and those have letters that take two bytes.
"""

from .dataset import Dataset


def text(seed: int, least: int, most: int) -> str:
    """An expression for texts of so many characters, each length as often as the others."""
    digests = " || ".join(
        f"md5((i * {seed} + {number})::text)" for number in range(1 + (most - 1) // 32)
    )
    # The repeated ones are not in the same rows of each column.
    return (
        f"CASE WHEN (i + {seed}) % 10 < 3 THEN 'état nº ' || (i * {seed}) % 100"
        f" ELSE left({digests}, {least} + (i * {seed} % {most - least + 1})::int) END"
    )


TEXTS = Dataset(
    table="texts",
    columns={
        "a": ("text", text(7919, 1, 12)),
        "b": ("text", text(104729, 8, 55)),
        "c": ("text", text(1299709, 32, 192)),
    },
    summary="count(*), sum(hashtext(a)), sum(octet_length(b)), sum(octet_length(c))",
    proof="""count(*), sum(hashtext(a)), sum(octet_length(b)), sum(octet_length(c)),
        sum(hashtext(b)), sum(hashtext(c)), sum(hashtext(concat_ws('|', a, b, c)))""",
    changed=("a", "upper(a)"),
)
