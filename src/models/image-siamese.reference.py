"""Embeddings, the three losses of pairs and their gradients of the siamese network on images in PyTorch, double precision.

    /usr/bin/python3 image-siamese.reference.py > image-siamese.reference.json

Weights and images from whole-number formulas. In training batch normalisation takes the statistics of all images together, then of all
distances together.
"""
import json

import numpy as np
import torch
import torch.nn.functional as F

ROWS, SIDE, EPSILON, MARGIN = 6, 32, 1e-3, 1.0
torch.set_default_dtype(torch.float64)


def numbers(count, key):
    k = np.arange(count)
    return (k * 7919 + (key + 1) * 104729) % 10007 / 5003.5 - 1


key = -1


def drawn(shape, scale, offset=0.0):
    global key
    key += 1
    values = (numbers(int(np.prod(shape)), key) * scale + offset).astype(np.float32).astype(np.float64).reshape(shape)
    return torch.tensor(values, requires_grad=True)


def norm_weights(d):
    return drawn((d,), 0.2, 1), drawn((d,), 0.1), drawn((d,), 0.1), drawn((d,), 0.5, 1)


def layer_weights(*shape):
    return drawn(shape, np.sqrt(3 / np.prod(shape[:-1]))), drawn((shape[-1],), 0.1)


def norm(x, weights, training):
    """Over the last axis of rows [..., d]."""
    gamma, beta, mean, variance = weights
    rows = x.reshape(-1, x.shape[-1])
    if training:
        mean, variance = rows.mean(0), rows.var(0, unbiased=False)
    return ((rows - mean) / torch.sqrt(variance + EPSILON) * gamma + beta).reshape(x.shape)


input_norm, conv1, conv2 = norm_weights(1), layer_weights(5, 5, 1, 4), layer_weights(5, 5, 4, 16)
flat_norm, dense = norm_weights(400), layer_weights(400, 10)
distance_norm, head = norm_weights(1), layer_weights(1, 1)


def embed(x, training):
    h = norm(x, input_norm, training).permute(0, 3, 1, 2)
    h = F.max_pool2d(torch.relu(F.conv2d(h, conv1[0].permute(3, 2, 0, 1), conv1[1])), 2)
    h = F.avg_pool2d(torch.relu(F.conv2d(h, conv2[0].permute(3, 2, 0, 1), conv2[1])), 2)
    h = norm(h.permute(0, 2, 3, 1).reshape(len(x), -1), flat_norm, training)
    return torch.relu(h @ dense[0] + dense[1])


def images(view):
    values = (numbers(ROWS * SIDE * SIDE, 300 + view) + 1).astype(np.float32).astype(np.float64)
    return torch.tensor(values).reshape(ROWS, SIDE, SIDE, 1)


views = [images(view) for view in range(3)]
truth = torch.cat([torch.ones(ROWS, 1), torch.zeros(ROWS, 1)])


def losses(training):
    own, same, other = embed(torch.cat(views), training).split(ROWS)
    apart = lambda a, b: torch.sqrt(torch.clamp(((a - b) ** 2).sum(1, keepdim=True), min=1e-7))
    d = torch.cat([apart(own, same), apart(own, other)])
    z = norm(d, distance_norm, training) @ head[0] + head[1]
    return {
        "bce": F.binary_cross_entropy_with_logits(z, truth),
        "mae": (torch.sigmoid(z) - truth).abs().mean(),
        "contrastive": (truth * d**2 + (1 - truth) * torch.clamp(MARGIN - d, min=0) ** 2).mean(),
    }


found = {}
for name, value in losses(True).items():
    gradient = torch.autograd.grad(value, [conv1[0]], retain_graph=True)[0]
    found[name] = {"training": value.item(), "gradient": gradient.reshape(-1).tolist()}
for name, value in losses(False).items():
    found[name]["validation"] = value.item()
print(json.dumps({"torch": torch.__version__, "embedding": embed(views[0], False).reshape(-1).tolist(), "losses": found}))
