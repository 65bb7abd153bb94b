"""Outputs, losses and gradients of the convolutional autoencoders of events in PyTorch, weights and events from whole-number formulas.

    /usr/bin/python3 event-convolutions.reference.py > event-convolutions.reference.json

Layers of Govorkova et al., arXiv 2108.03986, and of the ADC2021 example code, written from their description: events [n, 19, 3]
are images of one channel. PyTorch has channels first, so kernels are drawn as [kh, kw, in, out] and turned.
"""
import json

import numpy as np
import torch
import torch.nn.functional as F

ROWS, SLOTS, BETA, EPSILON = 40, 19, 0.8, 1e-3
OBJECTS = ["MET"] + ["electron"] * 4 + ["muon"] * 4 + ["jet"] * 10
ETA = {"MET": 0, "electron": 3, "muon": 2.1, "jet": 4}


def events():
    i, j = np.meshgrid(np.arange(ROWS), np.arange(3 * SLOTS), indexing="ij")
    values = ((i * i * 31 + i * j * 17 + j * 13) % 97 - 48) / 32
    empty = (i + j // 3) % 5 == 0
    values[empty] = 0
    return torch.tensor(values.astype(np.float32)), torch.tensor((~empty).astype(np.float32))


class Weights:
    """Draws weights in the order in which the detector lists them."""

    def __init__(self):
        self.key = 0

    def drawn(self, shape, scale, offset=0.0):
        self.key += 1
        count = int(np.prod(shape))
        k = np.arange(count)
        values = (k * 7919 + (self.key + 1) * 104729) % 10007 / 5003.5 - 1
        return torch.tensor((values * scale + offset).astype(np.float32).reshape(shape), requires_grad=True)

    def kernel(self, *shape):
        return self.drawn(shape, 1 / np.sqrt(np.prod(shape[:-1])))

    def dense(self, inputs, outputs):
        return self.kernel(inputs, outputs), self.drawn((outputs,), 0.1)

    def norm(self, channels):
        shape = (channels,)
        return self.drawn(shape, 0.2, 1), self.drawn(shape, 0.1), self.drawn(shape, 0.1), self.drawn(shape, 0.5, 1)


def conv(x, kernel, padding):
    return F.conv2d(x, kernel.permute(3, 2, 0, 1), padding=padding)


def norm(x, weights, training):
    """Of images [n, c, h, w]; in training with the batch's own (biased) statistics."""
    gamma, beta, mean, variance = weights
    if training:
        mean, variance = x.mean((0, 2, 3)), x.var((0, 2, 3), unbiased=False)
    each = lambda v: v.reshape(1, -1, 1, 1)
    return (x - each(mean)) / torch.sqrt(each(variance) + EPSILON) * each(gamma) + each(beta)


def flat(x):
    """Channels last, as TensorFlow flattens."""
    return x.permute(0, 2, 3, 1).reshape(x.shape[0], -1)


def image(x, rows, columns, channels):
    return x.reshape(-1, rows, columns, channels).permute(0, 3, 1, 2)


def heads(o):
    limits = torch.tensor([v for t in OBJECTS for v in (0.0, ETA[t], np.pi)], dtype=torch.float32)
    return torch.where(limits > 0, limits * torch.tanh(o), o)


class Cnn40MHz:
    def __init__(self, variational):
        w = Weights()
        self.norm, self.first, self.second = w.norm(1), w.kernel(3, 3, 1, 16), w.kernel(3, 1, 16, 32)
        self.latent = [w.dense(64, 8) for _ in range(2 if variational else 1)]
        self.back = w.dense(8, 64)
        self.third, self.fourth, self.last = w.kernel(3, 1, 32, 32), w.kernel(3, 1, 32, 16), w.kernel(3, 3, 16, 1)

    def encode(self, x, training):
        h = norm(F.pad(x.reshape(-1, 1, SLOTS, 3), (0, 0, 1, 0)), self.norm, training)
        h = F.avg_pool2d(torch.relu(conv(h, self.first, 0)), (3, 1))
        h = F.avg_pool2d(torch.relu(conv(h, self.second, (1, 0))), (3, 1))
        return [flat(h) @ kernel + bias for kernel, bias in self.latent]

    def decode(self, z, training):
        h = image(torch.relu(z @ self.back[0] + self.back[1]), 2, 1, 32)
        h = F.interpolate(torch.relu(conv(h, self.third, (1, 0))), scale_factor=(3, 1), mode="nearest")
        h = torch.relu(conv(F.pad(h, (1, 1)), self.fourth, (1, 0)))
        h = F.pad(F.interpolate(h, scale_factor=(3, 1), mode="nearest"), (0, 0, 1, 0))
        return heads(flat(conv(h, self.last, 1)))


class CnnAdc2021:
    def __init__(self):
        w = Weights()
        self.first, self.norm, self.latent = w.kernel(3, 3, 1, 10), w.norm(10), w.dense(270, 8)
        self.back, self.last, self.closing = w.dense(8, 270), w.kernel(3, 3, 10, 1), w.norm(1)

    def encode(self, x, training):
        h = F.avg_pool2d(conv(x.reshape(-1, 1, SLOTS, 3), self.first, 1), (2, 1))
        h = torch.relu(norm(h, self.norm, training))
        return [torch.relu(flat(h) @ self.latent[0] + self.latent[1])]

    def decode(self, z, training):
        h = image(torch.relu(z @ self.back[0] + self.back[1]), 9, 3, 10)
        h = F.pad(F.interpolate(h, scale_factor=(2, 1), mode="nearest"), (0, 0, 1, 0))
        return flat(norm(conv(h, self.last, 1), self.closing, training))


x, mask = events()
target = 0.8 * x + 0.1 * mask


def results(network, masked, training=False):
    mu, *log_var = network.encode(x, training)
    y = network.decode(mu, training)
    error = ((mask if masked else 1) * (y - target) ** 2).mean()
    if not log_var:
        return mu, y, error, error
    kl = (-0.5 * (1 + log_var[0] - mu**2 - torch.exp(log_var[0])).mean(1)).mean()
    return mu, y, (1 - BETA) * error + BETA * kl, log_var[0]


def report(network, masked):
    mu, y, loss, log_var = results(network, masked)
    found = {"latent": mu.reshape(-1).tolist(), "reconstruction": y[:5].reshape(-1).tolist(), "loss": loss.item()}
    if isinstance(network, Cnn40MHz) and len(network.latent) == 2:
        return {**found, "logVar": log_var.reshape(-1).tolist()}
    loss = results(network, masked, training=True)[2]
    loss.backward()
    return {
        **found,
        "trainingLoss": loss.item(),
        "firstKernel": network.first.grad.reshape(-1).tolist(),
        "lastKernel": network.last.grad.reshape(-1).tolist(),
    }


print(
    json.dumps(
        {
            "torch": torch.__version__,
            "40mhz-cnn": report(Cnn40MHz(False), True),
            "adc2021-cnn": report(CnnAdc2021(), False),
            "40mhz-cnn-vae": report(Cnn40MHz(True), True),
        }
    )
)
