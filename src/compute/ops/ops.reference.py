"""Writes ops.reference.json: values and gradients of every operation, from PyTorch in double precision, on small odd shapes.

Run: python3 src/compute/ops/ops.reference.py (PyTorch 1.13, numpy). Images are stored as [n, h, w, c] and filters as
[kh, kw, in / groups, out]. Each case: the inputs, a gradient `dy` of the output, the output, and the gradients of the inputs that
have one. Each formula is also held against finite differences with torch.autograd.gradcheck.
"""

import json
import math
import os

import numpy as np
import torch
import torch.nn.functional as F

torch.manual_seed(1)
rng = np.random.default_rng(7)
cases = []


def draw(*shape):
    return torch.tensor(np.round(rng.normal(size=shape), 3), dtype=torch.float64)


def pack(t):
    return {"shape": list(t.shape), "values": [float(f"{v:.7g}") for v in t.detach().reshape(-1).tolist()]}


def case(op, options, inputs, run, constant=()):
    """`constant`: names of inputs without a gradient."""
    leaves = {k: v.clone().requires_grad_(k not in constant) for k, v in inputs.items()}
    asked = [v for k, v in leaves.items() if k not in constant]
    y = run(**leaves)
    dy = draw(*y.shape)
    gradients = torch.autograd.grad(y, asked, dy)
    assert torch.autograd.gradcheck(lambda *xs: run(**{**leaves, **dict(zip([k for k in leaves if k not in constant], xs))}), asked)
    cases.append(
        {
            "op": op,
            "options": options,
            "inputs": {k: pack(v) for k, v in inputs.items()},
            "constant": list(constant),
            "dy": pack(dy),
            "y": pack(y),
            "gradients": [pack(g) for g in gradients],
        }
    )


def nchw(x):
    return x.permute(0, 3, 1, 2)


def nhwc(x):
    return x.permute(0, 2, 3, 1)


def same(size, k, s):
    out = -(-size // s)
    total = max(0, (out - 1) * s + k - size)
    return total // 2, total - total // 2


def act(y, activation, slope):
    return {
        "linear": lambda: y,
        "leaky-relu": lambda: F.leaky_relu(y, slope),
        "relu": lambda: F.relu(y),
        "elu": lambda: F.elu(y),
        "tanh": lambda: torch.tanh(y),
        "sigmoid": lambda: torch.sigmoid(y),
    }[activation]()


def convolution(x, filter, bias=None, strides=(1, 1), padding="same", groups=1, activation="linear", slope=0.0):
    kh, kw = filter.shape[:2]
    x = nchw(x)
    if padding == "same":
        (t, b), (l, r) = same(x.shape[2], kh, strides[0]), same(x.shape[3], kw, strides[1])
        x = F.pad(x, (l, r, t, b))
    y = F.conv2d(x, filter.permute(3, 2, 0, 1), bias, strides, 0, 1, groups)
    return nhwc(act(y, activation, slope))


def transposed(x, filter, bias=None, strides=(1, 1), padding="same", activation="linear", slope=0.0):
    kh, kw = filter.shape[:2]
    y = F.conv_transpose2d(nchw(x), filter.permute(3, 2, 0, 1), None, strides)
    if padding == "same":
        h, w = x.shape[1] * strides[0], x.shape[2] * strides[1]
        top, left = same(h, kh, strides[0])[0], same(w, kw, strides[1])[0]
        y = F.pad(y, (0, max(0, left + w - y.shape[3]), 0, max(0, top + h - y.shape[2])))
        y = y[:, :, top : top + h, left : left + w]
    else:
        h, w = (x.shape[1] - 1) * strides[0] + max(kh, strides[0]), (x.shape[2] - 1) * strides[1] + max(kw, strides[1])
        y = F.pad(y, (0, w - y.shape[3], 0, h - y.shape[2]))
    if bias is not None:
        y = y + bias[None, :, None, None]
    return nhwc(act(y, activation, slope))


for x, k, options in [
    ((2, 5, 7, 3), (3, 3, 3, 5), dict(strides=[1, 1], padding="same", activation="relu")),
    ((3, 6, 5, 2), (3, 3, 2, 9), dict(strides=[2, 2], padding="same", activation="leaky-relu", slope=0.2)),
    ((2, 7, 6, 1), (2, 3, 1, 4), dict(strides=[2, 1], padding="valid", activation="elu")),
    ((1, 5, 8, 8), (3, 3, 4, 8), dict(strides=[1, 1], padding="same", groups=2)),
    ((2, 9, 7, 8), (3, 3, 2, 12), dict(strides=[2, 2], padding="same", groups=4, activation="tanh")),
    ((2, 4, 5, 6), (1, 1, 6, 3), dict(strides=[1, 1], padding="same", activation="sigmoid")),
    ((2, 5, 6, 3), (3, 3, 1, 6), dict(strides=[1, 1], padding="same", groups=3)),
    ((2, 8, 7, 5), (5, 4, 5, 17), dict(strides=[3, 2], padding="same")),
]:
    o = dict(options)
    case("conv2d", options, {"x": draw(*x), "filter": draw(*k), "bias": draw(k[3])}, lambda x, filter, bias, o=o: convolution(x, filter, bias, **o))

for x, k, options in [
    ((2, 3, 4, 3), (3, 3, 5, 3), dict(strides=[2, 2], padding="same", activation="relu")),
    ((1, 4, 3, 2), (3, 3, 3, 2), dict(strides=[1, 1], padding="same")),
    ((2, 3, 2, 4), (3, 2, 9, 4), dict(strides=[2, 3], padding="valid", activation="leaky-relu", slope=0.3)),
    ((1, 5, 4, 8), (4, 4, 6, 8), dict(strides=[2, 2], padding="same")),
]:
    o = dict(options)
    case("conv2dTranspose", options, {"x": draw(*x), "filter": draw(*k), "bias": draw(k[2])}, lambda x, filter, bias, o=o: transposed(x, filter, bias, **o))


def separable(x, depthwise, pointwise, bias):
    kh, kw, c, m = depthwise.shape
    middle = convolution(x, depthwise.reshape(kh, kw, 1, c * m), None, (2, 2), "same", c)
    return convolution(middle, pointwise, bias)


case(
    "separableConv2d",
    dict(strides=[2, 2], padding="same"),
    {"x": draw(2, 5, 7, 3), "depthwise": draw(3, 3, 3, 2), "pointwise": draw(1, 1, 6, 4), "bias": draw(4)},
    separable,
)


def pool(x, window, strides, padding):
    x = nchw(x)
    if padding == "same":
        (t, b), (l, r) = same(x.shape[2], window[0], strides[0]), same(x.shape[3], window[1], strides[1])
        x = F.pad(x, (l, r, t, b), value=-1e9)
    return nhwc(F.max_pool2d(x, window, strides))


for x, options in [
    ((2, 5, 7, 3), dict(window=[3, 3], strides=[2, 2], padding="same")),
    ((1, 4, 6, 5), dict(window=[2, 2], strides=[2, 2], padding="valid")),
]:
    o = dict(options)
    case("maxPool", options, {"x": draw(*x) - 3}, lambda x, o=o: pool(x, **o))

for shape in [(2, 3, 5, 4), (1, 1, 2, 3), (1, 4, 1, 1)]:
    case("upsampleBilinear", {}, {"x": draw(*shape)}, lambda x: nhwc(F.interpolate(nchw(x), scale_factor=2, mode="bilinear", align_corners=False)))
case(
    "upsampleNearest",
    dict(factors=[2, 3]),
    {"x": draw(2, 3, 2, 3)},
    lambda x: x.repeat_interleave(2, 1).repeat_interleave(3, 2),
)

for shape, options in [
    ((4, 6), dict(epsilon=1e-5, activation="linear", slope=0.0)),
    ((2, 3, 7), dict(epsilon=1e-3, activation="leaky-relu", slope=0.2)),
]:
    o = dict(options)
    case(
        "layerNorm",
        options,
        {"x": draw(*shape), "scale": draw(shape[-1]), "shift": draw(shape[-1])},
        lambda x, scale, shift, o=o: act(F.layer_norm(x, x.shape[-1:], scale, shift, o["epsilon"]), o["activation"], o["slope"]),
    )
for shape, options in [
    ((2, 3, 5, 4), dict(epsilon=1e-3, activation="leaky-relu", slope=0.2)),
    ((3, 4, 2, 7), dict(epsilon=1e-3, activation="linear", slope=0.0)),
]:
    o = dict(options)
    case(
        "instanceNorm",
        options,
        {"x": draw(*shape), "scale": draw(shape[-1]), "shift": draw(shape[-1])},
        lambda x, scale, shift, o=o: nhwc(act(F.instance_norm(nchw(x), None, None, scale, shift, eps=o["epsilon"]), o["activation"], o["slope"])),
    )


def attend(q, k, v, mask=None, bias=None, keep=None, heads=1):
    n, tq, d = q.shape
    split = lambda x: x.reshape(n, x.shape[1], heads, d // heads).transpose(1, 2)
    logits = split(q) @ split(k).transpose(2, 3) / math.sqrt(d // heads)
    if mask is not None:
        logits = logits + (mask[:, None, None, :] - 1) * 1e9
    if bias is not None:
        logits = logits + bias[:, None, None, :]
    weights = torch.softmax(logits, -1)
    if keep is not None:
        weights = weights * keep
    return (weights @ split(v)).transpose(1, 2).reshape(n, tq, d)


present = torch.tensor([[1, 1, 0, 1, 0], [0, 0, 1, 0, 0]], dtype=torch.float64)
case(
    "attention", dict(heads=2), {"q": draw(2, 5, 6), "k": draw(2, 5, 6), "v": draw(2, 5, 6), "mask": present},
    lambda q, k, v, mask: attend(q, k, v, mask, heads=2), ("mask",),
)
case(
    "attention", dict(heads=3), {"q": draw(1, 4, 9), "k": draw(1, 7, 9), "v": draw(1, 7, 9), "bias": draw(1, 7)},
    lambda q, k, v, bias: attend(q, k, v, None, bias, heads=3), ("bias",),
)
case(
    "attention", dict(heads=1), {"q": draw(2, 3, 5), "k": draw(2, 5, 5), "v": draw(2, 5, 5), "mask": present, "keep": torch.round(torch.rand(2, 1, 3, 5, dtype=torch.float64)) / 0.9},
    lambda q, k, v, mask, keep: attend(q, k, v, mask, None, keep), ("mask", "keep"),
)

case("gelu", {}, {"x": draw(3, 4) * 2}, F.gelu)
case("prelu", {}, {"x": draw(2, 3, 2, 4), "alpha": draw(1, 1, 4)}, lambda x, alpha: torch.where(x > 0, x, x * alpha))


def unit(z):
    return z / z.norm(dim=1, keepdim=True)


def log_sum(a, b, tau):
    rows = torch.cat([a, b])
    s = rows @ rows.T / tau
    n = a.shape[0]
    out = torch.eye(n, dtype=torch.bool).repeat(2, 2)
    return torch.logsumexp(s.masked_fill(out, -math.inf), 1).mean()


def clr(z, zPhysics, tau):
    a, b = unit(z), unit(zPhysics)
    return -(a * b).sum(1).mean() / tau + log_sum(a, b, tau)


def anomaly_clr(z, zPhysics, zAnomaly, tau):
    a, c = unit(z), unit(zAnomaly)
    return clr(z, zPhysics, tau) + (a * c).sum(1).mean() / tau


def anomaly_clr_plus(z, zPhysics, zAnomaly, tau):
    a, b, c = unit(z), unit(zPhysics), unit(zAnomaly)
    return (-(a * b).sum(1) + (a * c).sum(1)).mean() / tau


for tau in (0.1, 0.5):
    z = {"z": draw(5, 4), "zPhysics": draw(5, 4), "zAnomaly": draw(5, 4)}
    case("contrastiveLoss", dict(tau=tau), {k: z[k] for k in ("z", "zPhysics")}, lambda z, zPhysics, t=tau: clr(z, zPhysics, t))
    case("anomalyContrastiveLoss", dict(tau=tau), z, lambda t=tau, **k: anomaly_clr(tau=t, **k))
    case("anomalyContrastivePlusLoss", dict(tau=tau), z, lambda t=tau, **k: anomaly_clr_plus(tau=t, **k))

with open(os.path.splitext(os.path.abspath(__file__))[0] + ".json", "w") as f:
    json.dump(cases, f, separators=(",", ":"))
    f.write("\n")
print(len(cases), "cases")
