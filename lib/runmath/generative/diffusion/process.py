"""The forward process q, its posterior, and the four ways to say what a denoiser predicts."""

from __future__ import annotations

from torch import Tensor

from runmath.generative.diffusion.schedule import Schedule

KINDS = ("x0", "noise", "score", "v")


def rates(schedule: Schedule, t: int | Tensor, like: Tensor) -> tuple[Tensor, Tensor]:
    """Return √ᾱ_t and √(1 - ᾱ_t), each shaped to multiply `like`.

    Examples
    --------
    >>> import torch
    >>> signal, noise = rates(Schedule.from_betas([0.75]), 1, torch.ones(2))
    >>> round(signal.item(), 4), round(noise.item(), 4)
    (0.5, 0.866)
    """
    return (
        schedule.at(schedule.alpha_bars.sqrt(), t, like),
        schedule.at(schedule.noise_variances.sqrt(), t, like),
    )


def q_step(schedule: Schedule, x_previous: Tensor, t: int | Tensor, noise: Tensor) -> Tensor:
    """Return x_t = √α_t x_{t-1} + √(1 - α_t) ε, one step of the forward chain.

    Parameters
    ----------
    schedule : Schedule
    x_previous : Tensor of shape (B, ...)
        x_{t-1}.
    t : int, or integer Tensor of shape (B,)
        Steps, from 1 to T.
    noise : Tensor of shape (B, ...)
        ε, standard normal.

    Returns
    -------
    Tensor of shape (B, ...)

    Raises
    ------
    TypeError, ValueError
        If `t` is not an integer between 1 and T, or the shapes differ.

    References
    ----------
    ho2020denoising, eq. (2). Chapter: generative/diffusion.

    Examples
    --------
    >>> import torch
    >>> q_step(Schedule.from_betas([0.75]), torch.tensor([2.0]), 1, torch.zeros(1))
    tensor([1.])
    """
    _same_shape("noise", noise, "x_previous", x_previous)
    signal = schedule.at(schedule.alphas.sqrt(), t, x_previous)
    return signal * x_previous + schedule.at(schedule.betas.sqrt(), t, x_previous) * noise


def q_sample(schedule: Schedule, x0: Tensor, t: int | Tensor, noise: Tensor) -> Tensor:
    """Return x_t = √ᾱ_t x_0 + √(1 - ᾱ_t) ε, a draw from q(x_t | x_0) in one shot.

    Parameters
    ----------
    schedule : Schedule
    x0 : Tensor of shape (B, ...)
        Data; dtype and device are kept.
    t : int, or integer Tensor of shape (B,)
        Steps, from 1 to T.
    noise : Tensor of shape (B, ...)
        ε, standard normal.

    Returns
    -------
    Tensor of shape (B, ...)

    Raises
    ------
    TypeError, ValueError
        If `t` is not an integer between 1 and T, or the shapes differ.

    Notes
    -----
    Equal in distribution to t calls of `q_step`, at the cost of one.

    References
    ----------
    ho2020denoising, eq. (4). Chapter: generative/diffusion.

    Examples
    --------
    >>> import torch
    >>> q_sample(Schedule.from_betas([0.5, 0.5]), torch.tensor([2.0]), 2, torch.zeros(1))
    tensor([1.])
    """
    _same_shape("noise", noise, "x0", x0)
    signal, spread = rates(schedule, t, x0)
    return signal * x0 + spread * noise


def posterior(schedule: Schedule, x0: Tensor, x_t: Tensor, t: int | Tensor) -> tuple[Tensor, Tensor]:
    """Return mean and variance of q(x_{t-1} | x_t, x_0) = N(μ_q, σ_q² I).

    μ_q = (√α_t (1 - ᾱ_{t-1}) x_t + √ᾱ_{t-1} β_t x_0) / (1 - ᾱ_t) and σ_q² = β_t (1 - ᾱ_{t-1}) / (1 - ᾱ_t).

    Parameters
    ----------
    schedule : Schedule
    x0, x_t : Tensor of shape (B, ...)
    t : int, or integer Tensor of shape (B,)
        Steps, from 1 to T; at t = 1 the posterior is the point x_0.

    Returns
    -------
    mean : Tensor of shape (B, ...)
    variance : Tensor of shape (B, 1, ..., 1), or () where t is an int
        The same in every coordinate.

    Raises
    ------
    TypeError, ValueError
        If `t` is not an integer between 1 and T, or the shapes differ.

    References
    ----------
    ho2020denoising, eqs. (6) and (7). Chapter: generative/diffusion.

    Examples
    --------
    >>> import torch
    >>> mean, variance = posterior(Schedule.from_betas([0.5, 0.5]), torch.tensor([1.0]), torch.tensor([0.0]), 2)
    >>> round(mean.item(), 4), round(variance.item(), 4)
    (0.4714, 0.3333)
    """
    _same_shape("x_t", x_t, "x0", x0)
    of_x_t, of_x0 = posterior_coefficients(schedule)
    mean = schedule.at(of_x_t, t, x_t) * x_t + schedule.at(of_x0, t, x_t) * x0
    return mean, schedule.at(schedule.posterior_variances, t, x_t)


def posterior_coefficients(schedule: Schedule) -> tuple[Tensor, Tensor]:
    """Return the factors of x_t and of x_0 in μ_q, each of shape (T + 1,); entry 0 is not used.

    Examples
    --------
    >>> of_x_t, of_x0 = posterior_coefficients(Schedule.from_betas([0.5, 0.5]))
    >>> of_x_t[1].item(), of_x0[1].item()
    (0.0, 1.0)
    """
    before = schedule.noise_variances.roll(1)  # 1 - ᾱ_{t-1}
    now = schedule.noise_variances.clone()
    now[0] = 1.0  # instead of 0/0
    of_x_t = schedule.alphas.sqrt() * before / now
    return of_x_t, schedule.alpha_bars.roll(1).sqrt() * schedule.betas / now


def to_x0(schedule: Schedule, prediction: Tensor, x_t: Tensor, t: int | Tensor, *, kind: str) -> Tensor:
    """Return the x_0 that a prediction means, given x_t = √ᾱ_t x_0 + √(1 - ᾱ_t) ε.

    Parameters
    ----------
    schedule : Schedule
    prediction, x_t : Tensor of shape (B, ...)
    t : int, or integer Tensor of shape (B,)
        Steps, from 1 to T.
    kind : {"x0", "noise", "score", "v"}
        What was predicted: x_0, ε, -ε / √(1 - ᾱ_t), or v = √ᾱ_t ε - √(1 - ᾱ_t) x_0.

    Returns
    -------
    Tensor of shape (B, ...)

    Raises
    ------
    TypeError, ValueError
        If `kind` is unknown, `t` is not an integer between 1 and T, or the shapes differ.

    Notes
    -----
    The four are affine in each other, so the same formulas convert conditional means: the best predictor of one
    becomes the best predictor of another. From noise or score to x_0 an error grows by √((1 - ᾱ_t) / ᾱ_t), without
    bound as ᾱ_t → 0; from v never by more than 1.

    References
    ----------
    salimans2022progressive, Section 4 and Appendix D (v). Chapter: generative/diffusion.

    Examples
    --------
    >>> import torch
    >>> to_x0(Schedule.from_betas([0.75]), torch.tensor([0.0]), torch.tensor([1.0]), 1, kind="noise")
    tensor([2.])
    """
    a, s = _rates_for(schedule, prediction, x_t, t, kind)
    if kind == "x0":
        return prediction
    if kind == "v":
        return a * x_t - s * prediction
    return (x_t - s * (prediction if kind == "noise" else -s * prediction)) / a


def to_noise(schedule: Schedule, prediction: Tensor, x_t: Tensor, t: int | Tensor, *, kind: str) -> Tensor:
    """Return the ε that a prediction means; arguments as in `to_x0`.

    Examples
    --------
    >>> import torch
    >>> to_noise(Schedule.from_betas([0.75]), torch.tensor([-2.0]), torch.tensor([1.0]), 1, kind="score")
    tensor([1.7321])
    """
    a, s = _rates_for(schedule, prediction, x_t, t, kind)
    if kind == "noise":
        return prediction
    if kind == "score":
        return -s * prediction
    if kind == "v":
        return s * x_t + a * prediction
    return (x_t - a * prediction) / s


def to_score(schedule: Schedule, prediction: Tensor, x_t: Tensor, t: int | Tensor, *, kind: str) -> Tensor:
    """Return the score -ε / √(1 - ᾱ_t) that a prediction means; arguments as in `to_x0`.

    Notes
    -----
    The gradient of log q(x_t) where `prediction` is a conditional mean given x_t; where it is a single x_0 or ε, the
    gradient of log q(x_t | x_0).

    Examples
    --------
    >>> import torch
    >>> to_score(Schedule.from_betas([0.75]), torch.tensor([2.0]), torch.tensor([1.0]), 1, kind="x0")
    tensor([-0.])
    """
    if kind == "score":
        _rates_for(schedule, prediction, x_t, t, kind)
        return prediction
    noise = to_noise(schedule, prediction, x_t, t, kind=kind)
    return -noise / schedule.at(schedule.noise_variances.sqrt(), t, x_t)


def to_v(schedule: Schedule, prediction: Tensor, x_t: Tensor, t: int | Tensor, *, kind: str) -> Tensor:
    """Return the v = √ᾱ_t ε - √(1 - ᾱ_t) x_0 that a prediction means; arguments as in `to_x0`.

    Examples
    --------
    >>> import torch
    >>> to_v(Schedule.from_betas([0.75]), torch.tensor([2.0]), torch.tensor([1.0]), 1, kind="x0")
    tensor([-1.7321])
    """
    a, s = _rates_for(schedule, prediction, x_t, t, kind)
    if kind == "v":
        return prediction
    if kind == "x0":
        return (a * x_t - prediction) / s
    return ((prediction if kind == "noise" else -s * prediction) - s * x_t) / a


def _rates_for(
    schedule: Schedule, prediction: Tensor, x_t: Tensor, t: int | Tensor, kind: str
) -> tuple[Tensor, Tensor]:
    check_kind(kind, "kind")
    _same_shape("prediction", prediction, "x_t", x_t)
    return rates(schedule, t, x_t)


def check_kind(kind: str, name: str) -> None:
    """Raise unless `kind` is one of "x0", "noise", "score" and "v"."""
    if kind not in KINDS:
        raise ValueError(f"`{name}` must be one of {', '.join(KINDS)}, got {kind!r}")


def _same_shape(name: str, x: Tensor, other: str, y: Tensor) -> None:
    if x.shape != y.shape:
        raise ValueError(f"`{name}` must have the shape of `{other}`, {tuple(y.shape)}, got {tuple(x.shape)}")
