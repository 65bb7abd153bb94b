"""
Reference values of the metric tests, from scikit-learn and SciPy, and from a plain numpy DeLong and Hanley-McNeil.
Run: python3 metrics.reference.py > metrics.reference.json

The larger samples are not stored: `sample` below is arithmetic that both languages do exactly, and `sample` of
metrics.reference.test.ts repeats it.
"""
import json
import math

import numpy as np
import scipy
import scipy.stats
import sklearn
from sklearn import metrics


def sample(seed, signal, background, shift, levels):
    """
    Sums of two uniform numbers, signal moved up by `shift` / 16, from the generator x -> 1664525 x + 1013904223 mod 2^32.
    `levels` > 0 rounds down to that many values per unit, which makes ties. Every step is exact in double precision.
    """
    state = seed
    scores = []
    for i in range(signal + background):
        state = (1664525 * state + 1013904223) % 2**32
        first = state / 2**32
        state = (1664525 * state + 1013904223) % 2**32
        score = first + state / 2**32 + (shift / 16 if i < signal else 0)
        scores.append(math.floor(score * levels) / levels if levels else score)
    labels = [1] * signal + [0] * background
    return np.array(scores), np.array(labels)


def delong(scores, labels):
    """By all pairs: psi = 1, 1/2 or 0."""
    s, b = scores[labels == 1], scores[labels == 0]
    b_sorted, s_sorted = np.sort(b), np.sort(s)
    v10 = (np.searchsorted(b_sorted, s, 'left') + np.searchsorted(b_sorted, s, 'right')) / (2 * len(b))
    v01 = 1 - (np.searchsorted(s_sorted, b, 'left') + np.searchsorted(s_sorted, b, 'right')) / (2 * len(s))
    return v10, v01


def hanley_mcneil(a, n_s, n_b):
    q1, q2 = a / (2 - a), 2 * a * a / (1 + a)
    return math.sqrt((a * (1 - a) + (n_s - 1) * (q1 - a * a) + (n_b - 1) * (q2 - a * a)) / (n_s * n_b))


def describe(scores, labels):
    n_s, n_b = int(labels.sum()), int((1 - labels).sum())
    fpr, tpr, thresholds = metrics.roc_curve(labels, scores, drop_intermediate=False)
    precision, recall, pr_thresholds = metrics.precision_recall_curve(labels, scores)
    f1 = 2 * precision[:-1] * recall[:-1] / np.maximum(precision[:-1] + recall[:-1], 1e-300)
    g_mean = np.sqrt(tpr * (1 - fpr))
    fp = np.round(fpr * n_b)
    reliable = fp >= 25
    v10, v01 = delong(scores, labels)
    area = metrics.roc_auc_score(labels, scores)
    picks = np.unique(np.linspace(1, len(fpr) - 1, 40).astype(int))
    return {
        'auc': area,
        'averagePrecision': metrics.average_precision_score(labels, scores),
        'points': len(fpr),
        'roc': [[thresholds[i], fpr[i], tpr[i]] for i in picks],
        'precisionRecall': [[pr_thresholds[i], precision[i], recall[i]]
                            for i in np.unique(np.linspace(0, len(pr_thresholds) - 1, 40).astype(int))],
        'bestF1': float(f1.max()),
        'bestGMean': float(g_mean.max()),
        'tprAtFpr': [[eps, float(tpr[fpr <= eps].max())] for eps in (0.3, 0.1, 0.01, 1e-3, 1e-4)],
        'fprAtTpr': [[eff, float(fpr[tpr >= eff].min())] for eff in (0.1, 0.3, 0.5, 0.9, 1.0)],
        'maxSic': float((tpr[reliable] / np.sqrt(fpr[reliable])).max()) if reliable.any() else None,
        'hanleyMcNeil': hanley_mcneil(area, n_s, n_b),
        'delong': math.sqrt(v10.var(ddof=1) / n_s + v01.var(ddof=1) / n_b),
        'varV10': v10.var(ddof=1),
        'varV01': v01.var(ddof=1),
    }


def pair(a, b):
    """Two score columns of the same events."""
    (scores_a, labels), (scores_b, _) = sample(*a), sample(*b)
    mixed = (scores_a + scores_b) / 2
    a10, a01 = delong(scores_a, labels)
    m10, m01 = delong(mixed, labels)
    cov = np.cov(a10, m10)[0, 1] / len(a10) + np.cov(a01, m01)[0, 1] / len(a01)
    var_a = a10.var(ddof=1) / len(a10) + a01.var(ddof=1) / len(a01)
    var_m = m10.var(ddof=1) / len(m10) + m01.var(ddof=1) / len(m01)
    z = (a10.mean() - m10.mean()) / math.sqrt(var_a + var_m - 2 * cov)
    return {'a': a, 'b': b, 'aucA': a10.mean(), 'aucB': m10.mean(), 'covariance': cov, 'z': z,
            'pValue': 2 * scipy.stats.norm.cdf(-abs(z))}


def clopper_pearson(k, n, level):
    tail = (1 - level) / 2
    low = 0.0 if k == 0 else scipy.stats.beta.ppf(tail, k, n - k + 1)
    high = 1.0 if k == n else scipy.stats.beta.isf(tail, k + 1, n - k)
    return [k, n, level, low, high]


def garwood(n, level):
    tail = (1 - level) / 2
    low = 0.0 if n == 0 else scipy.stats.chi2.ppf(tail, 2 * n) / 2
    return [n, level, low, scipy.stats.chi2.isf(tail, 2 * n + 2) / 2]


samples = [[1, 300, 700, 8, 0], [2, 50, 5000, 4, 0], [3, 400, 600, 4, 5], [4, 2000, 3000, 0, 1], [5, 20000, 80000, 6, 0],
           [6, 30000, 70000, 3, 64], [7, 10, 100000, 16, 0]]
counts = [(0, 1), (1, 1), (0, 20), (3, 10), (10, 10), (1, 100), (50, 100), (99, 100), (10, 1000000), (25, 2000000),
          (999990, 1000000), (300000, 1000000), (0, 10000000), (7, 715800)]
levels = [0.6827, 0.9, 0.95, 0.9973]
toy_scores = np.array([.9, .8, .8, .7, .6, .5, .5, .5, .2, .1])
toy_labels = np.array([1, 1, 0, 1, 0, 1, 0, 0, 0, 0])

print(json.dumps({
    'made by': 'metrics.reference.py', 'sklearn': sklearn.__version__, 'scipy': scipy.__version__, 'numpy': np.__version__,
    'toy': describe(toy_scores, toy_labels),
    'samples': [{'sample': s, **describe(*sample(*s))} for s in samples],
    'pairs': [pair([11, 200, 300, 6, 0], [12, 200, 300, 3, 0]), pair([13, 3000, 5000, 4, 8], [14, 3000, 5000, 4, 8])],
    'clopperPearson': [clopper_pearson(k, n, level) for k, n in counts for level in levels],
    'garwood': [garwood(n, level) for n in [0, 1, 2, 3, 5, 10, 25, 100, 1234, 1000000] for level in levels],
    'betaInv': [[p, a, b, scipy.stats.beta.ppf(p, a, b)]
                for a, b in [(1, 1), (0.5, 0.5), (2, 5), (1, 1000), (40, 3), (951, 50), (10, 100000)] for p in (0.001, 0.1, 0.5, 0.975)],
    'betaCdf': [[x, a, b, scipy.stats.beta.cdf(x, a, b)]
                for x, a, b in [(0.05, 50, 951), (0.05, 41, 960), (0.01, 10, 990), (0.3, 0.5, 2), (1e-4, 11, 99990)]],
    'chi2Inv': [[p, k, scipy.stats.chi2.ppf(p, k)] for k in (1, 2, 3, 29, 200, 2000000) for p in (0.001, 0.1, 0.5, 0.95, 0.999)],
}))
