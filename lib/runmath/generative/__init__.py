"""Generative models: distributions that are learnt from samples, and sampled from."""
