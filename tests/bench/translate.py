"""Translation: the bundled model, and an export of opus-mt's size beside torch and ctranslate2, in one run.

    python -m tests.bench.translate [--rounds 5] [--threads 2]

The export is a Marian model of random weights (6 + 6 layers, 512 wide, 65,001 words) that writes just as many tokens
with each: greedy, one sentence at a time and 16 in a batch. ctranslate2 and transformers are left out where they are
not installed. Medians of the rounds, taken in turn; ratios are to lmcli.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from tests.bench.timing import in_turn, lmcli, show

SIZES = {
    "d_model": 512, "encoder_layers": 6, "decoder_layers": 6, "encoder_attention_heads": 8,
    "decoder_attention_heads": 8, "encoder_ffn_dim": 2048, "decoder_ffn_dim": 2048, "vocab_size": 65001,
    "decoder_vocab_size": 65001, "pad_token_id": 65000, "eos_token_id": 0, "decoder_start_token_id": 65000,
    "max_position_embeddings": 512, "activation_function": "swish", "scale_embedding": True,
    "bad_words_ids": [[65000], [0]],
}  # fmt: skip
READ, WRITTEN, BATCH = 16, 24, 16
SENTENCES = [
    "我有一只猫",
    "今天天气很好",
    "他是一个学生",
    "我们明天去北京",
    "你喜欢吃什么",
    "她在图书馆看书",
]


def bundled(threads: int, rounds: int) -> None:
    """The bundled model: a short sentence warm, a pipe, a cold process beside `embed`'s."""
    from lmcli.frame.environment import Environment
    from lmcli.translate.api import Translator
    from lmcli.translate.translating import How

    env = Environment.of_process()
    env.settings.threads = 1
    translator = Translator.of(env)
    for name, how in (("greedy", How(1, 1)), ("beam of 4", How(1, 4))):
        translator.answers(SENTENCES, how)
        taken = []
        for sentence in SENTENCES * 10:
            start = time.perf_counter()
            translator.answers([sentence], how)
            taken.append(time.perf_counter() - start)
        print(
            f"  zh-en, one short sentence, {name}, 1 thread: {1000 * statistics.median(taken):.1f} ms"
        )
    with tempfile.TemporaryDirectory() as folder:
        lines = Path(folder) / "lines.txt"
        lines.write_text("".join(f"{sentence}\n" for sentence in SENTENCES * 200), encoding="utf-8")
        words = ("translate", "-", "--greedy", "--threads", str(threads))
        timing = in_turn({"pipe": lmcli(*words)}, 3, lines)["pipe"]
        count = 200 * len(SENTENCES)
        print(f"  zh-en, {count} sentences in a pipe, greedy: {count / timing.wall:.0f} a second")
    show(
        in_turn(
            {
                "embed": lmcli("embed", "A cat sat down."),
                "translate": lmcli("translate", "我有一只猫"),
            },
            rounds,
        ),
        "embed",
    )


def graphs(folder: Path, threads: int) -> Callable[[np.ndarray], None]:
    """lmcli on the export."""
    from lmcli.frame.models import read_spec
    from lmcli.nn.onnx import open_session
    from lmcli.translate.hub import HubTranslator
    from lmcli.translate.search import greedy

    model = HubTranslator(
        read_spec(folder), lambda path: open_session(path, provider="cpu", threads=threads)
    )

    def run(ids: np.ndarray) -> None:
        found = greedy(model, model.read(ids.tolist()), [WRITTEN] * len(ids))
        assert all(len(one.ids) == WRITTEN for one in found)

    return run


def torch_model(model, threads: int) -> Callable[[np.ndarray], None]:
    """transformers on the same weights."""
    import torch

    torch.set_num_threads(threads)

    def run(ids: np.ndarray) -> None:
        with torch.inference_mode():
            model.generate(
                torch.tensor(ids),
                do_sample=False,
                num_beams=1,
                max_new_tokens=WRITTEN,
                min_new_tokens=WRITTEN,
            )

    return run


def ctranslate(folder: Path, threads: int, kind: str) -> Callable[[np.ndarray], None]:
    """ctranslate2 on the same weights, as float32 or int8."""
    import ctranslate2

    translator = ctranslate2.Translator(
        str(folder), inter_threads=1, intra_threads=threads, compute_type=kind
    )

    def run(ids: np.ndarray) -> None:
        rows = [[f"w{one}" for one in row] for row in ids.tolist()]
        translator.translate_batch(
            rows,
            beam_size=1,
            max_decoding_length=WRITTEN,
            min_decoding_length=WRITTEN,
            max_batch_size=BATCH,
        )

    return run


def of_opus_mt_size(threads: int, rounds: int) -> None:
    """The export beside its peers."""
    import torch

    from tests.fuzz.samples import tokenizer_json
    from tests.translate import exports

    with tempfile.TemporaryDirectory() as place:
        hub = Path(place) / "hub"
        hub.mkdir()
        model = exports.random_model("Marian", SIZES)
        model.generation_config.forced_eos_token_id = None
        ids, mask = torch.ones((2, 4), dtype=torch.long), torch.ones((2, 4), dtype=torch.long)
        exports.export(model, hub, ids, mask, "pair")
        (hub / "tokenizer.json").write_text(tokenizer_json("[MASK]"), encoding="utf-8")
        from dataclasses import replace

        from lmcli.__main__ import run as command
        from lmcli.frame.environment import Environment

        own = replace(Environment.of_process(), variables={"LMCLI_DATA": f"{place}/data"})
        assert command(["models", "pull", str(hub), "--name", "marian"], own) == 0
        runs = {
            "lmcli": graphs(Path(place) / "data/models/marian", threads),
            "transformers": torch_model(model, threads),
        }
        try:
            runs |= converted(model, Path(place) / "ct2", threads)
        except ImportError:
            print("  (ctranslate2 is not installed)", file=sys.stderr)
        for rows in (1, BATCH):
            given = np.random.default_rng(1).integers(5, 60000, (rows, READ))
            given[:, -1] = 0
            taken: dict[str, list[float]] = {name: [] for name in runs}
            for turn in range(rounds + 1):
                for name, run in runs.items():
                    start = time.perf_counter()
                    run(given)
                    if turn:
                        taken[name].append(time.perf_counter() - start)
            medians = {name: statistics.median(times) for name, times in taken.items()}
            for name, seconds in medians.items():
                print(
                    f"  Marian, {rows} x {READ} tokens into {WRITTEN}: {name:22s} {1000 * seconds:8.1f} ms  "
                    f"{medians['lmcli'] / seconds:5.2f} x lmcli's speed"
                )


def converted(model, folder: Path, threads: int) -> dict[str, Callable[[np.ndarray], None]]:
    """ctranslate2's translators of a model of transformers."""
    import ctranslate2  # noqa: F401
    from ctranslate2.converters.transformers import MarianMTLoader

    class Loader(MarianMTLoader):
        def get_vocabulary(self, model, tokenizer):
            return [f"w{one}" if one else "</s>" for one in range(SIZES["vocab_size"] - 1)]

        def set_vocabulary(self, spec, tokens):
            spec.register_source_vocabulary(tokens)
            spec.register_target_vocabulary(tokens)

        def set_config(self, config, model, tokenizer):
            config.eos_token, config.unk_token = "</s>", "w1"
            config.decoder_start_token = "</s>"  # the decoder begins with zeros

    spec = Loader()(model, None)
    spec.validate()
    spec.optimize(quantization=None)
    folder.mkdir()
    spec.save(str(folder))
    return {
        f"ctranslate2 {kind}": ctranslate(folder, threads, kind) for kind in ("float32", "int8")
    }


def main() -> None:
    """Run both parts."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--threads", type=int, default=2)
    given = parser.parse_args()
    bundled(given.threads, given.rounds)
    of_opus_mt_size(given.threads, given.rounds)


if __name__ == "__main__":
    main()
