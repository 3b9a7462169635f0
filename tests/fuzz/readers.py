"""Every reader: the files it is given, and the command lines that read them.

In a line `{}` is the mutated file, `&&` goes on where the line before succeeded. Lines run in a folder of their own.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.fuzz import samples
from tests.fuzz.samples import EXAMPLES, cases, write

Make = Callable[[Path], None]


@dataclass(frozen=True)
class Reader:
    """What is mutated (`files`, patterns in the folder that `make` and the lines `prepare` fill), and what reads it.

    kind: binary, text, json, jsonl, toml or yaml, where the files' names do not say it.
    """

    name: str
    files: tuple[str, ...]
    runs: tuple[str, ...]
    make: Make
    prepare: tuple[str, ...] = ()
    kind: str = ""


def _vectors_model(folder: Path) -> None:
    samples.vectors(folder)


def _rules(folder: Path) -> None:
    cases(folder, "symbolic", "*.yaml")
    shutil.copy(EXAMPLES / "plants.yaml", folder)
    base = samples.ROOT / "lmcli" / "expert" / "bases"
    for name in ("animals.yaml", "animals-zh.yaml"):
        text = (base / name).read_text(encoding="utf-8")
        write(folder, **{name.replace(".", "__"): "\n".join(text.splitlines()[:90]) + "\n"})


def _clips(folder: Path) -> None:
    cases(folder, "symbolic", "*.clp")
    shutil.copy(EXAMPLES / "zoo.clp", folder)


def _maps(folder: Path) -> None:
    cases(folder, "symbolic", "zero-step-12x12.txt")
    for path in (samples.ROOT / "lmcli" / "maze" / "data").glob("*.txt"):
        shutil.copy(path, folder)


def _config(folder: Path) -> None:
    write(
        folder,
        config__toml='format = "json"\nseed = 1\n[analogy]\nk = 3\nmethod = "mul"\n[words.eval]\nrestrict = 300\n'
        '[model]\nword-vectors = "glove-50d"\n[repl]\nprompt = "> "\n',
    )


def _scripts(folder: Path) -> None:
    samples.vectors(folder)  # a small model: -k of a damaged line may be as large as it likes
    write(folder, config__toml='[model]\nword-vectors = "few"\n')
    write(
        folder,
        a__lm='# words\n$x = similar king -k 2\n:set format json\nsimilarity $x[0] "queen"\n'
        "for w in a b { odd $w c d }\n"
        'analogy king man woman -k 3 | grep q > out.txt\nexpert infer animals "has hair"\n:help\n:vars\n'
        "maze show course\n",
        b__lm="let n = 3\nsimilar king \\\n  -k 2\nwords vector cat -f csv\n:history\n:format csv\nmaze list\n"
        "similar $_\n:save x.txt\n:unset n\n:quit\n",
        c__lm='$capital = analogy "paris - france + italy"\nsimilar $capital -k 3 | head 2\nodd cat dog car\n',
        d__lm="similar <<END -k 1\ncat\ndog\nEND\ncd .\npwd\nls\n:time similar cat -k 1\n",
    )


def _journal(folder: Path) -> None:
    write(
        folder, a__lm="$x = similar king -k 2\nsimilarity $x[0] queen\nodd cat dog nosuchword car\n"
    )


def _records(folder: Path) -> None:
    samples.vectors(folder)
    (folder / "glove.txt").rename(folder / "glove.vec")
    for path in folder.glob("*.txt"):
        path.unlink()
    write(
        folder,
        analogy__txt="king man woman\nparis france italy\n\nparis - france + italy\n",
        words__txt="king\ncat\ncafé\n猫\nnaive\n",
        words__jsonl='{"q": "king", "id": 1}\n{"q": "cat", "meta": {"a": [1, null]}}\n',
    )


def _tables(folder: Path) -> None:
    write(
        folder,
        pairs__tsv="a cat\ta dog\t3.5\nthe king\tthe queen\t4\nparis\tman\t0\n",
        questions__txt=(EXAMPLES / "questions-words.txt").read_bytes(),
        rated__tsv="cat\tdog\t7.1\nking\tqueen\t8\nman\tparis\t0.5\n",
        rated__csv="word1,word2,score\ncat,dog,7.1\nking,queen,8\n",
        sets__yaml="name: x\ntargets:\n  a: [king, man]\n  b: [queen, woman]\nattributes:\n  "
        "c: [cat, dog]\n  d: [paris, rome]\n",
        pairs__txt="king queen\nman woman\n",
    )
    cases(folder, "text", "bom-pairs.tsv", "nan-rating.tsv")


def _texts(folder: Path) -> None:
    samples.encoder(folder)
    write(
        folder,
        a__txt="the cat\n\na dog and a king\nthe queen\tof paris\n",
        b__txt="猫 dog\nthe man. the woman.\n",
        c__jsonl='{"t": "the cat", "n": 1}\n{"t": "a dog"}\n',
    )
    cases(folder, "text", "blank-lines.txt", "form-feed.txt", "zh-docs.txt", "hindi.txt")


def _labelled(folder: Path) -> None:
    samples.classifier(folder)
    write(
        folder,
        a__csv='id,text,label\n1,good film,positive\n2,"a ""bad"" film, 差",negative\n3,awful,0\n',
        b__jsonl='{"text": "good", "label": "positive"}\n{"text": "bad", "label": 0, "n": [1]}\n',
    )


def _index(folder: Path) -> None:
    samples.encoder(folder)
    docs = folder / "docs"
    docs.mkdir()
    write(
        docs,
        a__txt="the cat and the dog\n\nthe king of paris\n",
        b__md="# queen\n\na man, a woman\n",
    )


def _picture_index(folder: Path) -> None:
    (folder / "pics").mkdir()
    samples.pictures(folder / "pics")
    for path in list((folder / "pics").iterdir()):
        if path.name not in ("rgb.png", "rgb.jpeg"):
            path.unlink()


def _chats(folder: Path) -> None:
    samples.decoder(folder)
    write(
        folder,
        gpt__json='{"model": "gpt", "system": "be short", "messages": [{"role": "user", "content": "hi"}, '
        '{"role": "assistant", "content": "yes"}]}\n',
    )


def _sessions(folder: Path) -> None:
    write(folder, talk__txt="it has hair\nit has hooves\nwhy\nyes\nno\nunsure\nundo\nfacts\nquit\n")
    write(folder, zh__txt="它有毛发\n有蹄\n为什么\n是\n不是\n")


def _prompts(folder: Path) -> None:
    samples.decoder(folder)
    shutil.copy(EXAMPLES / "sentiment.yaml", folder)
    write(
        folder,
        examples__jsonl='{"input": "a", "output": "b"}\n{"input": "c", "output": "d"}\n',
        examples__txt="a => b\nc => d\n",
        schema__json='{"type": "object", "properties": {"a": {"type": "integer", "minimum": 0}, '
        '"b": {"enum": ["x", "y"]}}, "required": ["a"], "additionalProperties": false}',
        prompts__txt="the cat\n\nthe dog\n猫\n",
        prompts__jsonl='{"p": "the cat", "id": 3}\n{"p": "x"}\n',
    )


def _corpus(folder: Path) -> None:
    write(folder, a__txt="the cat sat on the mat\nthe dog sat on the cat\n" * 5)
    cases(folder, "text", "hindi.txt", "zh-docs.txt")


def _labels(folder: Path) -> None:
    _picture_index(folder)
    write(
        folder, labels__txt="a cat\na dog\n# note\n", labels__csv='label\n"a cat, black"\na dog\n'
    )
    write(folder, paths__jsonl='{"image": "pics/rgb.png", "n": 1}\n{"image": "pics/none.png"}\n')
    write(folder, paths__txt="pics/rgb.png\npics/rgb.jpeg\nnone.png\n")


def _gym(folder: Path) -> None:
    samples.encoder(folder)


INFER = "expert infer ./{} hair hooves"
MAKE_INDEX = "search cat --in docs --index notes --model tiny"

READERS = (
    Reader(
        "vectors",
        ("*.txt", "*.vec", "*.gz"),
        (
            "words import {} --out ./m && words export --model ./m --to binary --out ./back.bin && "
            "similar king --model ./m",
            "words import {} --out ./m --int8 && words info --model ./m && odd cat dog king --model ./m",
            "words import {} --out ./m --limit 3 && words export --model ./m --to glove --out ./b.txt && "
            "words import ./b.txt --out ./n",
            "words import {} --name m && similarity cat dog --model ./data/models/m && "
            "words plot king queen cat --model ./data/models/m --save ./x.svg",
        ),
        samples.vectors,
        kind="text",
    ),
    Reader(
        "vectors-binary",
        ("*.bin",),
        (
            "words import {} --out ./m && words export --model ./m --to word2vec --out ./b.txt && "
            "words import ./b.txt --out ./n",
            "words import {} --out ./m --int8 && analogy king man woman --model ./m",
        ),
        samples.binary_vectors,
    ),
    Reader(
        "vectors-model",
        ("m/*",),
        (
            "similar king -k 3 --model ./m",
            "analogy king man woman --model ./m",
            "words info --model ./m",
            "words export --model ./m --out ./x.txt",
            "similarity cat 猫 --model ./m && odd cat dog king --model ./m",
            "models verify ./m",
            "compare cat dog --model ./m --method words",
        ),
        samples.vectors,
        ("words import ./glove.txt --out ./m", "words import ./glove.txt --out ./n --int8"),
    ),
    Reader("gguf", ("*.gguf",), ("@gguf {}",), samples.gguf),
    Reader("safetensors", ("*.safetensors",), ("@safetensors {}",), samples.safetensors),
    Reader("onnx", ("*.onnx",), ("@graph {}",), samples.graphs),
    Reader(
        "export",
        ("hub/*.json", "hub/1_Pooling/*", "hub/model.onnx"),
        (
            "models pull ./hub --name x && models verify x && embed cat --model x",
            "models pull ./hub --name x --task text-generation && models info x",
            "models pull ./hub --name x && models list && tokenize cat --model x && models bench x --seconds 0",
        ),
        samples.hub_folder,
    ),
    Reader(
        "archives",
        ("*.zip", "*.tar*"),
        ("models pull {} --name x && models verify x && embed cat --model x",),
        samples.archives,
    ),
    Reader(
        "model.toml",
        ("models/tiny/model.toml",),
        (
            "models info tiny",
            "models list && models verify",
            "embed cat --model ./models/tiny",
            "tokenize cat --model ./models/tiny",
            "models pull ./models/tiny --name copy && models info copy",
            "doctor",
            "models path tiny",
            "models rm tiny",
        ),
        samples.encoder,
    ),
    Reader(
        "tokenizer",
        ("models/tiny/tokenizer*.json",),
        (
            "tokenize 'the cat, 猫 xyz' --model ./models/tiny",
            "embed 'the cat' --model ./models/tiny",
            "compare 'the cat' 'a dog' --model ./models/tiny",
        ),
        samples.encoder,
    ),
    Reader(
        "characters",
        ("m/*.gz", "m/*.txt", "m/model.toml"),
        ("fill 今天天气很[MASK]。 --model ./m", "fill compare 她的[MASK]发很长 --model ./m"),
        samples.characters,
    ),
    Reader(
        "classifier",
        ("models/bag/*.json", "models/bag/model.toml", "*.csv", "*.jsonl"),
        (
            "classify 'the good film' --model ./models/bag --proba",
            "classify 'not bad, 猫' --model ./models/bag -v",
            "classify steps 'the film' --model ./models/bag",
            "classify eval a.csv --model ./models/bag",
            "classify eval b.jsonl --model ./models/bag --errors",
        ),
        _labelled,
    ),
    Reader(
        "decoder",
        ("models/gpt/*.json", "models/gpt/model.toml"),
        (
            "complete 'the cat' -n 3 --greedy --model ./models/gpt",
            "next 'the cat' -k 3 --model ./models/gpt",
            "score 'the cat' --model ./models/gpt",
            "chat -m hi -n 3 --model ./models/gpt",
            "tokenize hi --model ./models/gpt",
        ),
        samples.decoder,
    ),
    Reader(
        "rules",
        ("*.yaml",),
        (
            f"expert check ./{{}} && {INFER}",
            INFER,
            "expert show ./{} --save ./x.svg",
            "expert show ./{}",
            "expert how ./{} zebra hair hooves stripes",
            "expert why-not ./{} zebra hair",
            "expert check ./{} --strict",
        ),
        _rules,
    ),
    Reader(
        "clips",
        ("*.clp",),
        (
            "expert import ./{} --save ./x.yaml && expert check ./x.yaml",
            "expert infer ./{} a",
            "expert check ./{}",
        ),
        _clips,
        kind="text",
    ),
    Reader(
        "maps",
        ("*.txt",),
        (
            "maze show ./{}",
            "maze solve ./{}",
            "maze train ./{} --episodes 5 --max-steps 50 --seed 1 --record ./x.run && maze q ./x.run",
            "maze show - < {}",
        ),
        _maps,
        kind="text",
    ),
    Reader(
        "runs",
        ("*.run",),
        (
            "maze replay ./{} --frames 3",
            "maze q ./{}",
            "maze export ./{} --out ./x.html",
            "maze export ./{} --out ./x.json",
            "maze replay ./{} --save ./x.gif",
        ),
        lambda folder: None,
        (
            "maze train course --episodes 6 --max-steps 30 --seed 1 --record ./a.run",
            "maze train ice --episodes 4 --max-steps 30 --algorithm double-q --seed 2 --record ./b.run",
        ),
        kind="jsonl",
    ),
    Reader(
        "config",
        ("config.toml",),
        (
            "config show",
            "similar king -k 2",
            "models list",
            "config path",
            "repl < words.lm",
            "maze show course",
        ),
        lambda folder: (_config(folder), write(folder, words__lm="similar king -k 1\n")),  # type: ignore[func-returns-value]
    ),
    Reader(
        "scripts",
        ("*.lm",),
        ("run --no-shell ./{}", "run --no-shell --keep-going ./{}", "repl --no-shell < {}"),
        _scripts,
        ("words import ./glove.txt --out ./models/few",),
        kind="text",
    ),
    Reader(
        "journal",
        (".a.lm.journal",),
        ("run --no-shell --resume ./a.lm",),
        _journal,
        ("run --no-shell --resume ./a.lm",),
        kind="jsonl",
    ),
    Reader(
        "records",
        ("*.txt", "*.jsonl"),
        (
            "analogy - --model few < {}",
            "similar - -k 2 --model few < {}",
            "similar --jsonl q -k 2 --model few < {}",
            "similarity - --model few < {}",
            "odd - --model few < {}",
            "words vector - --model few < {}",
            "words plot - --model few < {}",
            "maze q course.run - < {}",
            "expert infer animals - < {}",
        ),
        _records,
        (
            "words import ./glove.vec --out ./models/few",
            "maze train course --episodes 6 --max-steps 30 --seed 1 --record ./course.run",
        ),
    ),
    Reader(
        "tables",
        ("*.tsv", "*.csv", "*.txt", "*.yaml"),
        (
            "words eval ./{} --restrict 2000",
            "compare --eval ./{} --method words",
            "words bias x --sets ./{} --samples 20",
            "words bias --sets ./{} --samples 20",
            "words plot --pairs king queen man woman < {}",
            "similarity - < {}",
        ),
        _tables,
    ),
    Reader(
        "texts",
        ("*.txt", "*.jsonl"),
        (
            "embed - --model tiny --out ./v.npy < {}",
            "embed --jsonl t --model tiny --out ./v.jsonl < {}",
            "embed - --model tiny --out ./v.parquet < {}",
            "search cat --in ./{} --model tiny",
            "compare - --model tiny < {}",
            "tokenize - --model tiny < {}",
            "search cat --in - --model tiny < {}",
            "attention show - --model tiny < {}",
        ),
        _texts,
    ),
    Reader(
        "index",
        ("data/indexes/notes/*",),
        (
            "search cat --index notes --model tiny",
            "search cat --in docs --index notes --model tiny && search king --index notes --model tiny",
        ),
        _index,
        (MAKE_INDEX,),
    ),
    Reader(
        "picture-index",
        ("data/indexes/shots.pictures",),
        ("clip search 'a cat' --index shots", "clip search 'a cat' --in pics --index shots"),
        _picture_index,
        ("clip search 'a cat' --in pics --index shots",),
    ),
    Reader(
        "pictures",
        ("*.png", "*.jp*g", "*.gif", "*.webp", "*.bmp", "*.tiff", "*.ppm"),
        (
            "clip embed ./{}",
            "clip classify ./{} --labels 'a cat,a dog'",
            "clip classify - --labels 'a cat,a dog' < {}",
            "clip classify ./{} --labels 'a cat,a dog' --show --show-as blocks",
            "clip search 'a cat' --in ./{}",
        ),
        samples.pictures,
        kind="binary",
    ),
    Reader(
        "labels",
        ("*.txt", "*.csv", "*.jsonl"),
        (
            "clip classify pics/rgb.png --labels-file ./{}",
            "clip classify --jsonl image --labels 'a cat,a dog' < {}",
            "clip embed --text - < {}",
            "clip similar pics/rgb.png pics/rgb.jpeg",
            "clip embed - < {}",
        ),
        _labels,
    ),
    Reader(
        "prompts",
        ("*.yaml", "examples.*", "prompts.*", "schema.json"),
        (
            "prompt compare ./{} --model gpt",
            "complete a -n 2 --template few --examples ./{} --model gpt",
            "complete a -n 4 --json-schema ./{} --model gpt",
            "complete - -n 2 --model gpt < {}",
            "complete --jsonl p -n 2 --model gpt < {}",
            "score - --model gpt < {}",
            "next - -k 2 --model gpt < {}",
        ),
        _prompts,
    ),
    Reader(
        "chats",
        ("gpt.json",),
        ("chat --load ./{} -m hi -n 2 --model gpt",),
        _chats,
    ),
    Reader(
        "talks",
        ("*.txt", "*.json"),
        (
            "expert chat animals < {}",
            "expert chat animals-zh < {}",
            "expert chat animals --play ./{}",
            "expert chat animals --load ./{} < talk.txt",
            "expert chat medical < {}",
        ),
        _sessions,
    ),
    Reader(
        "corpus",
        ("*.txt",),
        (
            "words train ./{} --out ./m --algorithm glove --size 4 --min-count 1 --epochs 1 --workers 1",
        ),
        _corpus,
        kind="text",
    ),
)
