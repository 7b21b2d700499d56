"""Batches cover every epoch without repetition, keep rows together, and can be taken up again."""

from itertools import islice

import pytest
import torch
from runmath.training import ShuffledBatches


def batches(n=10, batch_size=5, seed=0, **tensors):
    rows = torch.arange(n)
    return ShuffledBatches(
        rows, 10 * rows, batch_size=batch_size, generator=torch.Generator().manual_seed(seed)
    )


def test_an_epoch_holds_every_row_once_in_an_order_of_its_own():
    epochs = [torch.cat([x for x, _ in islice(stream, 2)]) for stream in [iter(batches())] for _ in range(3)]
    for epoch in epochs:
        assert epoch.sort().values.tolist() == list(range(10))
    assert not torch.equal(epochs[0], epochs[1])


def test_rows_stay_together():
    for x, y in islice(batches(), 5):
        assert torch.equal(y, 10 * x)


def test_rows_left_over_are_dropped_and_no_batch_repeats_a_row():
    for x, _ in islice(batches(n=7, batch_size=3), 20):
        assert len(set(x.tolist())) == 3


def test_every_row_comes_equally_often_although_some_are_dropped():
    counts = torch.stack([x for x, _ in islice(batches(n=7, batch_size=3), 2000)]).flatten().bincount()
    # each epoch draws 6 of 7 rows: 1000 epochs give 857 ± 11
    assert (counts - 6000 / 7).abs().max() < 4 * (1000 * 6 / 49) ** 0.5


def test_the_same_seed_gives_the_same_batches_and_the_global_state_stays():
    before = torch.get_rng_state()
    first, same, other = (torch.stack([x for x, _ in islice(batches(seed=s), 4)]) for s in (1, 1, 2))
    assert torch.equal(first, same)
    assert not torch.equal(first, other)
    assert torch.equal(torch.get_rng_state(), before)


def test_a_stored_position_in_the_middle_of_an_epoch_is_taken_up_again():
    source = batches(n=9, batch_size=2)
    list(islice(source, 3))
    state, randomness = source.state_dict(), source.generator.get_state()
    expected = [x for x, _ in islice(source, 6)]
    other = batches(n=9, batch_size=2, seed=99)
    other.load_state_dict(state)
    other.generator.set_state(randomness)
    assert all(torch.equal(x, y) for x, (y, _) in zip(expected, other, strict=False))


@pytest.mark.parametrize(
    ("tensors", "batch_size", "error", "match"),
    [
        ((), 1, ValueError, r"`tensors` must be one or more of equal length, got lengths \[\]"),
        ((torch.zeros(3), torch.zeros(2)), 1, ValueError, r"got lengths \[3, 2\]"),
        ((torch.zeros(3),), 4, ValueError, "`batch_size` must be between 1 and 3, got 4"),
        ((torch.zeros(3),), 0, ValueError, "`batch_size` must be between 1 and 3, got 0"),
        ((torch.zeros(3),), 1.0, TypeError, "`batch_size` must be an integer"),
    ],
)
def test_bad_input_is_refused(tensors, batch_size, error, match):
    with pytest.raises(error, match=match):
        ShuffledBatches(*tensors, batch_size=batch_size, generator=torch.Generator())
