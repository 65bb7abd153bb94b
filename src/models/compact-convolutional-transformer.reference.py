"""Logits, loss and gradients of the compact convolutional transformer in PyTorch, double precision; weights and images from formulas.

    /usr/bin/python3 compact-convolutional-transformer.reference.py > compact-convolutional-transformer.reference.json

The published sizes, 3 classes, positions trained; no dropout. Attention, norms and pooling are written out here.
"""
import json

import numpy as np
import torch
import torch.nn.functional as F

ROWS, HEIGHT, WIDTH, D, HEADS, KEY, EPSILON, SMOOTHING = 2, 72, 58, 128, 2, 128, 1e-5, 0.1
torch.set_default_dtype(torch.float64)
weights = {}


def drawn(name, shape, scale, offset=0.0):
    """Whole-number formula of the name and the place, rounded to float32, as the network has it."""
    key = 7
    for letter in name:
        key = (key * 31 + ord(letter)) % 9973
    k = np.arange(int(np.prod(shape)))
    values = ((k * 7919 + (key + 1) * 104729) % 10007 / 5003.5 - 1) * scale + offset
    weights[name] = torch.tensor(values.astype(np.float32).astype(np.float64).reshape(shape), requires_grad=True)
    return weights[name]


def kernel(name, *shape):
    return drawn(name, shape, np.sqrt(3 / np.prod(shape[:-1])))


def shift(name, d):
    return drawn(name, (d,), 0.1)


def norm(x, scale_name, shift_name):
    scale, offset = drawn(scale_name, (D,), 0.2, 1), shift(shift_name, D)
    return F.layer_norm(x, (D,), scale, offset, EPSILON)


def pool(x):
    """SAME, 3 x 3 with stride 2: of an even side nothing before and one place behind, of an odd one a place on both sides."""
    pads = [(1, 1) if side % 2 else (0, 1) for side in (x.shape[3], x.shape[2])]
    return F.max_pool2d(F.pad(x, [p for pair in pads for p in pair], value=-np.inf), 3, 2)


i, r, c = np.meshgrid(np.arange(ROWS), np.arange(HEIGHT), np.arange(WIDTH), indexing="ij")
pixels = ((r * r * 3 + r * c * 7 + c * 11 + i * 29) % 47 / 47.0).astype(np.float32).astype(np.float64)
x = torch.tensor(pixels)[:, None]

for level, filters in enumerate((64, 128)):
    w = kernel(f"tokeniser/conv_{level + 1}/kernel", 3, 3, x.shape[1], filters)
    x = pool(F.pad(torch.relu(F.conv2d(x, w.permute(3, 2, 0, 1))), (1, 1, 1, 1)))
x = x.permute(0, 2, 3, 1).reshape(ROWS, -1, D)
tokens = x.shape[1]
x = x + drawn("transformer/position_embedding/embedding", (tokens, D), 0.05)
for block in (1, 2):
    name = f"transformer/block_{block}/"
    inward, out = (kernel(name + "in_projection_kernel", D, 3 * HEADS * KEY), kernel(name + "out_projection_kernel", HEADS * KEY, D))
    inward_shift, out_shift = shift(name + "in_projection_bias", 3 * HEADS * KEY), shift(name + "out_projection_bias", D)
    w1, b1 = kernel(name + "feed_forward_1_kernel", D, D), shift(name + "feed_forward_1_bias", D)
    w2, b2 = kernel(name + "feed_forward_2_kernel", D, D), shift(name + "feed_forward_2_bias", D)
    h = norm(x, name + "norm_1_scale", name + "norm_1_shift")
    q, k, v = (h @ inward + inward_shift).chunk(3, 2)
    apart = lambda t: t.reshape(ROWS, tokens, HEADS, KEY).transpose(1, 2)
    seen = torch.softmax(apart(q) @ apart(k).transpose(2, 3) / np.sqrt(KEY), -1) @ apart(v)
    x = x + seen.transpose(1, 2).reshape(ROWS, tokens, HEADS * KEY) @ out + out_shift
    h = norm(x, name + "norm_2_scale", name + "norm_2_shift")
    x = x + F.gelu(F.gelu(h @ w1 + b1) @ w2 + b2)
x = norm(x, "transformer/layer_norm/gamma", "transformer/layer_norm/beta")
shares = torch.softmax(x @ kernel("transformer/sequence_pooling/kernel", D, 1) + shift("transformer/sequence_pooling/bias", 1), 1)
pooled = (shares * x).sum(1)
logits = pooled @ kernel("transformer/classes/kernel", D, 3) + shift("transformer/classes/bias", 3)

loss = F.cross_entropy(logits, torch.tensor([0, 2]), label_smoothing=SMOOTHING)
loss.backward()
print(
    json.dumps(
        {
            "torch": torch.__version__,
            "parameters": sum(w.numel() for w in weights.values()),
            "tokens": tokens,
            "logits": logits.reshape(-1).tolist(),
            "loss": loss.item(),
            "gradients": {name: w.grad.norm().item() for name, w in weights.items()},
        }
    )
)
