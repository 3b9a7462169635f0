"""Name a picture, find words like its name, and the paragraph of a text that speaks of it.

python describe.py PICTURE TEXT
"""

import sys

import lmcli
from lmcli.errors import LmcliError, NoAnswer

LABELS = ["cat", "dog", "bird", "rocket", "flower", "coffee"]


def describe(picture: str, text: str) -> None:
    """Print what three systems make of a picture and a text."""
    best = lmcli.Clip.load().classify(picture, LABELS)[0][0]
    print(f"{picture}: {best.label} ({best.score:.2f})")
    try:
        near = lmcli.WordVectors.load().similar(best.label, k=3)
        print("like it:", ", ".join(neighbour.word for neighbour in near))
    except NoAnswer as error:
        print(error)
    hit = lmcli.Index.build(text).search(f"a text about a {best.label}", k=1)[0]
    print(f"{hit.path}:{hit.line}: {hit.text}")


if __name__ == "__main__":
    try:
        describe(*sys.argv[1:3])
    except LmcliError as error:
        sys.exit(str(error))
