"""The lock on a model folder's place, and what is left behind."""

import os
import subprocess
import sys
import time

from lmcli.frame.disk.lock import locked
from lmcli.store.fetch.preparing import discard, preparation, remove_folder

HOLD = """
import sys, time
from pathlib import Path
from lmcli.frame.disk.lock import locked
with locked(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_lock_is_waited_for_and_dies_with_its_process(tmp_path):
    target = tmp_path / "model"
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(target)], stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout.readline() == "held\n"
    said = []

    def say(text):
        said.append(text)
        holder.kill()

    with locked(target, say):
        assert said == ["another process is making model; waiting for it"]
        assert holder.wait() != 0


def test_what_was_prepared_is_kept_until_it_is_discarded(tmp_path):
    target = tmp_path / "model"
    (preparation(target) / "part").write_text("half")
    assert (preparation(target) / "part").read_text() == "half"
    discard(target)
    assert list(preparation(target).iterdir()) == []


def test_only_old_leftovers_are_swept(tmp_path):
    old, new, other = (tmp_path / name for name in (".model-a", ".model-b", ".model2-a"))
    for folder in (old, new, other):
        folder.mkdir()
        (folder / "file").touch()
    for folder in (old, other):
        os.utime(folder, (time.time() - 2 * 86400,) * 2)
    with locked(tmp_path / "model"):
        pass
    assert (old.exists(), new.exists(), other.exists()) == (False, True, True)


def test_removal(tmp_path):
    target = tmp_path / "model"
    target.mkdir()
    (target / "file").touch()
    (preparation(target) / "part").touch()
    remove_folder(target)
    assert list(tmp_path.iterdir()) == []
