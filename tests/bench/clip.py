"""CLIP against a plain loop and open_clip, in one run: python -m tests.bench.clip [PART]...

The parts are cold, throughput, memory, search and peer. A cold process beside its imports and the creation of its
sessions; 1,000 pictures of 500x400 beside a plain loop (decode, run, decode, run) over the same model; memory with
100 and with 10,000 pictures; a second search over 10,000 indexed pictures beside a start-up; open_clip with torch on
a network of the same size, randomly initialised, run by $OPENCLIP_PYTHON where it is installed apart.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.bench.timing import INSTALLED, ROOT, in_turn, lmcli, once, python, show

PICS = ROOT / "tests" / "examples" / "pics"
COUNT, SIZE = 1000, (500, 400)
MANY, SMALL = 10_000, (64, 48)
LABELS = "a dog,a cat,a bird"
THREE = ["-l", "a dog", "-l", "a cat", "-l", "a bird"]

# what everybody writes first: one picture after the other; paths on stdin
LOOP = """
import sys
from pathlib import Path
import numpy as np
import onnxruntime
from PIL import Image
session = onnxruntime.InferenceSession({model!r}, providers=["CPUExecutionProvider"])
mean, std = np.array({mean}, np.float32), np.array({std}, np.float32)
for line in sys.stdin:
    image = Image.open(line.rstrip("\\n")).convert("RGB")
    scale = {side} / min(image.size)
    image = image.resize((round(image.width * scale), round(image.height * scale)), Image.Resampling({resample}))
    left, top = (image.width - {crop}) // 2, (image.height - {crop}) // 2
    image = image.crop((left, top, left + {crop}, top + {crop}))
    pixels = ((np.asarray(image, np.float32) * np.float32({factor})) - mean) / std
    (vector,) = session.run(["image_embeds"], {{"pixel_values": pixels.transpose(2, 0, 1)[None]}})
    print(line.rstrip(), vector[0, 0])
"""

# reads paths on stdin; one at a time with open_clip's own preprocessing, or with its loader's workers
OPEN_CLIP = """
import sys
import torch
import open_clip
from open_clip.model import CLIP, CLIPTextCfg, CLIPVisionCfg
from open_clip.transform import image_transform
from PIL import Image
torch.manual_seed(0)
vision = CLIPVisionCfg(
    timm_model_name="tf_efficientnet_lite0", timm_model_pretrained=False, timm_pool="avg",
    timm_proj="linear", image_size=224,
)
text = CLIPTextCfg(context_length=77, vocab_size=49408, width=384, heads=12, layers=6)
model = CLIP(768, vision, text).eval()
transform = image_transform(224, is_train=False)
names = [line.rstrip("\\n") for line in sys.stdin]
class Pictures(torch.utils.data.Dataset):
    def __len__(self): return len(names)
    def __getitem__(self, i): return transform(Image.open(names[i]).convert("RGB"))
tokens = open_clip.get_tokenizer("ViT-B-32")(["a dog", "a cat", "a bird"])
with torch.inference_mode():
    labels = model.encode_text(tokens, normalize=True)
    batch, workers = {batch}, {workers}
    for pixels in torch.utils.data.DataLoader(Pictures(), batch_size=batch, num_workers=workers):
        vectors = model.encode_image(pixels, normalize=True)
        print((100 * vectors @ labels.T).softmax(-1).argmax(-1).tolist())
"""


def model_folder() -> Path:
    """The bundled model."""
    from lmcli.frame.models import bundled_folder

    return bundled_folder() / "clip-lite"


def plain_loop() -> str:
    """The loop's code, with the model's own preprocessing written in."""
    from lmcli.clip.preprocessing import Preprocessing

    how = Preprocessing.of_folder(model_folder())
    return LOOP.format(
        model=str(model_folder() / "vision_model.onnx"),
        mean=how.mean,
        std=how.std,
        factor=how.scale,
        side=how.least,
        crop=how.crop[0],
        resample=how.resample,
    )


def pictures(folder: Path, count: int, size: tuple[int, int]) -> list[Path]:
    """JPEG files of that size: parts of the example photos, shifted and turned, so that no two are alike."""
    import numpy as np
    from PIL import Image

    rng = np.random.default_rng(0)
    photos = [Image.open(path).convert("RGB") for path in sorted(PICS.glob("*.jpg"))]
    made = []
    for number in range(count):
        photo = photos[number % len(photos)]
        share = rng.uniform(0.5, 1)
        width, height = int(photo.width * share), int(photo.height * share)
        left, top = (
            rng.integers(0, photo.width - width + 1),
            rng.integers(0, photo.height - height + 1),
        )
        path = folder / f"{number // 100:03d}" / f"{number:05d}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        photo.resize(size, box=(left, top, left + width, top + height)).save(path, quality=90)
        made.append(path)
    return made


def listed(folder: Path, paths: list[Path]) -> Path:
    """A file of paths, one a line."""
    file = folder / f"list-{len(paths)}.txt"
    file.write_text("".join(f"{path}\n" for path in paths))
    return file


def cached_in(cache: str, *words: str) -> list[str]:
    """An lmcli process with a cache folder of its own; in one that cannot be made, nothing is kept."""
    return ["env", f"LMCLI_CACHE={cache}", *lmcli(*words)]


def cold(folder: Path) -> None:
    """One picture, three labels, a whole process."""
    from lmcli.frame.models import bundled_folder

    graphs = [model_folder() / "vision_model.onnx", model_folder() / "text_model.onnx"]
    graphs.append(bundled_folder() / "all-minilm-l6-v2" / "model.onnx")
    imports = "import onnxruntime, numpy, PIL, tokenizers"
    sessions = "; ".join(
        f"onnxruntime.InferenceSession({str(path)!r}, providers=['CPUExecutionProvider'])"
        for path in graphs
    )
    picture = str(PICS / "cat.jpg")
    words = ["clip", "classify", picture, "--labels", LABELS]
    once(cached_in(str(folder), *words))
    commands = {
        "imports": python(imports),
        "imports and sessions": python(f"{imports}; {sessions}"),
        "lmcli clip classify, nothing cached": cached_in("/dev/null/none", *words),
        "lmcli clip classify, labels cached": cached_in(str(folder), *words),
    }
    print("cold: one picture, three labels")
    show(in_turn(commands, 15), "imports and sessions")


def throughput(folder: Path) -> None:
    """1,000 pictures, in turn with the plain loop."""
    paths = listed(folder, pictures(folder, COUNT, SIZE))
    commands = {
        "plain loop": python(plain_loop()),
        "lmcli clip classify": cached_in(str(folder), "clip", "classify", "-", *THREE),
    }
    print(f"{COUNT} pictures of {SIZE[0]}x{SIZE[1]}, whole processes")
    timings = in_turn(commands, 5, paths)
    show(timings, "plain loop")
    for name, timing in timings.items():
        print(f"  {name:34s} {COUNT / timing.wall:8.0f} pictures/s")


def memory(folder: Path) -> None:
    """Peak memory with 100 and with 10,000 pictures."""
    made = pictures(folder, COUNT, SIZE)
    print("peak memory")
    for paths in (made[:100], made, made * 10):
        file = listed(folder, paths)
        timing = once(cached_in(str(folder), "clip", "classify", "-", *THREE), file)
        print(f"  {len(paths):6d} pictures {timing.memory:8.1f} MB {timing.wall:8.1f} s")


def search(folder: Path) -> None:
    """A second search over many indexed pictures, beside what a process needs to read one text."""
    pictures(folder / "pics", MANY, SMALL)
    start = time.perf_counter()
    where = [str(folder / "pics"), "-k", "3"]
    once(cached_in(str(folder / "cache"), "clip", "search", "a dog", *where))
    print(
        f"{MANY} pictures of {SMALL[0]}x{SMALL[1]} indexed in {time.perf_counter() - start:.1f} s"
    )
    cache = str(folder / "cache")
    once(cached_in(cache, "clip", "search", "a cat", *where))
    commands = {
        "lmcli --version": lmcli("--version"),
        "start-up: one text's vector": cached_in(cache, "clip", "embed", "--text", "a cat"),
        "second search, words known": cached_in(cache, "clip", "search", "a cat", *where),
    }
    timings = in_turn(commands, 9)
    show(timings, "start-up: one text's vector")
    new = [once(cached_in(cache, "clip", "search", f"{n} cats", *where)).wall for n in range(7)]
    wall = statistics.median(new)
    more = wall - timings["start-up: one text's vector"].wall
    print(f"  {'second search, other words':34s} {wall * 1000:9.1f} ms wall, {more * 1000:+.0f} ms")


def peer(folder: Path) -> None:
    """The same pictures with open_clip and torch."""
    interpreter = os.environ.get("OPENCLIP_PYTHON", sys.executable)
    if subprocess.run(
        [interpreter, "-c", "import open_clip"], capture_output=True, check=False
    ).returncode:
        print("open_clip is not installed: set OPENCLIP_PYTHON to a Python that has it")
        return
    paths = listed(folder, pictures(folder, COUNT, SIZE))
    one = listed(folder, pictures(folder, 1, SIZE))
    commands = {"lmcli clip classify": cached_in(str(folder), "clip", "classify", "-", *THREE)}
    for batch, workers in ((1, 0), (16, 2)):
        code = OPEN_CLIP.format(batch=batch, workers=workers)
        commands[f"open_clip, batch {batch}, {workers} workers"] = [interpreter, "-c", code]
    print("one picture, whole processes")
    show(in_turn(commands, 3, one), "lmcli clip classify")
    print(f"{COUNT} pictures of {SIZE[0]}x{SIZE[1]}, whole processes")
    timings = in_turn(commands, 3, paths)
    show(timings, "lmcli clip classify")


def main() -> None:
    """Print all figures, or those asked for."""
    parts = {
        "cold": cold,
        "throughput": throughput,
        "memory": memory,
        "search": search,
        "peer": peer,
    }
    INSTALLED["LMCLI_OFFLINE"] = "1"
    for name in sys.argv[1:] or parts:
        with tempfile.TemporaryDirectory() as folder:
            parts[name](Path(folder))


if __name__ == "__main__":
    main()
