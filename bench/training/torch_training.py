"""Training steps of the reference models in native PyTorch, from the weights and rows that `npm run bench` hands over.

Usage: torch_training.py FOLDER with task.json, weights.f32 and rows.f32; prints one JSON object: the losses of the first steps, and
events per second of each run at the best number of threads.

Weights come in the layout of TF.js. Its convolutions with stride 2 pad behind and PyTorch's in front, so images and filters are
mirrored here: the same numbers, without a padding operation that would cost time. PyTorch's second bias of an LSTM stays 0.
"""

import json
import os
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

folder = sys.argv[1]
with open(os.path.join(folder, "task.json")) as file:
    task = json.load(file)
batch = task["batch"]
rows = torch.from_numpy(np.fromfile(os.path.join(folder, "rows.f32"), np.float32).reshape(-1, task["width"]))
flat = np.fromfile(os.path.join(folder, "weights.f32"), np.float32)


def arrays():
    """The weights, one after another, in the order of the model."""
    at = 0
    for shape in task["shapes"]:
        size = int(np.prod(shape))
        yield torch.from_numpy(flat[at : at + size].reshape(shape).copy())
        at += size


def put(parameter, value):
    assert parameter.shape == value.shape, (parameter.shape, value.shape)
    with torch.no_grad():
        parameter.copy_(value)


def put_linear(layer, weights):
    put(layer.weight, next(weights).T)
    put(layer.bias, next(weights))


def put_convolution(layer, weights):
    """Kernels [h, w, in, out], or [h, w, out, in] of a transposed one, mirrored."""
    put(layer.weight, next(weights).flip(0, 1).permute(3, 2, 0, 1))
    put(layer.bias, next(weights))


def put_norm(layer, weights):
    put(layer.weight, next(weights))
    put(layer.bias, next(weights))


def dense(widths, norm):
    layers = []
    for i, (n_in, n_out) in enumerate(zip(widths[:-1], widths[1:])):
        layers.append(nn.Linear(n_in, n_out))
        # neither the bottleneck nor the output has an activation
        if i in ((len(widths) - 1) // 2 - 1, len(widths) - 2):
            continue
        if norm:
            layers.append(nn.BatchNorm1d(n_out, eps=1e-3, momentum=0.01))
        layers.append(nn.LeakyReLU(0.3))
    network = nn.Sequential(*layers)
    weights = arrays()
    for layer in network:
        if isinstance(layer, nn.Linear):
            put_linear(layer, weights)
        elif isinstance(layer, nn.BatchNorm1d):
            put_norm(layer, weights)
    return network, rows, lambda x: F.mse_loss(network(x), x)


class LstmAutoencoder(nn.Module):
    def __init__(self):
        super().__init__()
        pairs = ((1, 10), (10, 3)), ((3, 3), (3, 10))
        self.encoder, self.decoder = (nn.ModuleList(nn.LSTM(a, b, batch_first=True) for a, b in part) for part in pairs)
        self.dense = nn.Linear(10, 1)
        weights = arrays()
        for layer in [*self.encoder, *self.decoder]:
            put(layer.weight_ih_l0, next(weights).T)
            put(layer.weight_hh_l0, next(weights).T)
            put(layer.bias_ih_l0, next(weights))
            put(layer.bias_hh_l0, torch.zeros_like(layer.bias_hh_l0))
            layer.bias_hh_l0.requires_grad_(False)
        put_linear(self.dense, weights)

    def forward(self, x):
        h = x
        for layer in self.encoder:
            h, _ = layer(h)
        h = h[:, -1:].expand(-1, x.shape[1], -1)
        for layer in self.decoder:
            h, _ = layer(h)
        return self.dense(h)


def lstm():
    network = LstmAutoencoder()
    return network, rows[:, :, None], lambda x: F.mse_loss(network(x), x)


def mirrored(shape):
    """Rows as images [n, c, h, w], mirrored."""
    h, w, c = shape
    return rows.reshape(-1, h, w, c).flip(1, 2).permute(0, 3, 1, 2).contiguous()


def conv_ae():
    network = nn.Sequential(
        nn.Conv2d(2, 16, 3, 2, 1), nn.ReLU(), nn.Conv2d(16, 32, 3, 2, 1), nn.ReLU(),
        nn.ConvTranspose2d(32, 16, 3, 2, 1, 1), nn.ReLU(), nn.ConvTranspose2d(16, 2, 3, 2, 1, 1),
    )  # fmt: skip
    weights = arrays()
    for layer in network[::2]:
        put_convolution(layer, weights)
    return network, mirrored((32, 32, 2)), lambda x: F.mse_loss(network(x), x)


class SetEncoder(nn.Module):
    def __init__(self, d=136, heads=4, blocks=4):
        super().__init__()
        self.embed = nn.Linear(7, d)
        block = nn.TransformerEncoderLayer(d, heads, d, 0.1, batch_first=True)
        self.blocks = nn.TransformerEncoder(block, blocks, enable_nested_tensor=False)
        self.head = nn.ModuleList(nn.Linear(d, d) for _ in range(2))
        weights = arrays()
        put_linear(self.embed, weights)
        for layer in self.blocks.layers:
            put(layer.self_attn.in_proj_weight, next(weights).T)
            put(layer.self_attn.in_proj_bias, next(weights))
            for linear in (layer.self_attn.out_proj, layer.linear1, layer.linear2):
                put_linear(linear, weights)
            for norm in (layer.norm1, layer.norm2):
                put_norm(norm, weights)
        for linear in self.head:
            put_linear(linear, weights)

    def set_dropout(self, rate):
        for module in self.modules():
            if isinstance(module, nn.Dropout):
                module.p = rate
            elif isinstance(module, nn.MultiheadAttention):
                module.dropout = rate

    def forward(self, x, mask):
        x = self.blocks(self.embed(x), src_key_padding_mask=mask == 0)
        x = (x * mask[:, :, None]).sum(1)
        for linear in self.head:
            x = linear(torch.relu(x))
        return x


def anomaly_clr():
    network = SetEncoder()

    def loss(x):
        views, mask = x[:, : 3 * 133], x[:, 3 * 133 :]
        together = torch.cat(views.split(133, 1)).reshape(-1, 19, 7)
        z, physics, anomaly = F.normalize(network(together, mask.repeat(3, 1))).chunk(3)
        return ((z * anomaly).sum(1) - (z * physics).sum(1)).mean() / 0.1

    return network, rows, loss


def conv_layer(cin, c, stride=1, groups=1):
    return nn.Sequential(nn.Conv2d(cin, c, 3, stride, 1, groups=groups), nn.InstanceNorm2d(c, 1e-3, affine=True), nn.LeakyReLU(0.2))


class Residual(nn.Module):
    def __init__(self, c, groups):
        super().__init__()
        self.inner = nn.Sequential(conv_layer(c, c, 1, groups), conv_layer(c, c, 1, groups))

    def forward(self, x):
        return x + self.inner(x)


class Condition(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.conv = nn.Conv2d(4, c, 3, 1, 1)

    def forward(self, x, m):
        n, _, h, w = x.shape
        gx = torch.linspace(1, -1, w).expand(n, 1, h, w)
        gy = torch.linspace(1, -1, h)[:, None].expand(n, 1, h, w)
        return x * self.conv(torch.cat([m[:, :, None, None].expand(n, 2, h, w), gx, gy], 1))


class Codae(nn.Module):
    def __init__(self):
        super().__init__()
        parts, cin = [], 1
        for c, groups in ((64, 1), (128, 4), (128, 4), (256, 4)):
            parts += [conv_layer(cin, c, 2, groups), Residual(c, 4)]
            cin = c
        self.encoder = nn.Sequential(*parts, nn.Conv2d(256, 64, 1))
        parts, cin = [], 1
        for c, groups in ((64, 1), (128, 2), (128, 2), (256, 2)):
            parts += [conv_layer(cin, c, 1, groups), nn.MaxPool2d(3, 2, 1)]
            cin = c
        self.conditioner = nn.Sequential(*parts, nn.Flatten(), nn.Linear(5120, 2))
        self.stages = nn.ModuleList()
        for cin, c, groups in ((64, 256, 1), (256, 128, 4), (128, 128, 4), (128, 64, 4)):
            self.stages.append(nn.ModuleList([Condition(cin), conv_layer(cin, c, 1, groups), Residual(c, 4)]))
        self.out = nn.Conv2d(64, 1, 1)
        weights = arrays()
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                put_convolution(module, weights)
            elif isinstance(module, nn.InstanceNorm2d):
                put_norm(module, weights)
            elif isinstance(module, nn.Linear):
                kernel = next(weights).reshape(5, 4, 256, 2)
                put(module.weight, kernel.flip(0, 1).permute(3, 2, 0, 1).reshape(2, -1))
                put(module.bias, next(weights))

    def forward(self, x):
        z, m = self.encoder(x), self.conditioner(x)
        for condition, conv, residual in self.stages:
            z = condition(z, m)
            z = residual(conv(F.interpolate(z, scale_factor=2, mode="bilinear", align_corners=False)))
        return self.out(z[:, :, 4:76, 3:61])


def codae():
    network = Codae()
    return network, mirrored((72, 58, 1)), lambda x: F.binary_cross_entropy_with_logits(network(x), x, reduction="sum") / batch


models = {
    "dense-57-256": lambda: dense((57, 64, 32, 16, 32, 64, 57), False),
    "dense-57-4096": lambda: dense((57, 64, 32, 16, 32, 64, 57), False),
    "hackathon-42": lambda: dense((42, 32, 16, 3, 16, 32, 42), True),
    "conv-ae": conv_ae,
    "lstm-1303": lstm,
    "anomaly-clr-136": anomaly_clr,
    "codae": codae,
}


def trainer():
    network, data, loss_of = models[task["model"]]()
    optimiser = torch.optim.Adam([p for p in network.parameters() if p.requires_grad], lr=1e-3, eps=1e-7)
    batches = data.split(batch)
    taken = 0

    def step():
        nonlocal taken
        loss = loss_of(batches[taken % len(batches)])
        taken += 1
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        return loss.item()

    return network, step


def measure(threads):
    torch.set_num_threads(threads)
    network, step = trainer()
    if isinstance(network, SetEncoder):
        network.set_dropout(0.0)
    losses = [step() for _ in range(task["steps"])]
    if isinstance(network, SetEncoder):
        network.set_dropout(0.1)
    speeds = []
    for _ in range(task["runs"]):
        started, steps = time.perf_counter(), 0
        while steps == 0 or time.perf_counter() - started < task["seconds"] / task["runs"]:
            step()
            steps += 1
        speeds.append(steps * batch / (time.perf_counter() - started))
    return {"threads": threads, "losses": losses, "speeds": speeds}


cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
counts = sorted({1, *(2**i for i in range(10) if 2**i <= cores), cores})
best = max((measure(threads) for threads in counts), key=lambda found: np.median(found["speeds"]))
print(json.dumps({"torch": torch.__version__, **best}))
