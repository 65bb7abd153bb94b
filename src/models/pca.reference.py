"""Residuals and projections of scikit-learn's PCA on events from a whole-number formula.

    /usr/bin/python3 pca.reference.py > pca.reference.json
"""
import json

import numpy as np
import sklearn
from sklearn.decomposition import PCA
from sklearn.preprocessing import StandardScaler

ROWS, WIDTH, SCORED = 300, 12, 20


def events():
    i, j = np.meshgrid(np.arange(ROWS), np.arange(WIDTH), indexing="ij")
    shared = ((i * 37) % 101 - 50) * (j - 4) + ((i * 53) % 89 - 44) * ((j * j) % 7 - 3)
    noise = (i * i * 31 + i * j * 17 + j * 13) % 97 - 48
    return ((shared + noise) / 64).astype(np.float32).astype(np.float64)


def run(x, k):
    model = PCA(n_components=k, svd_solver="full").fit(x)
    z = model.transform(x[:SCORED])
    y = model.inverse_transform(z)
    signs = np.sign(model.components_[np.arange(k), np.abs(model.components_).argmax(axis=1)])
    return {"residual": ((x[:SCORED] - y) ** 2).mean(axis=1).tolist(), "latent": (z * signs).reshape(-1).tolist()}


x = events()
scaled = StandardScaler().fit_transform(x)
print(
    json.dumps(
        {
            "sklearn": sklearn.__version__,
            "raw": {k: run(x, k) for k in (1, 3, 5, 10)},
            "standardised": {k: run(scaled, k) for k in (1, 3, 5, 10)},
        }
    )
)
