"""Embeddings and the pair loss of the siamese network on events in PyTorch, double precision; all numbers from whole-number formulas.

    /usr/bin/python3 event-siamese.reference.py > event-siamese.reference.json

Loss in training: batch normalisation with the statistics of all three views together, then of all distances together.
"""
import json

import numpy as np
import torch
import torch.nn.functional as F

ROWS, WIDTH, EPSILON = 24, 57, 1e-3


def numbers(count, key):
    k = np.arange(count)
    return (k * 7919 + (key + 1) * 104729) % 10007 / 5003.5 - 1


key = -1


def drawn(shape, scale, offset=0.0):
    global key
    key += 1
    values = (numbers(int(np.prod(shape)), key) * scale + offset).astype(np.float32).reshape(shape)
    return torch.tensor(values).double().requires_grad_()


def norm_weights(d):
    return drawn((d,), 0.2, 1), drawn((d,), 0.1), drawn((d,), 0.1), drawn((d,), 0.5, 1)


def dense_weights(inputs, outputs):
    return drawn((inputs, outputs), 1 / np.sqrt(inputs)), drawn((outputs,), 0.1)


class Stack:
    def __init__(self, *layers):
        self.layers = [norm_weights(l) if isinstance(l, int) else dense_weights(*l) for l in layers if l not in ("leaky", "relu")]
        self.order = layers

    def __call__(self, x, training):
        weights = iter(self.layers)
        for layer in self.order:
            if layer == "leaky":
                x = F.leaky_relu(x, 0.3)
            elif layer == "relu":
                x = torch.relu(x)
            elif isinstance(layer, int):
                gamma, beta, mean, variance = next(weights)
                if training:
                    mean, variance = x.mean(0), x.var(0, unbiased=False)
                x = (x - mean) / torch.sqrt(variance + EPSILON) * gamma + beta
            else:
                kernel, bias = next(weights)
                x = x @ kernel + bias
        return x


# weights are listed layer after layer, normalisations with their moving statistics
encoder = Stack(WIDTH, (WIDTH, 32), 32, "leaky", (32, 16), 16, "leaky", (16, 10), "relu")
head = Stack(1, (1, 1))
views = [torch.tensor(numbers(ROWS * WIDTH, 300 + v).astype(np.float32).reshape(ROWS, WIDTH)).double() for v in range(3)]


def loss(training):
    own, copy, odd = encoder(torch.cat(views), training).split(ROWS)
    distance = lambda a, b: torch.sqrt(torch.clamp(((a - b) ** 2).sum(1, keepdim=True), min=1e-7))
    log_odds = head(torch.cat([distance(own, copy), distance(own, odd)]), training)
    truth = torch.cat([torch.ones(ROWS, 1), torch.zeros(ROWS, 1)]).double()
    return F.binary_cross_entropy_with_logits(log_odds, truth)


training = loss(True)
first = encoder.layers[1][0]
gradient = torch.autograd.grad(training, [first])[0]
print(
    json.dumps(
        {
            "torch": torch.__version__,
            "embedding": encoder(views[0], False)[:6].reshape(-1).tolist(),
            "loss": loss(False).item(),
            "trainingLoss": training.item(),
            "firstKernel": gradient[:4].reshape(-1).tolist(),
        }
    )
)
