"""Outputs and loss of the 40 MHz dense variational autoencoder in PyTorch, weights and events from whole-number formulas.

    /usr/bin/python3 dense-variational-autoencoder.reference.py > dense-variational-autoencoder.reference.json
"""
import json

import numpy as np
import torch

ROWS, WIDTH, BETA, EPSILON, SLOPE = 40, 57, 0.8, 1e-3, 0.3
OBJECTS = ["MET"] + ["electron"] * 4 + ["muon"] * 4 + ["jet"] * 10
ETA = {"MET": 0, "electron": 3, "muon": 2.1, "jet": 4}


def numbers(count, key):
    k = np.arange(count)
    return torch.tensor(((k * 7919 + (key + 1) * 104729) % 10007 / 5003.5 - 1).astype(np.float32))


def events():
    i, j = np.meshgrid(np.arange(ROWS), np.arange(WIDTH), indexing="ij")
    values = ((i * i * 31 + i * j * 17 + j * 13) % 97 - 48) / 32
    empty = (i + j // 3) % 5 == 0
    values[empty] = 0
    return torch.tensor(values.astype(np.float32)), torch.tensor((~empty).astype(np.float32))


key = 0


def drawn(shape, scale):
    global key
    key += 1
    return (numbers(int(np.prod(shape)), key) * scale).reshape(shape)


def dense(x, width):
    fan_in = x.shape[1]
    return x @ drawn((fan_in, width), 1 / np.sqrt(fan_in)) + drawn((width,), 0.1)


def norm(x):
    d = x.shape[1]
    gamma, beta, mean, variance = drawn((d,), 0.2) + 1, drawn((d,), 0.1), drawn((d,), 0.1), drawn((d,), 0.5) + 1
    return (x - mean) / torch.sqrt(variance + EPSILON) * gamma + beta


def block(x, width):
    return torch.nn.functional.leaky_relu(norm(dense(x, width)), SLOPE)


x, mask = events()
hidden = block(block(norm(x), 32), 16)
mu, log_var = dense(hidden, 3), dense(hidden, 3)
o = dense(block(block(mu, 16), 32), WIDTH)
limits = torch.tensor([v for t in OBJECTS for v in (0.0, ETA[t], np.pi)], dtype=torch.float32)
y = torch.where(limits > 0, limits * torch.tanh(o), o)
error = (mask * (x - y) ** 2).mean(1).mean()
kl = (-0.5 * (1 + log_var - mu**2 - torch.exp(log_var)).mean(1)).mean()
print(
    json.dumps(
        {
            "torch": torch.__version__,
            "mean": mu.reshape(-1).tolist(),
            "logVar": log_var.reshape(-1).tolist(),
            "reconstruction": y[:5].reshape(-1).tolist(),
            "error": error.item(),
            "kl": kl.item(),
            "loss": ((1 - BETA) * error + BETA * kl).item(),
        }
    )
)
