"""Linear algebra from scratch: the part of the library that mirrors the book's first part."""

from runmath.linear_algebra.golub_kahan import golub_kahan_svd
from runmath.linear_algebra.least_squares import LeastSquaresResult, lstsq_svd, pseudoinverse
from runmath.linear_algebra.low_rank import (
    break_even_rank,
    low_rank_approximation,
    svd_storage,
    truncate,
    truncation_errors,
)
from runmath.linear_algebra.randomized_svd import LowRankSVD, randomized_svd
from runmath.linear_algebra.svd import SVDResult, svd

__all__ = [
    "LeastSquaresResult",
    "LowRankSVD",
    "SVDResult",
    "break_even_rank",
    "golub_kahan_svd",
    "low_rank_approximation",
    "lstsq_svd",
    "pseudoinverse",
    "randomized_svd",
    "svd",
    "svd_storage",
    "truncate",
    "truncation_errors",
]
