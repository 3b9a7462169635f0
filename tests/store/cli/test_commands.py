"""models and doctor."""

import json
import shutil

import pytest

from lmcli.frame.models import bundled_folder, read_spec, write_spec


@pytest.fixture
def copy(tmp_path, monkeypatch):
    """A copy of glove-50d that lookup finds first."""
    folder = tmp_path / "glove-50d"
    shutil.copytree(bundled_folder() / "glove-50d", folder)
    monkeypatch.setenv("LMCLI_MODELS", str(tmp_path))
    return folder


def test_list_names_the_bundled_model(lmcli):
    rows = [json.loads(line) for line in lmcli("models", "list", "-f", "jsonl").lines]
    glove = next(row for row in rows if row["name"] == "glove-50d")
    assert glove["task"] == "word-vectors" and glove["place"] == "bundled"
    assert glove["size"] > 29_000_000
    assert glove["languages"] == "en"


def test_info_shows_licence_and_origin(lmcli):
    (row,) = json.loads(lmcli("models", "info", "glove-50d", "-f", "json").out)
    assert row["licence"] == "PDDL-1.0"
    assert row["languages"] == ["en"]
    assert row["origin"]["sha256"].startswith("5c2b08fb")
    assert "PDDL-1.0" in lmcli("models", "info", "glove-50d", tty=True).out


def test_path_is_where_lookup_found_it(lmcli, copy):
    assert lmcli("models", "path", "glove-50d").out.strip() == str(copy)


def test_verify_is_silent_on_whole_models(lmcli):
    result = lmcli("models", "verify")
    assert (result.out, result.err, result.code) == ("", "", 0)


@pytest.mark.parametrize(
    "name", [file.path for file in read_spec(bundled_folder() / "glove-50d").files]
)
def test_verify_names_the_file_with_one_byte_changed(lmcli, copy, name):
    data = bytearray((copy / name).read_bytes())
    data[len(data) // 2] ^= 1
    (copy / name).write_bytes(data)
    result = lmcli("models", "verify", "glove-50d")
    assert result.code == 4
    assert str(copy / name) in result.err
    assert "lmcli models build glove-50d" in result.err


def test_a_truncated_file_is_refused_before_use(lmcli, copy):
    data = (copy / "vectors.npy").read_bytes()
    (copy / "vectors.npy").write_bytes(data[:-1000])
    result = lmcli("analogy", "king", "man", "woman")
    assert result.code == 4 and result.out == ""
    assert "vectors.npy" in result.err and "mend it with" in result.err


def test_a_broken_spec_is_named_and_does_not_hide_the_others(lmcli, tmp_path, monkeypatch):
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "model.toml").write_text("name = ")
    monkeypatch.setenv("LMCLI_MODELS", str(tmp_path))
    assert "glove-50d" in lmcli("models", "list").out
    result = lmcli("models", "verify")
    assert result.code == 4 and "bad/model.toml" in result.err


def test_what_a_cut_pull_left_is_no_model(lmcli, tmp_path, monkeypatch):
    cut = tmp_path / ".all-minilm-l6-v2.part"
    cut.mkdir()
    shutil.copy(bundled_folder() / "all-minilm-l6-v2" / "model.toml", cut)
    broken = tmp_path / ".other.part"
    broken.mkdir()
    (broken / "model.toml").write_text("cut in the mid")
    monkeypatch.setenv("LMCLI_MODELS", str(tmp_path))
    rows = [json.loads(line) for line in lmcli("models", "list", "-f", "jsonl").lines]
    assert {row["name"]: row["place"] for row in rows}["all-minilm-l6-v2"] == "bundled"
    assert not any(".part" in line for line in lmcli("doctor").lines)


def test_doctor_examines_a_pulled_model_where_it_lies(lmcli, tmp_path, monkeypatch):
    folder = tmp_path / "smollm2-135m-instruct"
    folder.mkdir()
    spec = {"name": folder.name, "task": "text-generation"}
    (folder / "model.onnx").write_bytes(b"here")
    write_spec(folder, spec, ("model.onnx",))
    monkeypatch.setenv("LMCLI_MODELS", str(tmp_path))
    rows = checks(lmcli("doctor", "-f", "jsonl"))["model"]
    assert [row[0] for row in rows if row[1] == folder.name] == ["ok"]


def test_doctor_reports_a_damaged_model(lmcli, copy):
    assert lmcli("doctor").code == 0
    (copy / "norms.npy").unlink()
    result = lmcli("doctor", "-f", "jsonl")
    damaged = [row for row in map(json.loads, result.lines) if row["result"] == "damaged"]
    assert result.code == 4
    assert "norms.npy" in damaged[0]["detail"] and "build glove-50d" in damaged[0]["hint"]


def test_an_unknown_model_gets_near_names(lmcli):
    result = lmcli("models", "info", "glove50d")
    assert result.code == 4 and "did you mean glove-50d, glove-100d?" in result.err


def test_build_refuses_to_replace_without_force(lmcli, copy):
    result = lmcli("models", "build", "glove-50d", "--out", copy)
    assert result.code == 2 and "--force" in result.err


def checks(result):
    """The rows of doctor: check -> [(result, detail, hint)]."""
    found = {}
    for row in map(json.loads, result.lines):
        found.setdefault(row["check"], []).append((row["result"], row["detail"], row["hint"]))
    return found


def test_doctor_runs_a_graph_on_each_provider(lmcli):
    rows = checks(lmcli("doctor", "-f", "jsonl"))["provider"]
    assert ("ok", "cpu (taken by auto)", "") in rows
    (cuda,) = [row for row in rows if row[1] == "cuda"]
    assert cuda[0] == "not built in" and "onnxruntime-gpu" in cuda[2]


def test_doctor_names_a_provider_that_is_built_in_and_fails(lmcli, monkeypatch):
    from lmcli.nn import onnx

    onnx.probe.cache_clear()
    built = ["CUDAExecutionProvider", "CPUExecutionProvider"]
    monkeypatch.setattr(onnx, "available", lambda: built)
    result = lmcli("doctor", "-f", "jsonl")
    rows = checks(result)["provider"]
    onnx.probe.cache_clear()
    assert any(row[0] == "failed" and row[1].startswith("cuda: ") for row in rows)
    assert any(row[0] == "warning" and "running on cpu" in row[1] for row in rows)
    assert result.code == 0


def test_doctor_warns_of_two_onnxruntimes(lmcli, tmp_path, monkeypatch):
    """A second distribution's metadata beside the real one's, as pip leaves it."""
    folder = tmp_path / "onnxruntime_gpu-1.99.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: onnxruntime-gpu\nVersion: 1.99\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    (row,) = [
        row for row in checks(lmcli("doctor", "-f", "jsonl"))["onnxruntime"] if row[0] == "conflict"
    ]
    assert "onnxruntime and onnxruntime-gpu are both installed" in row[1]
    assert row[2].startswith("keep one: pip uninstall -y onnxruntime onnxruntime-gpu")


def test_the_list_is_one_table_on_a_terminal(lmcli, copy):
    spec = copy.with_name("second") / "model.toml"
    spec.parent.mkdir()
    spec.write_text('name = "second"\ntask = "fill-mask"\n')
    wide = {"COLUMNS": "120"}
    assert lmcli("models", "list", tty=True, env=wide).out.count("summary") == 1


def test_nothing_of_a_long_path_or_hint_is_cut_off(lmcli, copy):
    rows = lmcli("doctor", tty=True, env={"NO_COLOR": "1"}).out.splitlines()
    column = rows[1].index("detail"), rows[1].index("hint")
    folded = "".join(line[slice(*column)].strip() for line in rows)
    assert str(copy.parent) in folded and "…" not in folded


def test_a_model_whose_first_file_is_gone_is_damaged(lmcli, copy):
    (copy / "vocab.txt").unlink()
    result = lmcli("doctor")
    assert result.code == 4 and "vocab.txt: No such file" in result.out


def test_a_damaged_model_is_mended_where_it_lies(lmcli, copy):
    (copy / "vectors.npy").write_bytes(b"")
    result = lmcli("models", "verify", "glove-50d")
    assert f"lmcli models build glove-50d --out {copy} --force" in result.err


def test_verify_does_not_call_a_model_whole_that_is_not_here(lmcli, tmp_path, monkeypatch):
    folder = tmp_path / "later"
    folder.mkdir()
    (folder / "model.toml").write_text('name = "later"\ntask = "word-vectors"\n')
    monkeypatch.setenv("LMCLI_MODELS", str(tmp_path))
    result = lmcli("models", "verify", "later")
    assert result.code == 4 and "later is not here yet" in result.err


def test_no_name_is_no_model(lmcli):
    assert lmcli("models", "info", "").code == 4


def test_the_languages_of_a_model_are_a_list_of_codes(lmcli, copy):
    spec = copy / "model.toml"
    text = spec.read_text()
    spec.write_text(
        text.replace('languages = ["en"]', 'languages = ["de", "fr", "it", "es", "nl", "da"]')
    )
    assert "6 languages" in lmcli("models", "list").out
    (row,) = json.loads(lmcli("models", "info", "glove-50d", "-f", "json").out)
    assert row["languages"] == ["de", "fr", "it", "es", "nl", "da"]
    spec.write_text(text.replace('languages = ["en"]', "languages = 3"))
    result = lmcli("similar", "king")
    assert result.code == 4 and "languages is not a list of codes" in result.err
