"""How much `lmcli clip train` learns: emoji of two styles, tested on a third style that it never saw.

    python tests/bench/clip_train.py [--work FOLDER] [--test noto|fluent-emoji-flat|twemoji] [--model NAME]

The pictures are those of npm's packages @iconify-json/noto (Apache-2.0), fluent-emoji-flat (MIT) and twemoji (CC-BY),
the texts the English names of emojibase-data (MIT). Needs npm, resvg_py and the extra train. Prints the rows of the
command and the time that it took.
"""

from __future__ import annotations

import argparse
import csv
import json
import subprocess
import sys
import tarfile
import tempfile
import time
from pathlib import Path
from typing import Any

STYLES = {"noto": "1.2.9", "fluent-emoji-flat": "1.2.6", "twemoji": "1.2.5"}
NAMES = "emojibase-data@17.0.0"
SIDE = 224  # pixels


def member(package: str, name: str, folder: Path) -> Any:
    """A JSON file of an npm package, fetched once."""
    stem = package.replace("@iconify", "iconify").replace("/", "-").replace("@", "-")
    archive = folder / f"{stem}.tgz"
    if not archive.exists():
        subprocess.run(["npm", "pack", "--silent", package], cwd=folder, check=True)
    with tarfile.open(archive) as tar:
        stream = tar.extractfile(f"package/{name}")
        assert stream is not None
        return json.load(stream)


def names(folder: Path) -> dict[str, str]:
    """The English name of each emoji, by its code; those with another skin are left out."""
    entries = member(NAMES, "en/data.json", folder)
    return {entry["hexcode"].lower(): entry["label"] for entry in entries if "group" in entry}


def pictures(style: str, folder: Path) -> dict[str, Path]:
    """The pictures of a style by the emoji's code, drawn where they are not yet."""
    package = f"@iconify-json/{style}@{STYLES[style]}"
    chars, icons = member(package, "chars.json", folder), member(package, "icons.json", folder)
    into = folder / style
    into.mkdir(exist_ok=True)
    found: dict[str, Path] = {}
    for code in names(folder):
        name = chars.get(code) or chars.get(code.removesuffix("-fe0f"))
        icon = icons["icons"].get(name)
        if icon is None:
            continue
        found[code] = into / f"{code}.png"
        if not found[code].exists():
            found[code].write_bytes(drawn(icon, icons))
    return found


def drawn(icon: dict[str, Any], icons: dict[str, Any]) -> bytes:
    """An icon as PNG, transparent where nothing is."""
    import resvg_py

    width, height = (icon.get(k, icons.get(k, 16)) for k in ("width", "height"))
    box = f'xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"'
    svg = f"<svg {box}>{icon['body']}</svg>"
    return bytes(resvg_py.svg_to_bytes(svg_string=svg, width=SIDE, height=SIDE))


def tables(folder: Path, test: str) -> tuple[Path, Path]:
    """The pairs of two styles, and those of the third: emoji that all three have."""
    drawings = {style: pictures(style, folder) for style in STYLES}
    labels = names(folder)
    codes = sorted(set.intersection(*(set(drawing) for drawing in drawings.values())))
    paths = folder / f"train-{test}.csv", folder / f"test-{test}.csv"
    for path, styles in zip(paths, ([s for s in STYLES if s != test], [test]), strict=True):
        with path.open("w", newline="", encoding="utf-8") as stream:
            writer = csv.writer(stream)
            writer.writerow(("image", "text"))
            for style in styles:
                for code in codes:
                    writer.writerow((drawings[style][code].relative_to(folder), labels[code]))
    return paths


def main() -> None:
    """Train and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "clip-train")
    parser.add_argument("--test", choices=tuple(STYLES), default="twemoji")
    parser.add_argument("--model")
    given, rest = parser.parse_known_args()
    given.work.mkdir(parents=True, exist_ok=True)
    train, test = tables(given.work.resolve(), given.test)
    words = ["clip", "train", train, "--test", test, "--out", given.work / "emoji-clip", "--force"]
    words += ["--model", given.model] if given.model else []
    start = time.perf_counter()
    command = [sys.executable, "-m", "lmcli", *map(str, words), *rest]
    done = subprocess.run(command, check=False)
    print(f"exit code {done.returncode}, {time.perf_counter() - start:.0f} s")


if __name__ == "__main__":
    main()
