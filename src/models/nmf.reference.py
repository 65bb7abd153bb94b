"""Reconstruction errors of scikit-learn's NMF (NNDSVDa, coordinate descent) on histograms from a whole-number formula.

    /usr/bin/python3 nmf.reference.py > nmf.reference.json
"""
import json

import numpy as np
import sklearn
from sklearn.decomposition import NMF

ROWS, WIDTH, TRAINED = 120, 24, 80


def histograms():
    i, j = np.meshgrid(np.arange(ROWS), np.arange(WIDTH), indexing="ij")
    first = np.maximum(0, 60 - (j - 6) ** 2)
    second = np.maximum(0, 40 - 2 * (j - 12) ** 2)
    third = np.maximum(0, 90 - 3 * (j - 18) ** 2)
    counts = ((i * 7) % 11) * first + ((i * 5) % 13) * second + ((i * 3) % 7) * third
    return (counts + (i * i * 31 + i * j * 17 + j * 13) % 97).astype(np.float32).astype(np.float64)


x = histograms()
errors = {}
for components in (2, 3, 5):
    model = NMF(components, init="nndsvda", tol=1e-12, max_iter=20000).fit(x[:TRAINED])
    restored = model.transform(x) @ model.components_
    errors[components] = {
        "training": float(np.mean((x - restored)[:TRAINED] ** 2)),
        "others": float(np.mean((x - restored)[TRAINED:] ** 2)),
    }
print(json.dumps({"sklearn": sklearn.__version__, "errors": errors}))
