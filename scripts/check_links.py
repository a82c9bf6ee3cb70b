"""Do the documents' relative links lead somewhere? Files and headings, no network."""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LINK = re.compile(r"\[[^\]]*\]\(([^()\s]+)\)")
CODE = re.compile(r"^```.*?^```|`[^`\n]*`", re.DOTALL | re.MULTILINE)
OURS = (
    "*.md",
    "launchers/**/*.md",
    "tests/**/*.md",
    "docs/**/*.md",
    "benches/**/*.md",
    "docker/**/*.md",
    "packaging/**/*.md",
)


def anchors(document: Path) -> set[str]:
    """The headings' anchors, as GitHub makes them."""
    found: set[str] = set()
    prose = re.sub(r"^```.*?^```", "", document.read_text(), flags=re.DOTALL | re.MULTILINE)
    for heading in re.findall(r"^#+ +(.*?)#* *$", prose, re.MULTILINE):
        anchor = re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        number = 0
        unique = anchor
        while unique in found:
            number += 1
            unique = f"{anchor}-{number}"
        found.add(unique)
    return found


def broken(document: Path) -> list[str]:
    links = LINK.findall(CODE.sub("", document.read_text()))
    faults = []
    for link in links:
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (document.parent / path).resolve() if path else document
        if not target.exists():
            faults.append(f"{link}: no such file")
        elif anchor and target.suffix == ".md" and anchor not in anchors(target):
            faults.append(f"{link}: no such heading")
    return faults


def main() -> int:
    documents = sorted({path for pattern in OURS for path in ROOT.glob(pattern)})
    faults = [f"{path.relative_to(ROOT)}: {why}" for path in documents for why in broken(path)]
    print("\n".join([*faults, f"{len(documents)} documents, {len(faults)} broken links"]))
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
