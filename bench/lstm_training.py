"""Sequences per second of an LSTM autoencoder's whole training step in native PyTorch, for the ratios of `npm run bench`.

Usage: lstm_training.py WIDTHS STEPS BATCH SECONDS, for example 10-3 100 500 5
Prints one JSON object: the best of one and two threads. Adam, mean squared error, the chain of the model it is compared with.
"""

import json
import sys
import time

import torch

widths = [int(w) for w in sys.argv[1].split("-")]
length = int(sys.argv[2])
batch = int(sys.argv[3])
seconds = float(sys.argv[4])


class Autoencoder(torch.nn.Module):
    def __init__(self):
        super().__init__()
        back = widths[::-1]
        lstm = lambda a, b: torch.nn.LSTM(a, b, batch_first=True)
        self.encoder = torch.nn.ModuleList(lstm(a, b) for a, b in zip([1] + widths, widths))
        self.decoder = torch.nn.ModuleList(lstm(a, b) for a, b in zip([back[0]] + back, back))
        self.dense = torch.nn.Linear(back[-1], 1)

    def forward(self, x):
        h = x
        for layer in self.encoder:
            h, _ = layer(h)
        h = h[:, -1:].expand(-1, x.shape[1], -1)
        for layer in self.decoder:
            h, _ = layer(h)
        return self.dense(h)


def speed(threads):
    torch.set_num_threads(threads)
    torch.manual_seed(1)
    model = Autoencoder()
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-3)
    data = torch.rand(4 * batch, length, 1) / length

    def step(i):
        x = data[(i % 4) * batch : (i % 4 + 1) * batch]
        loss = torch.nn.functional.mse_loss(model(x), x)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()

    step(0)
    started = time.perf_counter()
    steps = 0
    while time.perf_counter() - started < seconds / 2:
        step(steps)
        steps += 1
    return steps * batch / (time.perf_counter() - started)


best, threads = max((speed(n), n) for n in (1, 2))
print(json.dumps({"eventsPerSecond": best, "torch": torch.__version__, "threads": threads}))
