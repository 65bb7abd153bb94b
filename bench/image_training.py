"""Events per second of whole training steps of convolutional and set networks in native PyTorch, for the ratios of `npm run bench`.

Usage: image_training.py conv-ae|anomaly-clr|codae BATCH SECONDS [THREADS]
Prints one JSON object; with one thread the time is that of the processor, which stays meaningful beside other work. The networks are those of src/models; data are random numbers, which does not matter for speed.
"""

import json
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn

kind, batch, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
torch.set_num_threads(int(sys.argv[4]) if len(sys.argv) > 4 else 1)
torch.manual_seed(1)


def conv_ae():
    """32 x 32 x 2: convolutions of 16 and 32 filters with stride 2, mirrored."""
    net = nn.Sequential(
        nn.Conv2d(2, 16, 3, 2, 1), nn.ReLU(), nn.Conv2d(16, 32, 3, 2, 1), nn.ReLU(),
        nn.ConvTranspose2d(32, 16, 3, 2, 1, 1), nn.ReLU(), nn.ConvTranspose2d(16, 2, 3, 2, 1, 1),
    )  # fmt: skip
    x = torch.rand(batch, 2, 32, 32)
    return net, lambda: F.mse_loss(net(x), x)


class Encoder(nn.Module):
    def __init__(self, d=136, heads=4, layers=4, dropout=0.1):
        super().__init__()
        self.embed = nn.Linear(7, d)
        block = nn.TransformerEncoderLayer(d, heads, d, dropout, batch_first=True)
        self.blocks = nn.TransformerEncoder(block, layers, enable_nested_tensor=False)
        self.head = nn.Sequential(nn.ReLU(), nn.Linear(d, d), nn.ReLU(), nn.Linear(d, d))

    def forward(self, x):
        empty = x[:, :, 0] == 0
        h = self.blocks(self.embed(x), src_key_padding_mask=empty)
        return self.head((h * ~empty[:, :, None]).sum(1))


def anomaly_clr():
    net = Encoder()
    views = [torch.rand(batch, 19, 7) * (torch.rand(batch, 19, 1) < 0.5) + F.one_hot(torch.zeros(batch, 19, dtype=torch.long), 7) * 0 for _ in range(3)]
    for view in views:
        view[:, 0, 0] = 1

    def loss():
        z, p, a = (F.normalize(net(view)) for view in views)
        return (-(z * p).sum(1) + (z * a).sum(1)).mean() / 0.1

    return net, loss


def layer(cin, c, s=1, g=1):
    return nn.Sequential(nn.Conv2d(cin, c, 3, s, 1, groups=g), nn.InstanceNorm2d(c, 1e-3, affine=True), nn.LeakyReLU(0.2))


class Residual(nn.Module):
    def __init__(self, c, g):
        super().__init__()
        self.inner = nn.Sequential(layer(c, c, 1, g), layer(c, c, 1, g))

    def forward(self, x):
        return x + self.inner(x)


class Condition(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.conv = nn.Conv2d(4, c, 3, 1, 1)

    def forward(self, x, m):
        n, _, h, w = x.shape
        gx = torch.linspace(-1, 1, w).expand(n, 1, h, w)
        gy = torch.linspace(-1, 1, h)[:, None].expand(n, 1, h, w)
        return x * self.conv(torch.cat([m[:, :, None, None].expand(n, 2, h, w), gx, gy], 1))


class Codae(nn.Module):
    def __init__(self):
        super().__init__()
        parts, cin = [], 1
        for c, g in ((64, 1), (128, 4), (128, 4), (256, 4)):
            parts += [layer(cin, c, 2, g), Residual(c, 4)]
            cin = c
        self.fr = nn.Sequential(*parts, nn.Conv2d(256, 64, 1))
        parts, cin = [], 1
        for c, g in ((64, 1), (128, 2), (128, 2), (256, 2)):
            parts += [layer(cin, c, 1, g), nn.MaxPool2d(3, 2, 1)]
            cin = c
        self.fm = nn.Sequential(*parts, nn.Flatten(), nn.Linear(5120, 2))
        self.conditions = nn.ModuleList([Condition(c) for c in (64, 256, 128, 128)])
        self.ups = nn.ModuleList([layer(cin, c, 1, g) for cin, c, g in ((64, 256, 1), (256, 128, 4), (128, 128, 4), (128, 64, 4))])
        self.res = nn.ModuleList([Residual(c, 4) for c in (256, 128, 128, 64)])
        self.out = nn.Conv2d(64, 1, 1)

    def forward(self, x):
        z, m = self.fr(x), self.fm(x)
        for condition, up, res in zip(self.conditions, self.ups, self.res):
            z = res(up(F.interpolate(condition(z, m), scale_factor=2, mode="bilinear", align_corners=False)))
        return self.out(z)[:, :, 4:76, 3:61]


def codae():
    net = Codae()
    x = (torch.rand(batch, 1, 72, 58) < 0.02).float()
    return net, lambda: F.binary_cross_entropy_with_logits(net(x), x, reduction="sum") / batch


network, loss = {"conv-ae": conv_ae, "anomaly-clr": anomaly_clr, "codae": codae}[kind]()
optimiser = torch.optim.Adam(network.parameters(), lr=1e-3)


def step():
    value = loss()
    optimiser.zero_grad()
    value.backward()
    optimiser.step()


step()
clock = time.process_time if torch.get_num_threads() == 1 else time.perf_counter
started = clock()
steps = 0
while steps < 2 or clock() - started < seconds:
    step()
    steps += 1
elapsed = clock() - started
print(
    json.dumps(
        {
            "eventsPerSecond": steps * batch / elapsed,
            "parameters": sum(p.numel() for p in network.parameters()),
            "torch": torch.__version__,
            "threads": torch.get_num_threads(),
        }
    )
)
