"""The recipes: split, augmentation and steps are as described; networks come back from their files as trained."""

import re
import subprocess
import sys

import numpy as np
import pytest
import torch
from runmath import train
from runmath.data import CATALOGUE, mnist_subset, trained_weights
from runmath.generative import recipes
from runmath.generative.evaluation import mean_confidence
from runmath.neural_networks import UNet, weights_to_vector
from runmath.training import Checkpoint


@pytest.fixture(scope="module")
def split():
    return recipes.digit_split()


def test_the_split_uses_every_digit_once_in_equal_numbers_of_each_class(split):
    X, y = mnist_subset()
    images = torch.cat([split.training, split.held_out])
    labels = torch.cat([split.training_labels, split.held_out_labels])
    assert split.training_labels.bincount().tolist() == [450] * 10
    assert split.held_out_labels.bincount().tolist() == [50] * 10
    assert (images.dtype, images.min(), images.max()) == (torch.float32, -1, 1)
    ours = ((images[:, 0] + 1) * 127.5).round().byte().numpy().reshape(5000, -1)
    ours = np.column_stack([ours, labels.numpy()])
    theirs = np.column_stack([X.reshape(5000, -1), y])
    np.testing.assert_array_equal(ours[np.lexsort(ours.T)], theirs[np.lexsort(theirs.T)])


def test_the_split_follows_its_seed(split):
    assert torch.equal(recipes.digit_split().held_out, split.held_out)
    assert not torch.equal(recipes.digit_split(seed=1).held_out, split.held_out)


def test_shifted_images_are_the_nine_moves_by_at_most_one_pixel_and_background_moves_in():
    image = torch.full((1, 1, 28, 28), -1.0)
    image[0, 0, 0, 0] = 1.0  # a corner: some moves push it out
    image[0, 0, 10, 12] = 0.5
    moved = recipes.shifted(image.expand(400, 1, 28, 28), generator=torch.Generator().manual_seed(0))
    assert moved.shape == (400, 1, 28, 28)
    places = (moved[:, 0] == 0.5).nonzero()[:, 1:]
    assert {tuple(place) for place in places.tolist()} == {(i, j) for i in (9, 10, 11) for j in (11, 12, 13)}
    assert ((moved == -1).sum((1, 2, 3)) >= 782).all()
    assert len(places) == 400


def test_spread_steps_are_uniform_and_one_to_each_part_of_the_range():
    generator = torch.Generator().manual_seed(0)
    draws = torch.stack([recipes.spread_steps(4, 10, generator=generator) for _ in range(5000)])
    counts = draws.flatten().bincount(minlength=11)
    assert counts[0] == 0
    # each count is a sum of 5000 variables between 0 and 1 with mean 0.4
    assert (counts[1:] - 2000).abs().max() < 4 * (5000 * 0.25) ** 0.5
    parts = (draws - 1) * 4 // 10
    assert ((parts - torch.arange(4)).abs() <= 1).all()
    assert recipes.spread_steps(1000, 1000, generator=generator).tolist() == list(range(1, 1001))


@pytest.mark.parametrize("shift", [0.5, 2.0, 3.0])
def test_shifted_steps_have_the_density_of_the_docstring(shift):
    generator = torch.Generator().manual_seed(1)
    T = 1000
    draws = torch.cat([recipes.spread_steps(50, T, generator=generator, shift=shift) for _ in range(400)])
    assert draws.min() >= 1
    assert draws.max() <= T
    density = shift / (shift - (shift - 1) * (np.arange(T) + 0.5) / T) ** 2  # the weight of each step
    for edge in (100, 400, 700, 900):
        assert (draws <= edge).double().mean().item() == pytest.approx(density[:edge].sum() / T, abs=2e-3)


def test_a_shift_that_is_not_positive_is_refused():
    with pytest.raises(ValueError, match=r"`shift` must be positive, got 0\.0"):
        recipes.spread_steps(4, 10, generator=torch.Generator(), shift=0.0)


def test_a_run_of_the_recipe_is_repeatable_and_returns_the_average_in_evaluation_mode(split):
    runs = [
        recipes.train_digits_diffusion(split.training, n_steps=3, seed=seed, progress=False)
        for seed in (0, 0, 1)
    ]
    first, same, other = (weights_to_vector(run.model) for run in runs)
    assert torch.equal(first, same)
    assert not torch.equal(first, other)
    assert not runs[0].model.training
    assert runs[0].result.n_steps == 3


def test_a_recipe_that_was_stopped_and_resumed_gives_the_same_weights(split, tmp_path, monkeypatch):
    def run(checkpoint):
        return recipes.train_digits_diffusion(
            split.training, n_steps=4, checkpoint=checkpoint, progress=False
        )

    straight = run(None)
    calls, loss = [], recipes.denoising_loss

    def breaks_down(*args, **options):
        calls.append(1)
        if len(calls) == 4:
            raise KeyboardInterrupt
        return loss(*args, **options)

    monkeypatch.setattr(recipes, "denoising_loss", breaks_down)
    with pytest.raises(KeyboardInterrupt):
        run(Checkpoint(tmp_path / "run.pt", every=2))
    monkeypatch.setattr(recipes, "denoising_loss", loss)
    resumed = run(Checkpoint(tmp_path / "run.pt", every=2, resume=True))
    assert torch.equal(weights_to_vector(resumed.model), weights_to_vector(straight.model))
    np.testing.assert_array_equal(resumed.result.history, straight.result.history)


def test_the_bundled_classifier_recognises_held_out_digits(split):
    classifier = recipes.load_digits_classifier()
    with torch.no_grad():
        logits = classifier(split.held_out)
    assert (logits.argmax(1) == split.held_out_labels).float().mean() >= 0.98
    assert 0.97 < mean_confidence(logits) < 0.995


def test_the_bundled_denoiser_is_far_better_than_a_new_one_on_held_out_digits(split):
    # v has variance about 1 where the noise is weak: a new network, which answers zero, loses about that
    schedule, generator = recipes.digits_schedule(), torch.Generator().manual_seed(0)
    losses = []
    with torch.no_grad():
        for model in (recipes.load_digits_diffusion(), UNet()):
            t = recipes.spread_steps(200, 1000, generator=generator.manual_seed(1))
            x0 = split.held_out[torch.randperm(500, generator=generator)[:200]]
            losses.append(
                recipes.denoising_loss(model, schedule, x0, t=t, predicts="v", generator=generator).item()
            )
    assert losses[0] < 0.2 * losses[1]


@pytest.mark.parametrize("name", ["digits-diffusion", "digits-classifier"])
def test_the_catalogue_says_how_the_weights_were_made(name):
    source = CATALOGUE[name].source
    assert f"python -m runmath.train {name}" in source
    steps = {"digits-diffusion": recipes.LONG_STEPS, "digits-classifier": recipes.CLASSIFIER_STEPS}[name]
    assert re.search(rf"{steps:,} steps, seed \d+, [\d.]+ minutes", source)


def test_the_command_writes_half_precision_weights_and_their_checksum(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    threads = torch.get_num_threads()
    try:
        train.main(["digits-classifier", "--steps", "2", "--threads", "1", "--every", "1"])
    finally:
        torch.set_num_threads(threads)
    printed = capsys.readouterr()
    assert "digits-classifier.npz: 2 steps, seed 0" in printed.out
    assert re.search("sha256 [0-9a-f]{64}", printed.out)
    assert printed.err == ""
    weights = np.load("digits-classifier.npz")["weights"]
    assert weights.dtype == np.float16
    assert weights.shape == trained_weights("digits-classifier").shape
    assert (tmp_path / "digits-classifier.state.pt").exists()


def test_the_command_names_its_recipes():
    result = subprocess.run(
        [sys.executable, "-m", "runmath.train", "nothing"], capture_output=True, text=True, check=False
    )
    assert result.returncode == 2
    assert "digits-diffusion" in result.stderr
    assert "digits-classifier" in result.stderr


@pytest.mark.parametrize("n_steps", [0, 1.5])
def test_bad_numbers_of_steps_are_refused(split, n_steps):
    with pytest.raises((TypeError, ValueError), match="`n_steps` must be a"):
        recipes.train_digits_diffusion(split.training, n_steps=n_steps)
