"""Pulls and chi-squared per bin of NumPy, of counts from a whole-number formula against the sum of the first rows.

    /usr/bin/python3 reference-histogram.reference.py > reference-histogram.reference.json
"""
import json

import numpy as np

ROWS, WIDTH, TRAINED = 30, 20, 20
i, j = np.meshgrid(np.arange(ROWS), np.arange(WIDTH), indexing="ij")
counts = ((i * i * 31 + i * j * 17 + j * 13) % 97 * np.maximum(0, j - 2)).astype(float)
reference = counts[:TRAINED].sum(axis=0)
scale = counts.sum(axis=1, keepdims=True) / reference.sum()
variance = counts + scale**2 * reference
pull = np.divide(counts - scale * reference, np.sqrt(variance), out=np.zeros_like(counts), where=variance > 0)
print(json.dumps({"numpy": np.__version__, "chi2": (pull**2).mean(axis=1).tolist(), "maxPull": np.abs(pull).max(axis=1).tolist()}))
