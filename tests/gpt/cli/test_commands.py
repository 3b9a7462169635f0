"""The commands in this process: formats, options, errors."""

from __future__ import annotations

import json
import math

import pytest

pytestmark = pytest.mark.usefixtures("with_smollm2")
PROMPT = "The capital of France is"


def test_complete_names_paris(lmcli):
    result = lmcli("complete", PROMPT, "-n", 8, "--greedy")
    assert result.code == 0
    assert result.out.startswith(" Paris")
    assert result.err == ""


def test_words_of_the_command_line_are_one_prompt(lmcli):
    one = lmcli("complete", PROMPT, "-n", 4, "--greedy")
    assert lmcli("complete", *PROMPT.split(), "-n", 4, "--greedy").out == one.out


def test_the_fields_of_a_completion(lmcli):
    (row,) = json.loads(lmcli("complete", PROMPT, "-n", 4, "--seed", 5, "-f", "json").out)
    assert list(row) == ["prompt", "text", "tokens", "finish_reason", "seed"]
    assert (row["prompt"], row["tokens"], row["finish_reason"], row["seed"]) == (
        PROMPT,
        4,
        "length",
        5,
    )
    (greedy,) = json.loads(lmcli("complete", PROMPT, "-n", 4, "--greedy", "-f", "json").out)
    assert greedy["seed"] is None


def test_the_seed_that_was_drawn_gives_the_text_again(lmcli):
    (row,) = json.loads(lmcli("complete", "Once upon a time", "-n", 12, "-f", "json").out)
    again = lmcli("complete", "Once upon a time", "-n", 12, "--seed", row["seed"])
    assert again.out == row["text"] + "\n"


def test_the_same_seed_on_a_terminal_and_in_a_pipe(lmcli):
    words = ("complete", "Once upon a time", "-n", 12, "--seed", 9)
    assert lmcli(*words).out == lmcli(*words, tty=True).out == lmcli(*words).out


def test_count_gives_seeds_that_follow_each_other(lmcli):
    words = ("complete", "Once upon a time", "-n", 8, "-f", "jsonl")
    rows = [json.loads(line) for line in lmcli(*words, "--count", 3, "--seed", 4).lines]
    assert [row["seed"] for row in rows] == [4, 5, 6]
    (alone,) = [json.loads(line) for line in lmcli(*words, "--seed", 6).lines]
    assert alone == rows[2]


def test_prompts_of_stdin_in_order_as_alone(lmcli):
    prompts = [PROMPT, "Once upon a time", "2 + 2 =", "The sea", PROMPT]
    batched = lmcli("complete", "-n", 6, "--greedy", "-f", "json", stdin="\n".join(prompts))
    rows = json.loads(batched.out)
    assert [row["prompt"] for row in rows] == prompts
    for row in rows[:3]:
        (alone,) = json.loads(
            lmcli("complete", row["prompt"], "-n", 6, "--greedy", "-f", "json").out
        )
        assert alone == row
    single = lmcli(
        "complete", "-n", 6, "--greedy", "-f", "json", "--batch", 1, stdin="\n".join(prompts)
    )
    assert single.out == batched.out


def test_jsonl_keeps_the_other_fields(lmcli):
    line = json.dumps({"id": 7, "q": PROMPT})
    out = lmcli("complete", "--jsonl", "q", "-n", 2, "--greedy", "-f", "jsonl", stdin=line)
    row = json.loads(out.out)
    assert row["id"] == 7 and row["prompt"] == PROMPT


def test_the_whole_of_stdin(lmcli):
    result = lmcli("complete", "--whole", "-n", 3, "--greedy", "-f", "json", stdin="a\nb\n\nc")
    assert json.loads(result.out)[0]["prompt"] == "a\nb\n\nc"
    assert lmcli("complete", "--whole", "x").code == 2
    broken = lmcli("complete", "--whole", stdin=b"ab\xff")
    assert broken.code == 1 and "not UTF-8 at byte 3" in broken.err


def test_echo_stats_and_stop(lmcli):
    result = lmcli("complete", PROMPT, "-n", 12, "--greedy", "--echo", "--stats", "--stop", ".")
    assert result.out == PROMPT + " Paris\n"
    assert "prompt 5 tokens, first token after" in result.err


def test_logprobs(lmcli):
    words = ("complete", PROMPT, "-n", 2, "--greedy", "--logprobs", 3)
    (row,) = json.loads(lmcli(*words, "-f", "json").out)
    first = row["logprobs"][0]
    assert first["token"] == " Paris" == first["top"][0]["token"]
    assert first["logprob"] == first["top"][0]["logprob"] < 0
    assert len(first["top"]) == 3
    assert "·Paris" in lmcli(*words, tty=True).out


def test_lookup_changes_nothing(lmcli):
    prompt = "one two three four five six. " * 4
    words = ("complete", prompt, "-n", 30, "--greedy")
    assert lmcli(*words).out == lmcli(*words, "--no-lookup").out


def test_templates(lmcli):
    shown = lmcli(
        "complete", "3+3=?", "--example", "1+1=? => 2", "--example", "2+2=? => 4", "--show-prompt"
    )
    assert shown.out == (
        "Input: 1+1=?\nOutput: 2\n\nInput: 2+2=?\nOutput: 4\n\nInput: 3+3=?\nOutput:\n"
    )
    assert lmcli("complete", "x", "--template", "few").code == 2
    cot = lmcli("complete", "3 apples", "--template", "cot", "--show-prompt")
    assert cot.out.endswith("Let's think step by step.\n")


def test_choices(lmcli):
    words = ("complete", PROMPT, "--choices", "Rome,Paris,Berlin")
    assert lmcli(*words).out == "Paris\n"
    (row,) = json.loads(lmcli(*words, "-f", "json").out)
    assert row["choices"][0]["choice"] == row["text"] == "Paris"
    assert "█" in lmcli(*words, tty=True).out
    several = lmcli(
        "complete", "--choices", "Rome,Paris", stdin=f"{PROMPT}\nThe capital of Italy is\n"
    )
    assert [line[1] for line in several.table] == ["Paris", "Rome"]
    assert lmcli("complete", "x", "--choices", "a").code == 2
    assert lmcli("complete", "x", "--choices", "a,b", "--regex", "a").code == 2


def test_forms(lmcli, tmp_path):
    dated = lmcli("complete", "The war ended in", "--regex", r" [0-9]{4}", "--seed", 1)
    assert dated.out.strip().isdigit()
    schema = tmp_path / "s.json"
    schema.write_text(
        '{"type": "object", "properties": {"a": {"type": "boolean"}}, "required": ["a"], "additionalProperties": false}'
    )
    assert set(json.loads(lmcli("complete", "JSON:", "--json-schema", schema).out)) == {"a"}
    assert lmcli("complete", "x", "--regex", "(").code == 1


@pytest.mark.parametrize(
    "words",
    [("--temperature", "nan"), ("--temperature", "-1"), ("--top-p", "0"), ("--top-p", "2"),
     ("--min-p", "1.5"), ("--repeat-penalty", "0"), ("-n", "-1"), ("--count", "0"), ("--seed", "x")],
)  # fmt: skip
def test_values_out_of_range_are_wrong_usage(lmcli, words):
    result = lmcli("complete", "x", *words)
    assert result.code == 2
    assert words[0].lstrip("-") in result.err


def test_empty_and_endless_prompts(lmcli):
    empty = lmcli("complete", "")
    assert empty.code == 1 and "the prompt is empty" in empty.err
    long = lmcli("complete", "--greedy", "-n", 1, stdin="word " * 8300 + "\nshort\n")
    assert long.code == 5
    assert ("line 1" in long.err and "8300 tokens" in long.err) or "8301 tokens" in long.err
    assert long.table[0][0] == "short"


def test_lines_that_are_not_utf8_do_not_stop_the_others(lmcli):
    result = lmcli("complete", "-n", 1, "--greedy", stdin=b"one\n\xff\xfe\ntwo\n")
    assert result.code == 5
    assert [line[0] for line in result.table] == ["one", "two"]
    assert "line 2: not UTF-8" in result.err


def test_next(lmcli):
    result = lmcli("next", PROMPT, "-k", 3)
    assert result.table[0][:2] == ["1", " Paris"]
    rows = json.loads(lmcli("next", PROMPT, "-k", 3, "-f", "json").out)
    assert list(rows[0]) == ["rank", "token", "id", "prob", "logprob"]
    shown = lmcli("next", PROMPT, "-k", 3, tty=True).out
    assert "·Paris" in shown and "█" in shown and "of the probability" in shown


def test_score(lmcli):
    (row,) = json.loads(lmcli("score", "The cat sat.", "-f", "json").out)
    assert list(row) == ["text", "perplexity", "tokens"]
    assert list(row["tokens"][0]) == ["token", "id", "logprob"]
    logprobs = [token["logprob"] for token in row["tokens"][1:]]
    assert row["perplexity"] == pytest.approx(math.exp(-sum(logprobs) / len(logprobs)))
    assert lmcli("score", "The cat sat.").out == f"{row['perplexity']!r}\n"
    assert "perplexity" in lmcli("score", "The cat sat.", tty=True, env={"FORCE_COLOR": "1"}).out


@pytest.mark.parametrize(
    "words",
    [("score",), ("next", "-k", 1), ("complete", "-n", 1), ("complete", "-n", 1, "-f", "json"),
     ("complete", "--choices", "a,b"), ("complete", "-n", 1, "--logprobs", 1),
     ("chat", "-n", 1, "-m"), ("chat", "-n", 1, "-f", "json", "-m")],
)  # fmt: skip
@pytest.mark.parametrize("tty", [False, True])
def test_a_script_that_the_model_does_not_read_is_said_wherever_it_runs(lmcli, words, tty):
    result = lmcli(*words, "今天", "-q", tty=tty)
    assert (result.code, result.err.count("100% of '今天' is not understood by")) == (0, 1)
    assert result.out.strip()


def test_each_line_of_a_pipe_has_its_own_warning(lmcli):
    result = lmcli("score", "-q", stdin="今天\nThe cat sat.\n天气\n")
    assert [row[0] for row in result.table] == ["今天", "The cat sat.", "天气"]
    assert [line.split(":")[1] for line in result.err.splitlines()] == [" line 1", " line 3"]


def test_chat_of_one_turn(lmcli):
    words = ("chat", "-m", "Name three colours.", "--greedy", "-n", 16)
    text = lmcli(*words)
    assert "Red" in text.out
    (row,) = json.loads(lmcli(*words, "-f", "json").out)
    assert list(row) == ["prompt", "text", "tokens", "finish_reason", "seed"]
    assert row["text"] + "\n" == text.out
    assert lmcli("chat", "-m", " ").code == 2


@pytest.mark.slow
def test_a_full_context_drops_turns_in_every_format(lmcli, tmp_path):
    path = tmp_path / "chat.json"
    turns = [{"role": role, "content": "word " * 2000} for role in ("user", "assistant")] * 3
    path.write_text(json.dumps({"messages": turns}))
    words = ("chat", "--load", path, "-m", "Name three colours.", "--greedy", "-n", 4)
    text, rows = lmcli(*words), lmcli(*words, "-f", "json")
    assert json.loads(rows.out)[0]["text"] + "\n" == text.out
    assert "no longer reads the" in text.err and rows.err == text.err


def test_chat_through_a_pipe(lmcli, tmp_path):
    path = tmp_path / "chat.json"
    lines = f"Hi\n/set length 4\nAnd now?\n/undo\n/retry\n/seed 3\n/system Be kind\n/save {path}\n/quit\nno\n"
    result = lmcli("chat", "--greedy", "-n", 6, stdin=lines)
    assert result.code == 0
    assert "took back: And now?" in result.out
    assert "system: Be kind" in result.out and "seed: 3" in result.out
    saved = json.loads(path.read_text())
    assert saved["system"] == "Be kind"
    assert [one["role"] for one in saved["messages"]] == ["user", "assistant"]
    again = lmcli("chat", "--load", path, "-n", 2, "--greedy", stdin="/load nothing.json\n")
    assert again.code == 1 and "nothing.json" in again.err


def test_chat_commands_that_are_none(lmcli):
    result = lmcli("chat", stdin="/sav x\n")
    assert result.code == 2 and "did you mean /save" in result.err
    assert "/retry" in lmcli("chat", stdin="/help\n").out


def test_compare(lmcli, tmp_path):
    task = tmp_path / "task.yaml"
    task.write_text(
        "labels: [positive, negative]\nexamples: [I loved it. => positive, Awful. => negative]\n"
        "test: [Wonderful! => positive]\nstrategies: [zero, few]\n"
    )
    rows = json.loads(lmcli("prompt", "compare", task, "-f", "json").out)
    assert [row["strategy"] for row in rows] == ["zero", "few"]
    assert list(rows[0]) == ["strategy", "correct", "total", "accuracy", "prompt_tokens"]


def test_a_short_name_finds_the_model(lmcli):
    words = ("complete", PROMPT, "-n", 2, "--greedy")
    assert lmcli(*words, "--model", "smollm2").out == lmcli(*words).out
    unknown = lmcli(*words, "--model", "gpt5")
    assert unknown.code == 4 and "no model named" in unknown.err
    other = lmcli(*words, "--model", "glove-50d")
    assert other.code == 4 and "not for text-generation" in other.err
