"""Placeholder."""
import numpy as np
def relative_error(lhs, rhs, scale=None):
    l, r = np.asarray(lhs, float), np.asarray(rhs, float)
    d = np.linalg.norm(l - r)
    s = scale if scale is not None else max(np.linalg.norm(l), np.linalg.norm(r))
    return d / s if d else (0.0 if d == 0 else d)
