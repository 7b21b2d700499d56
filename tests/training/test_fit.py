"""The training loop learns, stays on the model's device and dtype, and resumes bit for bit."""

import numpy as np
import pytest
import torch
from runmath.neural_networks import MLP, seeded, weights_to_vector
from runmath.training import (
    Checkpoint,
    ExponentialMovingAverage,
    ShuffledBatches,
    fit,
    load_checkpoint,
    save_checkpoint,
    warmup_cosine,
)
from torch import nn

X = torch.linspace(-2, 2, 64)[:, None]
Y = X.sin()


def squared_error(model, batch):
    x, y = batch
    return (model(x) - y).square().mean()


class Run:
    """A small run with every moving part: average, schedule, batches, and a loss that draws noise."""

    def __init__(self, seed=0, n_steps=40):
        self.generator = torch.Generator().manual_seed(seed)
        self.model = seeded(lambda: MLP([1, 16, 1]), generator=self.generator)
        self.optimizer = torch.optim.AdamW(self.model.parameters(), lr=0.02)
        self.scheduler = warmup_cosine(self.optimizer, n_steps=n_steps, n_warmup=4)
        self.ema = ExponentialMovingAverage(self.model, decay=0.9)
        self.batches = ShuffledBatches(X, Y, batch_size=24, generator=self.generator)
        self.n_steps, self.stop_after = n_steps, None
        self.calls = 0

    def loss(self, model, batch):
        self.calls += 1
        if self.stop_after is not None and self.calls > self.stop_after:
            raise KeyboardInterrupt
        x, y = batch
        return squared_error(model, (x + 0.1 * torch.randn(x.shape, generator=self.generator), y))

    def fit(self, checkpoint=None):
        return fit(
            self.model,
            self.loss,
            self.batches,
            optimizer=self.optimizer,
            n_steps=self.n_steps,
            scheduler=self.scheduler,
            ema=self.ema,
            max_grad_norm=1.0,
            generator=self.generator,
            checkpoint=checkpoint,
        )


def plain_fit(model, loss, batches, n_steps=1, lr=0.1, **options):
    optimizer = torch.optim.SGD(model.parameters(), lr=lr)
    return fit(model, loss, batches, optimizer=optimizer, n_steps=n_steps, **options)


def test_the_loss_falls_on_a_toy_problem():
    run = Run(n_steps=300)
    result = run.fit()
    assert result.history.shape == (300,)
    assert result.n_steps == 300
    assert result.seconds > 0
    assert result.history[-30:].mean() < 0.05 * result.history[:5].mean()
    assert squared_error(run.ema.model, (X, Y)) < 0.02


def test_steps_of_gradient_descent_are_those_on_paper():
    model = nn.Linear(1, 1, bias=False)
    nn.init.constant_(model.weight, 0.0)
    result = plain_fit(model, lambda m, x: (m(x) - 8).square().mean(), [torch.ones(4, 1)], n_steps=3, lr=0.25)
    np.testing.assert_array_equal(result.history, [64, 16, 4])
    assert model.weight.item() == 7


def test_the_same_seed_gives_the_same_weights_and_history():
    first, same, other = Run(1), Run(1), Run(2)
    histories = [run.fit().history for run in (first, same, other)]
    np.testing.assert_array_equal(histories[0], histories[1])
    assert (histories[0] != histories[2]).all()
    assert torch.equal(weights_to_vector(first.model), weights_to_vector(same.model))


@pytest.mark.parametrize("stop_after", [3, 17, 24])
def test_a_run_that_was_stopped_and_resumed_is_bit_identical_to_one_that_was_not(tmp_path, stop_after):
    path = tmp_path / "run.pt"
    straight = Run()
    expected = straight.fit()
    stopped = Run()
    stopped.stop_after = stop_after
    with pytest.raises(KeyboardInterrupt):
        stopped.fit(Checkpoint(path, every=7))
    resumed = Run(seed=99)  # other weights, other randomness: all of it must come from the file
    result = resumed.fit(Checkpoint(path, every=7, resume=True))
    if stop_after >= 7:
        assert resumed.calls == 40 - stop_after // 7 * 7  # 21 steps end in the middle of an epoch
        np.testing.assert_array_equal(result.history, expected.history)
        for ours, theirs in [(resumed.model, straight.model), (resumed.ema.model, straight.ema.model)]:
            assert torch.equal(weights_to_vector(ours), weights_to_vector(theirs))
        assert torch.equal(resumed.generator.get_state(), straight.generator.get_state())
    else:  # nothing was stored yet: the run begins at its beginning
        assert resumed.calls == 40


def test_a_finished_run_is_not_continued_and_its_time_is_kept(tmp_path):
    checkpoint = Checkpoint(tmp_path / "run.pt", resume=True)
    first = Run()
    done = first.fit(checkpoint)
    again = Run(seed=5)
    result = again.fit(checkpoint)
    assert again.calls == 0
    np.testing.assert_array_equal(result.history, done.history)
    assert result.seconds == pytest.approx(done.seconds, abs=0.5)
    assert torch.equal(weights_to_vector(again.model), weights_to_vector(first.model))


def test_without_resume_a_stored_run_is_begun_anew(tmp_path):
    path = tmp_path / "run.pt"
    Run().fit(Checkpoint(path))
    run = Run()
    run.fit(Checkpoint(path))
    assert run.calls == 40


def test_a_checkpoint_is_read_without_running_code_and_leaves_no_other_file(tmp_path):
    Run().fit(Checkpoint(tmp_path / "run.pt"))
    assert [path.name for path in tmp_path.iterdir()] == ["run.pt"]
    states = torch.load(tmp_path / "run.pt", weights_only=True)
    assert {"model", "optimizer", "scheduler", "ema", "generator", "batches", "history", "seconds"} == set(
        states
    )


def test_a_checkpoint_without_a_part_that_is_asked_for_is_refused(tmp_path):
    save_checkpoint(tmp_path / "a.pt", {"model": nn.Linear(1, 1), "ema": None})
    with pytest.raises(ValueError, match=r"a\.pt must hold \['ema'\], got only \['model'\]"):
        load_checkpoint(tmp_path / "a.pt", {"ema": ExponentialMovingAverage(nn.Linear(1, 1))})


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_batches_take_dtype_and_device_of_the_model_and_integers_stay_integers(dtype):
    seen = []

    def loss(model, batch):
        x, (y, labels) = batch
        seen.append((x.dtype, y.dtype, labels.dtype, x.device))
        return (model(x) - y).square().mean()

    model = nn.Linear(1, 1).to(dtype)
    plain_fit(model, loss, [(X, (Y.double(), torch.arange(64)))])
    assert seen == [(dtype, dtype, torch.int64, model.weight.device)]


def test_a_model_elsewhere_draws_the_batches_there():
    model = nn.Linear(1, 1, device="meta")  # a device that every machine has
    places = []

    def loss(model, batch):
        places.append(batch.device.type)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        plain_fit(model, loss, [X])
    assert places == ["meta"]


def test_the_mode_of_the_model_is_put_back_and_training_happens_in_training_mode():
    model, modes = nn.Linear(1, 1).eval(), []
    plain_fit(model, lambda m, x: (modes.append(m.training), m(x).square().mean())[1], [X])
    assert modes == [True]
    assert not model.training


def test_batches_that_end_are_begun_anew():
    seen = []
    plain_fit(nn.Linear(1, 1), lambda m, x: (seen.append(len(x)), m(x).mean())[1], [X[:1], X[:2]], n_steps=5)
    assert seen == [1, 2, 1, 2, 1]


def test_long_gradients_are_shortened_and_short_ones_are_not():
    for scale, moved in ((100.0, 0.5), (0.01, 0.01)):
        model = nn.Linear(1, 1, bias=False)
        before = model.weight.item()
        plain_fit(model, lambda m, x, c=scale: c * m(x).mean(), [torch.ones(1, 1)], lr=1.0, max_grad_norm=0.5)
        assert before - model.weight.item() == pytest.approx(moved, rel=1e-4)


def test_the_global_random_state_is_left_alone():
    before = torch.get_rng_state()
    Run().fit()
    assert torch.equal(torch.get_rng_state(), before)


def test_a_loss_that_is_not_finite_stops_the_run_with_a_remedy():
    with pytest.raises(FloatingPointError, match="the loss is inf in step 1; lower the learning rate"):
        plain_fit(nn.Linear(1, 1), lambda m, x: (m(x) ** 2 + 1).sum() * float("inf"), [torch.ones(1, 1)])


@pytest.mark.parametrize(
    ("model", "loss", "batches", "options", "error", "match"),
    [
        (nn.ReLU(), squared_error, [X], {}, ValueError, "`model` must have parameters, got Sequential"),
        (nn.Linear(1, 1), squared_error, [], {}, ValueError, "`batches` must hold at least one batch"),
        (nn.Linear(1, 1), squared_error, iter([(X, Y)]), {"n_steps": 2}, ValueError, "each time it is gone"),
        (nn.Linear(1, 1), squared_error, ["a"], {}, TypeError, "`batches` must hold tensors or tuples"),
        (nn.Linear(1, 1), lambda m, x: m(x), [X], {}, ValueError, "`loss` must return a scalar tensor, got"),
        (
            nn.Linear(1, 1),
            lambda m, x: 0.5,
            [X],
            {},
            ValueError,
            "`loss` must return a scalar tensor, got 0.5",
        ),
        (nn.Linear(1, 1), squared_error, [X], {"n_steps": 0}, ValueError, "`n_steps` must be at least 1"),
        (
            nn.Linear(1, 1),
            squared_error,
            [X],
            {"checkpoint": Checkpoint("x", every=0)},
            ValueError,
            "`checkpoint.every` must be at least 1",
        ),
    ],
)
def test_bad_input_is_refused(model, loss, batches, options, error, match):
    model = nn.Sequential(model)
    optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=0.1)
    with pytest.raises(error, match=match):
        fit(model, loss, batches, optimizer=optimizer, **{"n_steps": 1, **options})
