"""Logits, loss and gradients of the separable classifier in PyTorch, double precision; weights and images from whole-number formulas.

    /usr/bin/python3 image-classifier.reference.py > image-classifier.reference.json

In training batch normalisation takes the statistics of the batch.
"""
import json

import numpy as np
import torch
import torch.nn.functional as F

ROWS, SIDE, EPSILON = 4, 32, 1e-3
torch.set_default_dtype(torch.float64)


def numbers(count, key):
    k = np.arange(count)
    return (k * 7919 + (key + 1) * 104729) % 10007 / 5003.5 - 1


weights, key = [], -1


def drawn(shape, scale, offset=0.0):
    global key
    key += 1
    values = (numbers(int(np.prod(shape)), key) * scale + offset).astype(np.float32).astype(np.float64).reshape(shape)
    weights.append(torch.tensor(values, requires_grad=True))
    return weights[-1]


def kernel(*shape):
    return drawn(shape, np.sqrt(3 / np.prod(shape[:-1])))


def bias(d):
    return drawn((d,), 0.1)


def norm_weights(d):
    return drawn((d,), 0.2, 1), drawn((d,), 0.1), drawn((d,), 0.1), drawn((d,), 0.5, 1)


# in the order of the layers
stem = kernel(3, 3, 1, 32), bias(32)
stem_norm = norm_weights(32)
blocks = []
for inputs, filters in ((32, 64), (64, 128)):
    first = kernel(3, 3, 1, inputs), kernel(1, 1, inputs, filters), bias(filters)
    second = kernel(3, 3, 1, filters), kernel(1, 1, filters, filters), bias(filters)
    blocks.append((first, second, norm_weights(filters)))
head = kernel(128, 2), bias(2)


def conv(x, w, b, groups=1):
    side = w.shape[0] // 2
    return F.conv2d(x, w.permute(3, 2, 0, 1), b, padding=side, groups=groups)


def norm(x, w, training):
    gamma, beta, mean, variance = w
    if training:
        mean, variance = x.mean((0, 2, 3)), x.var((0, 2, 3), unbiased=False)
    shape = (1, -1, 1, 1)
    scale = gamma.reshape(shape) / torch.sqrt(variance.reshape(shape) + EPSILON)
    return (x - mean.reshape(shape)) * scale + beta.reshape(shape)


def pool(x, side):
    """SAME with stride 2 of an even side: nothing before, one place behind for a window of 3."""
    return F.max_pool2d(F.pad(x, (0, side - 2, 0, side - 2), value=-np.inf), side, 2)


def logits(x, training):
    h = pool(F.leaky_relu(norm(conv(x, *stem), stem_norm, training), 0.2), 2)
    for first, second, after in blocks:
        for i, (depth, point, shift) in enumerate((first, second)):
            h = conv(conv(h, depth, None, h.shape[1]), point, shift)
            h = F.leaky_relu(h if i == 0 else norm(h, after, training), 0.2)
        h = pool(h, 3)
    return h.mean((2, 3)) @ head[0] + head[1]


pixels = (numbers(ROWS * SIDE * SIDE, 300) + 1).astype(np.float32).astype(np.float64)
x = torch.tensor(pixels).reshape(ROWS, 1, SIDE, SIDE)
label = torch.tensor([0, 1, 1, 0])
training = F.cross_entropy(logits(x, True), label)
training.backward()
print(
    json.dumps(
        {
            "torch": torch.__version__,
            "parameters": sum(w.numel() for w in weights),
            "logits": logits(x, False).reshape(-1).tolist(),
            "loss": F.cross_entropy(logits(x, False), label).item(),
            "trainingLoss": training.item(),
            "gradients": [w.grad.norm().item() for w in weights if w.grad is not None],
        }
    )
)
