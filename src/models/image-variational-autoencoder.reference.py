"""Outputs, loss and gradients of the CVAE in PyTorch, double precision; weights and images from whole-number formulas.

    /usr/bin/python3 image-variational-autoencoder.reference.py > image-variational-autoencoder.reference.json

The loss is that of validation: the mean of the latent Gaussians is decoded, nothing is drawn.
"""
import json

import numpy as np
import torch
import torch.nn.functional as F

ROWS, SIDE = 3, 32
torch.set_default_dtype(torch.float64)
weights = {}


def drawn(name, shape, scale):
    """Whole-number formula of the name and the place, rounded to float32, as the network has it."""
    key = 7
    for letter in name:
        key = (key * 31 + ord(letter)) % 9973
    k = np.arange(int(np.prod(shape)))
    values = ((k * 7919 + (key + 1) * 104729) % 10007 / 5003.5 - 1) * scale
    weights[name] = torch.tensor(values.astype(np.float32).astype(np.float64).reshape(shape), requires_grad=True)
    return weights[name]


def conv(x, name, filters):
    """3 x 3, stride 2, SAME: of an even side one column of zeros behind and none before."""
    kernel = drawn(f"{name}/kernel", (3, 3, x.shape[1], filters), np.sqrt(3 / (9 * x.shape[1])))
    return F.conv2d(F.pad(x, (0, 1, 0, 1)), kernel.permute(3, 2, 0, 1), drawn(f"{name}/bias", (filters,), 0.1), stride=2)


def transposed(x, name, filters, stride):
    """The gradient of such a convolution; kernel [3, 3, out, in]."""
    inputs, side = x.shape[1], x.shape[2] * stride
    kernel = drawn(f"{name}/kernel", (3, 3, filters, inputs), np.sqrt(3 / (9 * filters)))
    y = F.conv_transpose2d(x, kernel.permute(3, 2, 0, 1), stride=stride)
    before = 0 if stride == 2 else 1
    y = y[:, :, before : before + side, before : before + side]
    return y + drawn(f"{name}/bias", (filters,), 0.1)[:, None, None]


def dense(x, name, units):
    return x @ drawn(f"{name}/kernel", (x.shape[1], units), np.sqrt(3 / x.shape[1])) + drawn(f"{name}/bias", (units,), 0.1)


i, r, c = np.meshgrid(np.arange(ROWS), np.arange(SIDE), np.arange(SIDE), indexing="ij")
pixels = ((r * r * 3 + r * c * 7 + c * 11 + i * 29) % 47 / 47.0).astype(np.float32).astype(np.float64)
x = torch.tensor(pixels)[:, None]

h = torch.relu(conv(x, "encoder/conv_1", 32))
h = torch.relu(conv(h, "encoder/conv_2", 64))
h = torch.relu(dense(h.permute(0, 2, 3, 1).reshape(ROWS, -1), "encoder/dense_1", 32))
mu, log_var = dense(h, "mean/dense_1", 4), dense(h, "logVariance/dense_1", 4)
y = torch.relu(dense(mu, "decoder/dense_1", 4096)).reshape(ROWS, 8, 8, 64).permute(0, 3, 1, 2)
y = torch.relu(transposed(y, "decoder/conv_transpose_1", 64, 2))
y = torch.relu(transposed(y, "decoder/conv_transpose_2", 32, 2))
y = transposed(y, "decoder/conv_transpose_3", 1, 1)

bce = F.binary_cross_entropy_with_logits(y, x, reduction="none").sum((1, 2, 3)).mean()
kl = (-0.5 * (1 + log_var - mu**2 - torch.exp(log_var)).sum(1)).mean()
loss = bce + kl
loss.backward()
print(
    json.dumps(
        {
            "torch": torch.__version__,
            "parameters": sum(w.numel() for w in weights.values()),
            "mean": mu.reshape(-1).tolist(),
            "logVar": log_var.reshape(-1).tolist(),
            "logits": y.permute(0, 2, 3, 1).reshape(-1)[::31].tolist(),
            "bce": bce.item(),
            "kl": kl.item(),
            "loss": loss.item(),
            "gradients": {name: w.grad.norm().item() for name, w in weights.items()},
        }
    )
)
