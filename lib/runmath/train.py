"""Train a network of the book by its recipe and store its weights: `python -m runmath.train digits-diffusion`."""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import torch

from runmath.generative import recipes
from runmath.neural_networks import weights_to_vector
from runmath.training import Checkpoint


def _diffusion(**options) -> recipes.Trained:
    return recipes.train_digits_diffusion(recipes.digit_split().training, **options)


def _classifier(**options) -> recipes.Trained:
    split = recipes.digit_split()
    return recipes.train_digits_classifier(split.training, split.training_labels, **options)


RECIPES: dict[str, tuple[Callable[..., recipes.Trained], int]] = {  # and the steps behind the bundled file
    "digits-diffusion": (_diffusion, recipes.LONG_STEPS),
    "digits-classifier": (_classifier, recipes.CLASSIFIER_STEPS),
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Train, store the averaged weights in half precision, and print what the catalogue records."""
    options = _parser().parse_args(arguments)
    train, n_steps = RECIPES[options.recipe]
    torch.set_num_threads(options.threads)
    out = Path(options.out or f"{options.recipe}.npz")
    state = Checkpoint(out.with_suffix(".state.pt"), every=options.every, resume=options.resume)
    trained = train(n_steps=options.steps or n_steps, seed=options.seed, checkpoint=state)
    save_weights(out, trained.model)
    result = trained.result
    print(
        f"{out}: {result.n_steps} steps, seed {options.seed}, {result.seconds / 60:.1f} min, "
        f"mean loss of the last tenth {result.history[-max(1, result.n_steps // 10) :].mean():.4f}"
    )
    print(f"sha256 {hashlib.sha256(out.read_bytes()).hexdigest()}")


def save_weights(path: Path, model: torch.nn.Module) -> None:
    """Write the weights of a model as one vector of half-precision numbers, `weights`."""
    np.savez(path, weights=weights_to_vector(model).numpy().astype(np.float16))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m runmath.train", description=__doc__)
    parser.add_argument("recipe", choices=RECIPES)
    parser.add_argument("--steps", type=int, help="default: as many as for the bundled file")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--out", help="default: RECIPE.npz in this folder")
    parser.add_argument(
        "--every", type=int, default=500, help="steps from one storing of the state to the next"
    )
    parser.add_argument("--resume", action="store_true", help="go on from the stored state, if there is one")
    return parser


if __name__ == "__main__":
    main()
