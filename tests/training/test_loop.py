"""The loop: what it learns, when it stops, and that a training that was stopped goes on to the same bit."""

import json
import signal

import pytest

from lmcli.frame.errors import BadUsage, LmcliError
from tests.conftest import peer

pytestmark = pytest.mark.peer


class Line:
    """A line with noise through points, in a net with dropout; what it gives is drawn from torch's own generator."""

    def __init__(self, steps=5, scores=None):
        import torch

        torch.manual_seed(3)
        draw = torch.Generator().manual_seed(7)
        self.x = torch.randn(40, 2, generator=draw)
        self.y = self.x @ torch.tensor([[2.0], [-1.0]]) + 0.5
        self.net = torch.nn.Sequential(torch.nn.Dropout(0.1), torch.nn.Linear(2, 1))
        self.steps, self.scores, self.judged, self.seen = steps, scores, 0, []

    def groups(self):
        return [{"params": list(self.net.parameters())}]

    def batches(self, generator):
        import torch

        return list(torch.randperm(40, generator=generator).chunk(self.steps))

    def loss(self, batch, generator):
        self.seen.append(batch.tolist())
        return ((self.net.train()(self.x[batch]) - self.y[batch]) ** 2).mean()

    def judge(self):
        self.judged += 1
        return None if self.scores is None else {"score": self.scores[self.judged - 1]}

    def state(self):
        return self.net.state_dict()


def weights(task):
    return {name: tensor.tolist() for name, tensor in task.state().items()}


@pytest.fixture(autouse=True)
def _torch():
    peer("torch")


def plan(**values):
    from lmcli.training.task import Plan

    return Plan(**{"epochs": 6, "rate": 0.05, "warmup": 0.2, **values})


def test_a_line_is_learnt_as_torch_alone_would():
    import torch

    from lmcli.training.loop import learn

    task, other = Line(), Line()
    learn(task, plan(warmup=0.0))
    optimiser = torch.optim.AdamW(other.net.parameters(), lr=0.05, weight_decay=0.01, fused=True)
    rate = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, 30)
    draw = torch.Generator().manual_seed(0)
    torch.manual_seed(3)
    other = Line()
    optimiser.param_groups[0]["params"] = list(other.net.parameters())
    for _ in range(6):
        for batch in other.batches(draw):
            optimiser.zero_grad()
            other.loss(batch, draw).backward()
            torch.nn.utils.clip_grad_norm_(other.net.parameters(), 1.0)
            optimiser.step()
            rate.step()
    assert weights(task) == weights(other)


def test_the_rate_rises_and_falls():
    from lmcli.training.loop import learn

    events = []
    learn(Line(), plan(), events.append)
    rates = [event.rate for event in events if event.scores is None]
    top = rates.index(max(rates))
    assert rates[:top] == sorted(rates[:top]) and rates[top:] == sorted(rates[top:], reverse=True)
    assert rates[-1] < 0.001 and max(rates) == pytest.approx(0.05)


def test_the_weights_of_the_best_epoch_are_kept():
    from lmcli.training.loop import learn
    from lmcli.training.task import STOPPED_EARLY

    kept = []
    task = Line(scores=[0.1, 0.9, 0.3, 0.2, 0.1, 0.0])
    run = learn(
        task,
        plan(patience=3),
        lambda event: kept.append(weights(task)) if event.scores is not None else None,
    )
    assert (run.best_epoch, run.epoch, run.ended) == (2, 5, STOPPED_EARLY)
    assert weights(task) == kept[1] != kept[4]


@pytest.mark.parametrize("stop", [1, 7, 10, 29])
def test_a_training_that_was_stopped_goes_on_to_the_same_bit(tmp_path, stop):
    from lmcli.training.checkpoint import Checkpoint
    from lmcli.training.loop import learn
    from lmcli.training.task import INTERRUPTED

    whole = Line(scores=[0.1, 0.4, 0.2, 0.5, 0.3, 0.1])
    full = learn(whole, plan())

    def press(event):
        if event.scores is None and event.step == stop:
            signal.raise_signal(signal.SIGINT)

    first = Line(scores=[0.1, 0.4, 0.2, 0.5, 0.3, 0.1])
    run = learn(first, plan(), press, Checkpoint(tmp_path / "kept", {"data": "a"}))
    assert (run.ended, run.step) == (INTERRUPTED, stop)
    import torch

    torch.manual_seed(99)  # what another process would begin with
    second = Line(scores=[0.1, 0.4, 0.2, 0.5, 0.3, 0.1][(stop - 1) // 5 :] if stop else None)
    torch.manual_seed(98)
    keep = Checkpoint(tmp_path / "kept", {"data": "a"})
    keep.check(resume=True)
    run = learn(second, plan(), keep=keep)
    assert first.seen + second.seen == whole.seen
    assert weights(second) == weights(whole)
    assert (run.step, run.best, run.best_epoch) == (full.step, full.best, full.best_epoch)


def test_what_is_kept_is_gone_on_with_only_where_it_is_the_same_training(tmp_path):
    from lmcli.training.checkpoint import Checkpoint
    from lmcli.training.loop import learn

    with pytest.raises(BadUsage, match="nothing to go on with"):
        Checkpoint(tmp_path / "kept", {}).check(resume=True)
    learn(Line(), plan(epochs=1), keep=Checkpoint(tmp_path / "kept", {"data": "a", "model": "mlp"}))
    with pytest.raises(BadUsage, match="was stopped"):
        Checkpoint(tmp_path / "kept", {"data": "a", "model": "mlp"}).check(resume=False)
    with pytest.raises(BadUsage, match="data has changed"):
        Checkpoint(tmp_path / "kept", {"data": "b", "model": "mlp"}).check(resume=True)
    with pytest.raises(BadUsage, match="model was mlp"):
        Checkpoint(tmp_path / "kept", {"data": "a", "model": "rnn"}).check(resume=True)
    (tmp_path / "kept").write_bytes((tmp_path / "kept").read_bytes()[:200])
    with pytest.raises(LmcliError, match="damaged"):
        Checkpoint(tmp_path / "kept", {"data": "a"}).check(resume=True)


def test_a_full_disk_ends_no_training(tmp_path):
    from lmcli.training.checkpoint import Checkpoint
    from lmcli.training.loop import learn

    said = []
    task, alone = Line(), Line()
    task = Line()
    import torch

    run = learn(task, plan(epochs=2), keep=Checkpoint(_full(), {}, said.append))
    torch.manual_seed(3)
    alone = Line()
    learn(alone, plan(epochs=2))
    assert run.epoch == 2 and len(said) == 2
    assert "No space left on device; the training goes on" in said[0]
    assert weights(task) == weights(alone)


def _full():
    from pathlib import Path

    place = Path("/dev/full")
    if not place.exists():
        pytest.skip("no /dev/full here")
    return place


def test_time_and_a_loss_that_is_no_number_end_it():
    import torch

    from lmcli.training.loop import learn
    from lmcli.training.task import OUT_OF_TIME

    run = learn(Line(scores=[0.5]), plan(minutes=1e-9))
    assert (run.ended, run.step, run.best_epoch) == (OUT_OF_TIME, 1, 1)
    task = Line()
    task.y = task.y * torch.inf
    with pytest.raises(LmcliError, match="smaller --lr"):
        learn(task, plan())


def test_the_log_tells_the_history(tmp_path):
    from lmcli.training.history import History, log_to, read_log
    from lmcli.training.loop import learn

    history = History()
    with log_to(tmp_path / "log.jsonl") as log:

        def watch(event):
            history.add(event)
            log.add(event)

        learn(Line(scores=[0.5, 0.6]), plan(epochs=2), watch)
    lines = (tmp_path / "log.jsonl").read_text().splitlines()
    assert len(lines) == 12
    assert (
        json.loads(lines[5]).items()
        >= {"event": "epoch", "epoch": 1, "step": 5, "score": 0.5}.items()
    )
    again = read_log(lines)
    assert (again.steps, again.epochs) == (history.steps, history.epochs)
