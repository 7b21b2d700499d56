"""Linear algebra from scratch: the part of the library that mirrors the book's first part."""

from runmath.linear_algebra.circulant import Circulant, Toeplitz, circulant_eigenvalues, first_column
from runmath.linear_algebra.convolution import Convolution, convolve
from runmath.linear_algebra.filters import butterworth, filter_image, psnr
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
    "Circulant",
    "Convolution",
    "LeastSquaresResult",
    "LowRankSVD",
    "SVDResult",
    "Toeplitz",
    "break_even_rank",
    "butterworth",
    "circulant_eigenvalues",
    "convolve",
    "filter_image",
    "first_column",
    "golub_kahan_svd",
    "low_rank_approximation",
    "lstsq_svd",
    "pseudoinverse",
    "psnr",
    "randomized_svd",
    "svd",
    "svd_storage",
    "truncate",
    "truncation_errors",
]
