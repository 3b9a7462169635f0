"""classify train as a command: what happens to the data meanwhile, and what cannot be learnt."""

from __future__ import annotations

import pytest

from tests.conftest import peer

pytestmark = pytest.mark.peer
ROWS = "".join(
    f"film {n} is {word},{label}\n" for n in range(20) for word, label in (("good", "yes"), ("bad", "no"))
)  # fmt: skip


@pytest.fixture
def table(tmp_path):
    peer("torch")
    peer("sklearn")
    path = tmp_path / "films.csv"
    path.write_text("text,label\n" + ROWS)
    return path


@pytest.mark.parametrize("change", ["more", "gone"])
def test_data_that_changes_once_it_is_read_is_told_of(lmcli, table, tmp_path, monkeypatch, change):
    from lmcli.classify.cli.train import _Job

    read = _Job.read

    def read_and_change(job):
        read(job)
        if change == "gone":
            table.unlink()
        else:
            table.write_text(table.read_text() + "one more,yes\n")

    monkeypatch.setattr(_Job, "read", read_and_change)
    made = lmcli("classify", "train", table, "--model", "linear", "--out", tmp_path / "model")
    assert made.code == 0 and "has changed meanwhile" in made.err
    assert (tmp_path / "model" / "CARD.md").exists()


def test_what_cannot_be_learnt_is_said_and_nothing_is_made(lmcli, table, tmp_path):
    (tmp_path / "one.csv").write_text("text,label\na,x\nb,x\n")
    said = lmcli("classify", "train", tmp_path / "one.csv", "--out", tmp_path / "model")
    assert said.code == 1 and "all 2 texts have the label 'x'" in said.err
    said = lmcli("classify", "train", table, "--label", "stars", "--out", tmp_path / "model")
    assert said.code == 2 and "no column 'stars'" in said.err
    assert not (tmp_path / "model").exists()
