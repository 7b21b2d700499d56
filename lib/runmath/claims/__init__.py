"""Executable statements: a claim must hold, a myth must fail, and both say so to the reader.

A claim is tested on many random cases, a myth is refuted by the smallest counterexample:

>>> from runmath.claims import claim, myth
>>> from runmath.testing import arrays
>>> claim("tr(AB) = tr(BA)", lambda A, B: ((A @ B).trace(), (B @ A).trace()),
...       given=arrays("A: m n, B: n m"))                                       # doctest: +ELLIPSIS
claim: tr(AB) = tr(BA)
  holds on 200 random cases, largest relative error ... [... s]
>>> myth("AB = BA", lambda A, B: (A @ B, B @ A), given=arrays("A: n n, B: n n"))  # doctest: +ELLIPSIS
myth: AB = BA
  refuted by A = [[0, 0], [0, 1]], B = [[0, 0], [1, 0]]: [[0, 0], [1, 0]] ≠ [[0, 0], [0, 0]] [... s]

Both raise when the verdict is not the one stated, so that a notebook with a wrong statement cannot be built.
"""

from runmath.claims.comparison import Comparison, at_most, equal, less
from runmath.claims.statements import ClaimError, ClaimRefutedError, MythNotRefutedError, claim, judge, myth
from runmath.claims.verdict import Verdict

__all__ = [
    "ClaimError",
    "ClaimRefutedError",
    "Comparison",
    "MythNotRefutedError",
    "Verdict",
    "at_most",
    "claim",
    "equal",
    "judge",
    "less",
    "myth",
]
