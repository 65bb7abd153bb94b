"""Loss, gradients and thirty losses of training of histogram autoencoders in PyTorch, and mseTop10 in NumPy, from fixed weights.

    /usr/bin/python3 histogram-autoencoder.reference.py > histogram-autoencoder.reference.json

Weights and histograms come from whole-number formulas, so that the test makes the same ones without storing them.
"""
import json

import numpy as np
import torch

ROWS, BINS = 40, 100


def histograms():
    i, j = np.meshgrid(np.arange(ROWS), np.arange(BINS), indexing="ij")
    place = 30 + i % 7
    counts = np.maximum(0, 400 - (j - place) ** 2) + (i * 31 + j * 17 + i * j) % 23
    return (counts / counts.sum(1, keepdims=True)).astype(np.float32)


def formula(count, layer, limit):
    k = np.arange(count)
    return ((k * 7919 + (layer + 1) * 104729) % 10007 / 5003.5 - 1) * limit


def mse_top10(x, y):
    """Double precision, by full sorting."""
    squares = np.sort((x.astype(np.float64) - y.astype(np.float64)) ** 2, axis=1)
    return squares[:, -10:].mean(1)


def top_loss(y, x, n):
    squares = (y - x) ** 2
    return squares.topk(n, dim=1).values.mean()


def run(widths, activations, steps=30):
    x = torch.tensor(histograms(), dtype=torch.float64)
    weights = []
    for layer, (fan_in, fan_out) in enumerate(zip(widths, widths[1:])):
        limit = np.sqrt(6 / (fan_in + fan_out))
        kernel = torch.tensor(formula(fan_in * fan_out, layer, limit).reshape(fan_in, fan_out).astype(np.float32))
        bias = torch.tensor(formula(fan_out, layer + 10, 0.1).astype(np.float32))
        weights += [kernel.double().requires_grad_(), bias.double().requires_grad_()]

    def forward():
        h = x
        for layer, activation in enumerate(activations):
            h = activation(h @ weights[2 * layer] + weights[2 * layer + 1])
        return h

    y = forward()
    first = mse_top10(histograms(), y.detach().numpy())
    loss = top_loss(y, x, 10)
    loss.backward()
    gradients = [w.grad.reshape(-1)[:40].tolist() for w in weights]
    norms = [w.grad.norm().item() for w in weights]
    optimiser = torch.optim.Adam(weights, lr=1e-3, eps=1e-7)
    losses = []
    for _ in range(steps):
        optimiser.zero_grad()
        loss = top_loss(forward(), x, 10)
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    return {"scores": first.tolist(), "gradients": gradients, "norms": norms, "losses": losses}


tanh, relu = torch.tanh, torch.relu
print(
    json.dumps(
        {
            "torch": torch.__version__,
            "numpy": np.__version__,
            "standard": run([BINS, 10, 3, 10, BINS], [tanh] * 4),
            "deep": run([BINS, 20, 10, 20, BINS], [relu, relu, relu, tanh]),
            "shallow": run([BINS, 50, BINS], [tanh, tanh]),
        }
    )
)
