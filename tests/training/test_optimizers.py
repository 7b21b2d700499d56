"""Every optimiser follows torch.optim's to rounding, over options, groups, closures and stored states."""

import copy
import io

import pytest
import torch
from runmath.training import optimizers
from torch import nn

CASES = [
    ("SGD", "SGD", {"lr": 0.1}),
    ("SGD", "SGD", {"lr": 0.1, "weight_decay": 0.1}),
    ("SGD", "SGD", {"lr": 0.1, "momentum": 0.9}),
    ("SGD", "SGD", {"lr": 0.1, "momentum": 0.9, "dampening": 0.3, "weight_decay": 0.01}),
    ("SGD", "SGD", {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.01}),
    ("AdaGrad", "Adagrad", {}),
    ("AdaGrad", "Adagrad", {"lr": 0.1, "lr_decay": 0.2, "weight_decay": 0.1, "eps": 1e-3}),
    ("AdaGrad", "Adagrad", {"lr": 0.1, "initial_accumulator_value": 0.5}),
    ("AdaDelta", "Adadelta", {}),
    ("AdaDelta", "Adadelta", {"lr": 0.5, "rho": 0.7, "eps": 1e-3, "weight_decay": 0.1}),
    ("RMSprop", "RMSprop", {}),
    ("RMSprop", "RMSprop", {"lr": 0.01, "alpha": 0.9, "weight_decay": 0.1, "eps": 1e-4}),
    ("RMSprop", "RMSprop", {"lr": 0.01, "momentum": 0.8}),
    ("RMSprop", "RMSprop", {"lr": 0.01, "momentum": 0.8, "centered": True, "weight_decay": 0.1}),
    ("Adam", "Adam", {}),
    ("Adam", "Adam", {"lr": 0.01, "betas": (0.7, 0.9), "eps": 1e-3, "weight_decay": 0.1}),
    ("Adam", "Adam", {"lr": 0.01, "betas": (0.9, 0.5), "amsgrad": True}),
    ("AdamW", "AdamW", {}),
    ("AdamW", "AdamW", {"lr": 0.01, "betas": (0.7, 0.9), "weight_decay": 0.5, "amsgrad": True}),
]
IDS = [f"{ours}-{'-'.join(map(str, options))}" for ours, _, options in CASES]
ALL = {ours: (theirs, options) for ours, theirs, options in CASES}  # the last of each, with most options


class Problem:
    """A small regression, the same for every optimiser."""

    def __init__(self, dtype=torch.float64):
        generator = torch.Generator().manual_seed(0)
        self.X = torch.randn(40, 5, generator=generator).to(dtype)
        self.y = torch.randn(40, 2, generator=generator).to(dtype)
        self.model = nn.Sequential(nn.Linear(5, 7), nn.Tanh(), nn.Linear(7, 2)).to(dtype)
        for p in self.model.parameters():
            p.data = torch.randn(p.shape, generator=generator).to(dtype)

    def loss(self):
        return (self.model(self.X) - self.y).square().mean()

    def run(self, optimizer, n_steps):
        for _ in range(n_steps):
            optimizer.zero_grad()
            self.loss().backward()
            optimizer.step()
        return torch.cat([p.detach().ravel() for p in self.model.parameters()])


def pair(ours, theirs, options, dtype=torch.float64):
    a, b = Problem(dtype), Problem(dtype)
    A = getattr(optimizers, ours)(a.model.parameters(), **options)
    B = getattr(torch.optim, theirs)(b.model.parameters(), **options)
    return (a, A), (b, B)


def close(p, q, n_steps=300):
    """Equal to the rounding of `n_steps` steps: these trajectories are not chaotic."""
    eps = torch.finfo(p.dtype).eps
    assert (p - q).abs().max() <= 10 * n_steps * eps * q.abs().max()


@pytest.mark.parametrize(("ours", "theirs", "options"), CASES, ids=IDS)
def test_the_trajectory_is_torchs(ours, theirs, options):
    (a, A), (b, B) = pair(ours, theirs, options)
    for _ in range(6):
        p, q = a.run(A, 50), b.run(B, 50)
        close(p, q)


@pytest.mark.parametrize(("ours", "theirs", "options"), CASES, ids=IDS)
def test_the_defaults_are_torchs(ours, theirs, options):
    (_, A), (_, B) = pair(ours, theirs, options)
    assert {name: B.defaults[name] for name in A.defaults} == A.defaults


@pytest.mark.parametrize("ours", ALL)
def test_single_precision_stays_single(ours):
    (a, A), (b, B) = pair(ours, *ALL[ours], dtype=torch.float32)
    p, q = a.run(A, 20), b.run(B, 20)
    assert p.dtype == torch.float32
    close(p, q, 20)
    moments = [value for state in A.state.values() for name, value in state.items() if name != "step"]
    assert {value.dtype for value in moments} == {torch.float32}


@pytest.mark.parametrize("ours", ALL)
def test_groups_have_options_of_their_own(ours):
    theirs, options = ALL[ours]
    results = []
    for module, name in ((optimizers, ours), (torch.optim, theirs)):
        problem = Problem()
        first, last = problem.model[0].parameters(), problem.model[2].parameters()
        groups = [{"params": list(first)}, {"params": list(last), "lr": 0.003, "weight_decay": 0.2}]
        optimizer = getattr(module, name)(groups, **options)
        results.append(problem.run(optimizer, 40))
        optimizer.param_groups[0]["lr"] /= 10  # as a scheduler does
        results.append(problem.run(optimizer, 40))
    close(results[0], results[2])
    close(results[1], results[3])


@pytest.mark.parametrize("ours", ALL)
def test_a_closure_is_called_once_before_the_step_and_its_loss_returned(ours):
    problem = Problem()
    optimizer = getattr(optimizers, ours)(problem.model.parameters(), **ALL[ours][1])
    expected, calls = problem.loss().item(), []

    def closure():
        calls.append(torch.is_grad_enabled())
        optimizer.zero_grad()
        loss = problem.loss()
        loss.backward()
        return loss

    assert optimizer.step(closure).item() == expected
    assert calls == [True]
    assert problem.loss().item() != expected
    assert optimizer.step() is None


@pytest.mark.parametrize("ours", ALL)
def test_a_stored_state_goes_on_as_if_nothing_had_happened(ours):
    options = ALL[ours][1]
    a = Problem()
    A = getattr(optimizers, ours)(a.model.parameters(), **options)
    a.run(A, 10)
    file = io.BytesIO()
    torch.save({"model": a.model.state_dict(), "optimizer": A.state_dict()}, file)
    file.seek(0)
    stored = torch.load(file, weights_only=True)
    b = Problem()
    b.model.load_state_dict(stored["model"])
    B = getattr(optimizers, ours)(b.model.parameters(), lr=9.0)
    B.load_state_dict(stored["optimizer"])
    assert torch.equal(a.run(A, 10), b.run(B, 10))


@pytest.mark.parametrize("to_torch", [True, False])
@pytest.mark.parametrize("ours", ALL)
def test_training_goes_on_with_torchs_optimiser_and_the_other_way_round(ours, to_torch):
    theirs, options = ALL[ours]
    (a, A), (b, B) = pair(ours, theirs, options)
    a.run(A, 10), b.run(B, 10)
    source, optimizer, cls = (
        (a, A, getattr(torch.optim, theirs)) if to_torch else (b, B, getattr(optimizers, ours))
    )
    c = Problem()
    c.model.load_state_dict(source.model.state_dict())
    C = cls(c.model.parameters(), lr=0.5)
    C.load_state_dict(copy.deepcopy(optimizer.state_dict()))
    close(c.run(C, 20), b.run(B, 20))


def test_the_state_of_an_optimiser_that_maximises_is_refused():
    x = torch.zeros(2, requires_grad=True)
    with pytest.raises(ValueError, match="must be that of a minimiser, got maximize=True"):
        optimizers.SGD([x], lr=0.1).load_state_dict(torch.optim.SGD([x], lr=0.1, maximize=True).state_dict())


@pytest.mark.parametrize("ours", ALL)
def test_a_parameter_without_gradient_stays(ours):
    used, idle = nn.Parameter(torch.ones(2)), nn.Parameter(torch.ones(2))
    optimizer = getattr(optimizers, ours)([used, idle], lr=0.1)
    used.sum().backward()
    optimizer.step()
    assert torch.equal(idle, torch.ones(2))
    assert not torch.equal(used, torch.ones(2))
    assert not optimizer.state[idle]


@pytest.mark.parametrize("ours", ALL)
def test_the_gradient_itself_is_left_alone(ours):
    p = nn.Parameter(torch.ones(3))
    p.grad = torch.tensor([1.0, -2.0, 0.5])
    optimizer = getattr(optimizers, ours)([p], **ALL[ours][1])
    for _ in range(3):
        optimizer.step()
    assert p.grad.tolist() == [1.0, -2.0, 0.5]


def test_a_centred_variance_that_rounding_makes_negative_is_zero():
    g = torch.linspace(0.1, 10, 2000)
    x = torch.zeros(2000, requires_grad=True)
    optimizer = optimizers.RMSprop([x], lr=1e-12, alpha=0.9, centered=True)
    below = torch.zeros(2000, dtype=torch.bool)
    for _ in range(400):
        x.grad = g.clone()
        optimizer.step()
        state = optimizer.state[x]
        below |= state["square_avg"] < state["grad_avg"] ** 2
    assert below.any()  # otherwise this tests nothing
    assert x.isfinite().all()


def test_a_scheduler_of_torch_moves_the_rate():
    p = nn.Parameter(torch.zeros(1))
    optimizer = optimizers.SGD([p], lr=1.0)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=1, gamma=0.5)
    for _ in range(3):
        p.grad = torch.ones(1)
        optimizer.step()
        scheduler.step()
    assert p.item() == -(1 + 0.5 + 0.25)


def test_decay_and_penalty_agree_for_gradient_descent_and_differ_for_adam():
    def one_step(cls, **options):
        p = nn.Parameter(torch.tensor([2.0, 2.0], dtype=torch.float64))
        p.grad = torch.tensor([1.0, 100.0], dtype=torch.float64)
        cls([p], lr=0.1, **options).step()
        return p.detach()

    shrunk = one_step(optimizers.SGD) - 0.1 * 0.5 * 2
    torch.testing.assert_close(one_step(optimizers.SGD, weight_decay=0.5), shrunk, rtol=0, atol=1e-14)
    adam, penalty = one_step(optimizers.Adam), one_step(optimizers.Adam, weight_decay=0.5)
    torch.testing.assert_close(penalty, adam, rtol=0, atol=1e-8)  # the root divides it out of the first step
    decayed = one_step(optimizers.AdamW, weight_decay=0.5)
    torch.testing.assert_close(decayed, adam - 0.1 * 0.5 * 2, rtol=0, atol=1e-14)


@pytest.mark.parametrize(
    ("name", "options", "error", "match"),
    [
        ("SGD", {"lr": -1.0}, ValueError, "`lr` must be at least 0 and finite, got -1"),
        ("SGD", {"lr": "fast"}, TypeError, "`lr` must be a real number, got 'fast'"),
        ("SGD", {"lr": 0.1, "momentum": 1.0}, ValueError, "`momentum` must be at least 0 and below 1, got 1"),
        ("SGD", {"lr": 0.1, "nesterov": True}, ValueError, "`nesterov` must be False without momentum"),
        ("SGD", {"lr": 0.1, "momentum": 0.9, "dampening": 0.1, "nesterov": True}, ValueError, "with dampening"),
        ("AdaGrad", {"lr_decay": -1.0}, ValueError, "`lr_decay` must be at least 0"),
        ("AdaDelta", {"rho": 1.0}, ValueError, "`rho` must be at least 0 and below 1"),
        ("RMSprop", {"alpha": -0.1}, ValueError, "`alpha` must be at least 0"),
        ("Adam", {"betas": 0.9}, TypeError, "`betas` must be a pair of real numbers, got 0.9"),
        ("Adam", {"betas": (0.9, 1.0)}, ValueError, r"`betas\[1\]` must be at least 0 and below 1, got 1"),
        ("Adam", {"eps": float("nan")}, ValueError, "`eps` must be at least 0 and finite, got nan"),
        ("AdamW", {"weight_decay": -0.1}, ValueError, "`weight_decay` must be at least 0"),
    ],
)  # fmt: skip
def test_bad_options_are_refused(name, options, error, match):
    with pytest.raises(error, match=match):
        getattr(optimizers, name)([nn.Parameter(torch.zeros(1))], **options)


def test_the_options_of_a_group_are_looked_at_too():
    group = {"params": [nn.Parameter(torch.zeros(1))], "momentum": 2.0}
    with pytest.raises(ValueError, match="`momentum` must be at least 0 and below 1, got 2"):
        optimizers.SGD([group], lr=0.1)


def test_sparse_gradients_and_complex_parameters_are_refused():
    embedding = nn.Embedding(3, 2, sparse=True)
    optimizer = optimizers.Adam(embedding.parameters())
    embedding(torch.tensor([1])).sum().backward()
    with pytest.raises(TypeError, match="gradients must be dense, got a sparse one"):
        optimizer.step()
    with pytest.raises(TypeError, match="`params` must be real tensors, got a complex one"):
        optimizers.Adam([nn.Parameter(torch.zeros(1, dtype=torch.complex64))])
