"""Linear algebra from scratch: the part of the library that mirrors the book's first part."""

from runmath.linear_algebra.adjugate import adjugate
from runmath.linear_algebra.cholesky import cholesky, solve_cholesky
from runmath.linear_algebra.circulant import Circulant, Toeplitz, circulant_eigenvalues, first_column
from runmath.linear_algebra.condition import estimate_condition, estimate_norm_1
from runmath.linear_algebra.conjugate_gradients import ConjugateGradientsResult, conjugate_gradients
from runmath.linear_algebra.convolution import Convolution, convolve
from runmath.linear_algebra.definiteness import definiteness, inertia
from runmath.linear_algebra.expm import expm, expm_series
from runmath.linear_algebra.filters import butterworth, filter_image, psnr
from runmath.linear_algebra.gershgorin import GershgorinDiscs, gershgorin_bounds, gershgorin_discs
from runmath.linear_algebra.golub_kahan import golub_kahan_svd
from runmath.linear_algebra.hierarchical_basis import (
    hierarchical_diagonal,
    hierarchical_preconditioner,
    hierarchical_to_nodal,
    hierarchical_to_nodal_transposed,
    nodal_to_hierarchical,
    nodal_to_hierarchical_transposed,
)
from runmath.linear_algebra.jacobi_eigen import jacobi_eigen
from runmath.linear_algebra.least_squares import LeastSquaresResult, lstsq_svd, pseudoinverse
from runmath.linear_algebra.logm import logm
from runmath.linear_algebra.low_rank import (
    break_even_rank,
    low_rank_approximation,
    svd_storage,
    truncate,
    truncation_errors,
)
from runmath.linear_algebra.low_rank_update import solve_updated, updated_determinant, updated_inverse
from runmath.linear_algebra.lu import LUFactors, lu, lu_without_pivoting
from runmath.linear_algebra.multigrid import (
    default_smoother,
    full_multigrid,
    multigrid,
    multigrid_cycle,
    nested_iteration,
    prolong,
    restrict,
    two_grid,
)
from runmath.linear_algebra.poisson import Poisson, with_boundary
from runmath.linear_algebra.power_iteration import (
    EigenpairResult,
    inverse_iteration,
    power_iteration,
    rayleigh_quotient_iteration,
)
from runmath.linear_algebra.qr import QRFactors, lstsq_qr, qr
from runmath.linear_algebra.randomized_svd import LowRankSVD, randomized_svd
from runmath.linear_algebra.relaxation import (
    PoissonResult,
    gauss_seidel,
    jacobi,
    line_relaxation,
    red_black,
    relax,
)
from runmath.linear_algebra.sqrtm import sqrtm
from runmath.linear_algebra.svd import SVDResult, svd
from runmath.linear_algebra.symmetric_eigen import (
    SymmetricEigenResult,
    TridiagonalForm,
    symmetric_eigen,
    tridiagonalise,
)
from runmath.linear_algebra.triangular import solve_lower, solve_upper
from runmath.linear_algebra.tridiagonal import solve_tridiagonal

__all__ = [
    "Circulant",
    "ConjugateGradientsResult",
    "Convolution",
    "EigenpairResult",
    "GershgorinDiscs",
    "LUFactors",
    "LeastSquaresResult",
    "LowRankSVD",
    "Poisson",
    "PoissonResult",
    "QRFactors",
    "SVDResult",
    "SymmetricEigenResult",
    "Toeplitz",
    "TridiagonalForm",
    "adjugate",
    "break_even_rank",
    "butterworth",
    "cholesky",
    "circulant_eigenvalues",
    "conjugate_gradients",
    "convolve",
    "default_smoother",
    "definiteness",
    "estimate_condition",
    "estimate_norm_1",
    "expm",
    "expm_series",
    "filter_image",
    "first_column",
    "full_multigrid",
    "gauss_seidel",
    "gershgorin_bounds",
    "gershgorin_discs",
    "golub_kahan_svd",
    "hierarchical_diagonal",
    "hierarchical_preconditioner",
    "hierarchical_to_nodal",
    "hierarchical_to_nodal_transposed",
    "inertia",
    "inverse_iteration",
    "jacobi",
    "jacobi_eigen",
    "line_relaxation",
    "logm",
    "low_rank_approximation",
    "lstsq_qr",
    "lstsq_svd",
    "lu",
    "lu_without_pivoting",
    "multigrid",
    "multigrid_cycle",
    "nested_iteration",
    "nodal_to_hierarchical",
    "nodal_to_hierarchical_transposed",
    "power_iteration",
    "prolong",
    "pseudoinverse",
    "psnr",
    "qr",
    "randomized_svd",
    "rayleigh_quotient_iteration",
    "red_black",
    "relax",
    "restrict",
    "solve_cholesky",
    "solve_lower",
    "solve_tridiagonal",
    "solve_updated",
    "solve_upper",
    "sqrtm",
    "svd",
    "svd_storage",
    "symmetric_eigen",
    "tridiagonalise",
    "truncate",
    "truncation_errors",
    "two_grid",
    "updated_determinant",
    "updated_inverse",
    "with_boundary",
]
