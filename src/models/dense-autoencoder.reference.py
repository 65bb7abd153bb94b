"""Trains 57-32-16-3-16-32-57 autoencoders in PyTorch from fixed weights on fixed batches and stores every loss.

    /usr/bin/python3 dense-autoencoder.reference.py > dense-autoencoder.reference.json

Weights and events come from whole-number formulas, so that the test makes the same ones without storing them.
"""
import json

import numpy as np
import torch
from torch import nn

WIDTHS = [57, 32, 16, 3, 16, 32, 57]
ROWS, BATCH, STEPS = 256, 64, 30


def events():
    i, j = np.meshgrid(np.arange(ROWS), np.arange(57), indexing="ij")
    values = ((i * i * 31 + i * j * 17 + j * 13) % 97 - 48) / 32
    values[(i + j) % 5 == 0] = 0
    return torch.tensor(values.astype(np.float32))


def weights(count, layer, limit):
    k = np.arange(count)
    return torch.tensor((((k * 7919 + (layer + 1) * 104729) % 10007 / 5003.5 - 1) * limit).astype(np.float32))


class BatchNorm(nn.Module):
    """Moving variance from the biased variance of the batch, as Keras and TF.js have it; PyTorch's own takes the unbiased one."""

    def __init__(self, width, momentum, eps):
        super().__init__()
        self.gamma = nn.Parameter(torch.ones(width))
        self.beta = nn.Parameter(torch.zeros(width))
        self.mean, self.variance = torch.zeros(width), torch.ones(width)
        self.momentum, self.eps = momentum, eps

    def forward(self, x):
        mean, variance = x.mean(0), x.var(0, unbiased=False)
        with torch.no_grad():
            self.mean = self.momentum * self.mean + (1 - self.momentum) * mean
            self.variance = self.momentum * self.variance + (1 - self.momentum) * variance
        return (x - mean) / torch.sqrt(variance + self.eps) * self.gamma + self.beta


def network(batch_norm):
    layers, dense = [], []
    for k, (fan_in, fan_out) in enumerate(zip(WIDTHS, WIDTHS[1:])):
        layer = nn.Linear(fan_in, fan_out)
        with torch.no_grad():
            limit = float(np.float64(np.sqrt(6 / fan_in)))
            # stored as [inputs, outputs], PyTorch's is its transpose
            layer.weight.copy_(weights(fan_in * fan_out, k, limit).reshape(fan_in, fan_out).T)
            layer.bias.copy_(weights(fan_out, k + 10, 0.1))
        layers.append(layer)
        dense.append(layer)
        if k not in (2, 5):
            if batch_norm:
                layers.append(BatchNorm(fan_out, **batch_norm))
            layers.append(nn.LeakyReLU(0.3))
    return nn.Sequential(*layers), dense


def run(batch_norm, masked, optimiser):
    model, dense = network(batch_norm)
    optimiser = optimiser(model.parameters())
    x = events()
    losses = []
    for step in range(STEPS):
        start = step * BATCH % ROWS
        batch = x[start : start + BATCH]
        error = model(batch) - batch
        if masked:
            error = error * (batch != 0)
        loss = (error**2).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    norms = [m for m in model if isinstance(m, BatchNorm)]
    return {
        "losses": losses,
        "firstKernel": dense[0].weight.detach().T.reshape(-1)[:64].tolist(),
        "lastBias": dense[-1].bias.detach().tolist(),
        "movingMean": norms[0].mean.tolist() if norms else [],
        "movingVariance": norms[0].variance.tolist() if norms else [],
    }


torch.manual_seed(0)
torch.set_num_threads(1)
keras = {"momentum": 0.99, "eps": 1e-3}
print(
    json.dumps(
        {
            "torch": torch.__version__,
            "plain": run(None, False, lambda p: torch.optim.Adam(p, lr=1e-3, eps=1e-8)),
            "batchNorm": run(keras, False, lambda p: torch.optim.Adam(p, lr=1e-3, eps=1e-7)),
            "masked": run(keras, True, lambda p: torch.optim.AdamW(p, lr=3e-3, eps=1e-7, weight_decay=0.1, amsgrad=True)),
        }
    )
)
