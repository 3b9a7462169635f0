import os

from lmcli.repl.terminal.pager import Pager


def test_the_pager_is_told_to_leave_no_history(tmp_path):
    seen = tmp_path / "seen"
    pager = Pager(["sh", "-c", f'cat > /dev/null; echo "$LESSHISTFILE" > {seen}'], os.environ)
    pager.write("text\n")
    pager.wait()
    assert seen.read_text() == "-\n"
