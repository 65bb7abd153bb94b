"""Reference values of special.test.ts, by 50-digit arithmetic. Run: python3 special.reference.py > special.reference.json"""
import json

import mpmath
import scipy.stats
from mpmath import mp, mpf

mp.dps = 50


def text(value):
    return float(value)


def beta_cdf(x, a, b):
    """x^a y^b / (a B(a, b)) times the series of 2F1(a + b, 1; a + 1; x), whose terms are all positive."""
    a, b, x = mpf(a), mpf(b), mpf(x)
    if x > 0.5:
        return 1 - beta_cdf(1 - x, b, a)
    term = total = mpf(1)
    n = 0
    while term > total * mpf(10) ** -45:
        n += 1
        term *= (a + b + n - 1) / (a + n) * x
        total += term
    log_front = a * mp.log(x) + b * mp.log(1 - x) - mp.log(a) - mp.loggamma(a) - mp.loggamma(b) + mp.loggamma(a + b)
    return mp.exp(log_front) * total


def newton(x, cdf, log_density, p):
    """From SciPy's double-precision answer to fifty digits."""
    x = mpf(float(x))
    for _ in range(4):
        x -= (cdf(x) - mpf(p)) * mp.exp(-log_density(x))
    return x


def beta_inverse(p, a, b):
    log_norm = mp.loggamma(a) + mp.loggamma(b) - mp.loggamma(mpf(a) + b)
    return newton(scipy.stats.beta.ppf(float(p), a, b), lambda x: beta_cdf(x, a, b),
                  lambda x: (mpf(a) - 1) * mp.log(x) + (mpf(b) - 1) * mp.log(1 - x) - log_norm, p)


def gamma_cdf(x, a):
    a, x = mpf(a), mpf(x)
    term = total = 1 / a
    n = 0
    while term > total * mpf(10) ** -45:
        n += 1
        term *= x / (a + n)
        total += term
    return mp.exp(a * mp.log(x) - x - mp.loggamma(a)) * total


def gamma_inverse(p, a):
    return newton(scipy.stats.gamma.ppf(float(p), a), lambda x: gamma_cdf(x, a),
                  lambda x: (mpf(a) - 1) * mp.log(x) - x - mp.loggamma(a), p)


log_gamma = [[x, text(mp.loggamma(mpf(x)))] for x in
             [1e-8, 0.1, 0.25, 0.5, 0.9, 0.999, 1.0001, 1.3, 1.5, 1.75, 1.9999, 2.1, 2.5, 3, 7.25, 15.5, 16, 40, 171.5, 1e4, 1e7]]

shapes = [(1, 1), (1, 10), (3, 8), (4, 7), (0.5, 0.5), (2, 5), (30, 70), (50.5, 3), (1, 20), (1000, 20), (10, 999991), (11, 999990),
          (5000, 5000), (100000, 900001)]
beta_values = []
beta_quantiles = []
for a, b in shapes:
    mean = a / (a + b)
    sigma = (a * b) ** 0.5 / (a + b) / (a + b + 1) ** 0.5
    for z in (-5, -1, 0, 0.5, 3):
        x = mean + z * sigma
        if 0 < x < 1:
            beta_values.append([x, a, b, text(beta_cdf(mpf(x), a, b))])
    if a + b <= 20000:
        for p in (1e-12, 0.025, 0.15865, 0.5, 0.84135, 0.975, 0.999999):
            beta_quantiles.append([p, a, b, text(beta_inverse(mpf(p), a, b))])

gamma_values = []
gamma_quantiles = []
for a in (0.5, 1, 3, 10.5, 100, 12345, 1e6):
    for z in (-4, -1, 0, 1, 5):
        x = a + z * a**0.5
        if x > 0:
            value = gamma_cdf(x, a)
            gamma_values.append([x, a, text(value), text(1 - value)])
    if a <= 1000000:
        for p in (1e-10, 0.025, 0.15865, 0.5, 0.84135, 0.975, 0.999999):
            gamma_quantiles.append([p, a, text(gamma_inverse(mpf(p), a))])

normal = [[z, text(mp.ncdf(mpf(z)))] for z in (-37, -10, -5, -1.96, -0.1, 0, 0.3, 1, 2.5, 6)]
normal_quantiles = [[p, text(mp.sqrt(2) * mp.erfinv(2 * mpf(p) - 1))] for p in
                    (1e-15, 1e-6, 0.001, 0.025, 0.15865, 0.4999, 0.5001, 0.84135, 0.975, 0.999999)]

print(json.dumps({
    "made by": "special.reference.py", "mpmath": mpmath.__version__,
    "logGamma": log_gamma, "betaCdf": beta_values, "betaInv": beta_quantiles, "gammaCdf": gamma_values,
    "gammaInv": gamma_quantiles, "normalCdf": normal, "normalQuantile": normal_quantiles,
}))
