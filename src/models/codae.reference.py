"""Outputs, loss and gradients of the published networks of CoDAE, and outputs of those of the categorical CoDVAE, in PyTorch; weights and
masks from whole-number formulas.

    /usr/bin/python3 codae.reference.py > codae.reference.json
"""
import json

import numpy as np
import torch
import torch.nn.functional as F

ROWS, HEIGHT, WIDTH = 2, 72, 58
WIDTHS, CODE = [64, 128, 128, 256], 64
weights = {}


def drawn(name, shape, scale, offset=0.0):
    """Whole-number formula of the name and the place, rounded to float32, as the network has it."""
    key = 7
    for letter in name:
        key = (key * 31 + ord(letter)) % 9973
    k = np.arange(int(np.prod(shape)))
    values = ((k * 7919 + (key + 1) * 104729) % 10007 / 5003.5 - 1) * scale + offset
    tensor = torch.tensor(values.astype(np.float32)).to(torch.get_default_dtype()).reshape(shape)
    weights[name] = tensor.requires_grad_()
    return weights[name]


class Names:
    def __init__(self, network):
        self.network, self.seen = network, {}

    def next(self, kind):
        self.seen[kind] = self.seen.get(kind, 0) + 1
        return f"{self.network}/{kind}_{self.seen[kind]}"


def conv(x, names, filters, size=3, stride=1, groups=1):
    name = names.next("conv")
    inputs = x.shape[1] // groups
    kernel = drawn(f"{name}/kernel", (size, size, inputs, filters), np.sqrt(3 / (size * size * inputs)))
    bias = drawn(f"{name}/bias", (filters,), 0.1)
    pads = []
    for length in (x.shape[3], x.shape[2]):
        total = max(0, (-(-length // stride) - 1) * stride + size - length)
        pads += [total // 2, total - total // 2]
    return F.conv2d(F.pad(x, pads), kernel.permute(3, 2, 0, 1), bias, stride=stride, groups=groups)


def conv_layer(x, names, filters, stride, groups):
    x = conv(x, names, filters, 3, stride, groups)
    name = names.next("instance_norm")
    scale, shift = drawn(f"{name}/scale", (filters,), 0.2, 1), drawn(f"{name}/shift", (filters,), 0.1)
    mean, variance = x.mean((2, 3), keepdim=True), x.var((2, 3), unbiased=False, keepdim=True)
    x = (x - mean) / torch.sqrt(variance + 1e-3) * scale[:, None, None] + shift[:, None, None]
    return F.leaky_relu(x, 0.2)


def residual(x, names, filters, groups):
    return x + conv_layer(conv_layer(x, names, filters, 1, groups), names, filters, 1, groups)


def pool(x):
    pads = []
    for length in (x.shape[3], x.shape[2]):
        total = max(0, (-(-length // 2) - 1) * 2 + 3 - length)
        pads += [total // 2, total - total // 2]
    return F.max_pool2d(F.pad(x, pads, value=-np.inf), 3, 2)


def condition(x, names, numbers):
    name = names.next("condition")
    n, channels, height, width = x.shape
    across = torch.linspace(-1, 1, width).expand(n, 1, height, width)
    down = torch.linspace(-1, 1, height)[:, None].expand(n, 1, height, width)
    planes = torch.cat([numbers[:, :, None, None].expand(n, 2, height, width), across, down], 1)
    kernel = drawn(f"{name}/kernel", (3, 3, 4, channels), 0.3)
    return x * F.conv2d(planes, kernel.permute(3, 2, 0, 1), drawn(f"{name}/bias", (channels,), 0.1), padding=1)


def run(dtype):
    """Everything that is compared, computed in this precision."""
    torch.set_default_dtype(dtype)
    weights.clear()
    i, r, c = np.meshgrid(np.arange(ROWS), np.arange(HEIGHT), np.arange(WIDTH), indexing="ij")
    lit = (r * r * 3 + r * c * 7 + c * 11 + i * 29) % 47 == 0
    x = torch.tensor(lit).to(dtype)[:, None]

    names = Names("encoder")
    z = x
    for level, filters in enumerate(WIDTHS):
        z = residual(conv_layer(z, names, filters, 2, 1 if level == 0 else 4), names, filters, 4)
    trunk = z
    z = conv(z, names, CODE, 1)

    names = Names("conditioner")
    m = x
    for level, filters in enumerate(WIDTHS):
        m = pool(conv_layer(m, names, filters, 1, 1 if level == 0 else 2))
    m = m.permute(0, 2, 3, 1).reshape(ROWS, -1)
    m = m @ drawn("conditioner/dense_1/kernel", (m.shape[1], 2), np.sqrt(3 / m.shape[1])) + drawn("conditioner/dense_1/bias", (2,), 0.1)

    def decoded(y):
        names = Names("decoder")
        for level, filters in enumerate(reversed(WIDTHS)):
            y = F.interpolate(condition(y, names, m), scale_factor=2, mode="bilinear", align_corners=False)
            y = residual(conv_layer(y, names, filters, 1, 1 if level == 0 else 4), names, filters, 4)
        return conv(y[:, :, 4:76, 3:61], names, 1, 1)

    y = decoded(z)

    loss = F.binary_cross_entropy_with_logits(y, x, reduction="none").sum((1, 2, 3)).mean()
    loss.backward()
    gradients = {name: w.grad.norm().item() for name, w in weights.items()}
    count = sum(w.numel() for w in weights.values())

    # the same trunk, conditioner and decoder; the code is that of the scores, without noise
    logits = conv(trunk, Names("logits"), CODE, 1)
    temperature = 1 + F.softplus(conv(trunk, Names("temperature"), 1, 1))
    code = torch.softmax(logits / temperature, 1)
    restored = decoded(code)

    flat = lambda t: t.permute(0, 2, 3, 1).reshape(-1)
    return {
        "parameters": count,
        "loss": loss.item(),
        "latent": m.reshape(-1).tolist(),
        "code": flat(z)[::37].tolist(),
        "logits": flat(y)[::101].tolist(),
        "gradients": gradients,
        "categorical": {
            "temperature": flat(temperature).tolist(),
            "code": flat(code)[::37].tolist(),
            "logits": flat(restored)[::101].tolist(),
            "crossEntropy": F.binary_cross_entropy_with_logits(restored, x, reduction="none").sum((1, 2, 3)).tolist(),
        },
    }


def apart(found, wanted):
    """The largest difference, as a share of the largest number."""
    return float(np.abs(np.subtract(found, wanted)).max() / np.abs(wanted).max())


double, single = run(torch.float64), run(torch.float32)
print(
    json.dumps(
        {
            "torch": torch.__version__,
            **double,
            # how far PyTorch itself is from that in single precision
            "single": {
                **{name: apart(single[name], double[name]) for name in ("latent", "code", "logits")},
                "gradients": max(abs(single["gradients"][k] - v) / max(50, v) for k, v in double["gradients"].items()),
                "categorical": {
                    name: apart(single["categorical"][name], double["categorical"][name])
                    for name in ("temperature", "code", "logits")
                },
            },
        }
    )
)
