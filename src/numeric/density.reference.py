"""Log densities of SciPy on the points of density.test.ts: half-normal, normal and kernels, written to density.reference.json."""
import json
import pathlib
import numpy as np
from scipy.stats import gaussian_kde, halfnorm, norm

n = 60
i = np.arange(n)
# the same formulas as in the test: two numbers of very different size that go together, and a third one
a = 1e-6 * (1 + ((i * 37) % 101) / 50)
b = 3e-3 * (1 + ((i * 53) % 97) / 60) + 500 * a
c = 0.2 + ((i * 71) % 89) / 89
points = np.stack([a, b, c])
at = np.stack([np.linspace(0, 2e-5, 12), np.linspace(1e-3, 0.4, 12), np.linspace(0, 9, 12)])

reference = {
    "halfNormal": [halfnorm.logpdf(at[k], 0, np.sqrt(np.mean(points[k] ** 2))).tolist() for k in range(3)],
    "normal": [norm.logpdf(at[k], *norm.fit(points[k])).tolist() for k in range(3)],
    "kernels": [gaussian_kde(points[k]).logpdf(at[k]).tolist() for k in range(3)],
    "together": gaussian_kde(points).logpdf(at).tolist(),
    "two": gaussian_kde(points[[0, 2]]).logpdf(at[[0, 2]]).tolist(),
}
# SciPy's own fit of the half-normal is a search that ends at 1e-4; its likelihood is not better than at the formula
for k in range(3):
    found, formula = halfnorm.fit(points[k], floc=0), np.sqrt(np.mean(points[k] ** 2))
    assert halfnorm.logpdf(points[k], 0, formula).sum() >= halfnorm.logpdf(points[k], *found).sum() - 1e-9
# far out SciPy's own logarithm stays finite: nothing has to be cut off
assert all(np.isfinite(v).all() for v in map(np.array, reference.values()))
path = pathlib.Path(__file__).with_suffix(".json")
path.write_text(json.dumps(reference) + "\n")
