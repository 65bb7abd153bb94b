"""Squared Mahalanobis distances of scikit-learn's EmpiricalCovariance on events from a whole-number formula.

    /usr/bin/python3 mahalanobis.reference.py > mahalanobis.reference.json
"""
import json

import numpy as np
import sklearn
from sklearn.covariance import EmpiricalCovariance

ROWS, WIDTH, SCORED = 300, 12, 20


def events():
    i, j = np.meshgrid(np.arange(ROWS), np.arange(WIDTH), indexing="ij")
    shared = ((i * 37) % 101 - 50) * (j - 4) + ((i * 53) % 89 - 44) * ((j * j) % 7 - 3)
    noise = (i * i * 31 + i * j * 17 + j * 13) % 97 - 48
    return ((shared + noise) / 64).astype(np.float32).astype(np.float64)


x = events()
# scikit-learn divides by n, we by n - 1
distances = EmpiricalCovariance().fit(x).mahalanobis(x[:SCORED]) * (ROWS - 1) / ROWS
print(json.dumps({"sklearn": sklearn.__version__, "distances": distances.tolist()}))
