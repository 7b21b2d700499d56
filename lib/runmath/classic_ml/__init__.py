"""Classic machine learning from scratch: estimators that keep scikit-learn's contract."""
