"""Outputs, loss, gradients and training losses of LSTM autoencoders in PyTorch, in double precision, from fixed weights.

    /usr/bin/python3 lstm-autoencoder.reference.py > lstm-autoencoder.reference.json

PyTorch orders its gates i f g o, which is i f c o here; its two biases are one here. Weights and histograms come from whole-number
formulas, so that the test makes the same ones without storing them.
"""
import json

import numpy as np
import torch
from torch import nn

torch.set_default_dtype(torch.float64)
torch.set_num_threads(1)


def histograms(rows, bins):
    i, j = np.meshgrid(np.arange(rows), np.arange(bins), indexing="ij")
    place = 0.3 * bins + i % 7
    counts = np.maximum(0, 0.04 * bins * bins - (j - place) ** 2) + (i * 31 + j * 17 + i * j) % 23
    return torch.tensor((counts / counts.sum(1, keepdims=True)).astype(np.float32)).double()


def formula(shape, number):
    k = np.arange(int(np.prod(shape)))
    values = ((k * 7919 + (number + 1) * 104729) % 10007 / 5003.5 - 1) * 0.5
    return torch.tensor(values.astype(np.float32)).double().reshape(shape)


class Autoencoder(nn.Module):
    def __init__(self, widths):
        super().__init__()
        sizes = [(1, widths[0])] + list(zip(widths, widths[1:]))
        mirrored = widths[::-1]
        self.encoder = nn.ModuleList(nn.LSTM(a, b, batch_first=True) for a, b in sizes)
        self.decoder = nn.ModuleList(nn.LSTM(a, b, batch_first=True) for a, b in zip([mirrored[0]] + mirrored, mirrored))
        self.dense = nn.Linear(mirrored[-1], 1)
        self.number = 0
        for lstm in [*self.encoder, *self.decoder]:
            units = lstm.hidden_size
            lstm.bias_hh_l0.requires_grad_(False).zero_()
            with torch.no_grad():
                lstm.weight_ih_l0.copy_(self.next((lstm.input_size, 4 * units)).T)
                lstm.weight_hh_l0.copy_(self.next((units, 4 * units)).T)
                lstm.bias_ih_l0.copy_(self.next((4 * units,)))
        with torch.no_grad():
            self.dense.weight.copy_(self.next((mirrored[-1], 1)).T)
            self.dense.bias.copy_(self.next((1,)))

    def next(self, shape):
        self.number += 1
        return formula(shape, self.number - 1)

    def forward(self, x):
        h = x[:, :, None]
        for lstm in self.encoder:
            h, _ = lstm(h)
        latent = h[:, -1]
        h = latent[:, None, :].expand(-1, x.shape[1], -1)
        for lstm in self.decoder:
            h, _ = lstm(h)
        return latent, self.dense(h)[:, :, 0]

    def ours(self):
        """Weights in the order and orientation of this project."""
        found = []
        for lstm in [*self.encoder, *self.decoder]:
            found += [(lstm.weight_ih_l0, True), (lstm.weight_hh_l0, True), (lstm.bias_ih_l0, False)]
        return found + [(self.dense.weight, True), (self.dense.bias, False)]


def oriented(tensor, transposed):
    return (tensor.T if transposed else tensor).reshape(-1)


def run(widths, bins, rows, batch, steps, top):
    model = Autoencoder(widths)
    x = histograms(rows, bins)

    def loss_of(x):
        squares = (model(x)[1] - x) ** 2
        return squares.topk(top, dim=1).values.mean() if top else squares.mean()

    latent, y = model(x)
    loss = loss_of(x)
    loss.backward()
    gradients = [oriented(w.grad, t) for w, t in model.ours()]
    found = {
        "latent": latent[:3].reshape(-1).tolist(),
        "y": y[:3].reshape(-1).tolist(),
        "loss": loss.item(),
        "gradients": [g[:60].tolist() for g in gradients],
        "norms": [g.norm().item() for g in gradients],
    }
    optimiser = torch.optim.Adam([w for w, _ in model.ours()], lr=1e-3, eps=1e-7)
    losses = []
    for step in range(steps):
        start = step * batch % (rows - batch + 1)
        optimiser.zero_grad()
        loss = loss_of(x[start : start + batch])
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    return {**found, "losses": losses}


print(
    json.dumps(
        {
            "torch": torch.__version__,
            "mse": run([10, 3], 100, 37, 21, 25, 0),
            "top": run([10, 5], 40, 30, 13, 25, 10),
            "deep": run([7, 4, 2], 23, 19, 19, 25, 0),
        }
    )
)
