"""Events per second of a dense autoencoder's whole training step in native PyTorch, one thread, for the ratios of `npm run bench`.

Usage: dense_training.py WIDTHS BATCH SECONDS, for example 57-32-16-3-16-32-57 1024 3
Prints one JSON object. Adam, mean squared error, LeakyReLU between layers, as the model it is compared with.
"""

import json
import sys
import time

import torch

widths = [int(w) for w in sys.argv[1].split("-")]
batch = int(sys.argv[2])
seconds = float(sys.argv[3])
torch.set_num_threads(1)
torch.manual_seed(1)

layers = []
for i, (n_in, n_out) in enumerate(zip(widths[:-1], widths[1:])):
    layers.append(torch.nn.Linear(n_in, n_out))
    if i < len(widths) - 2:
        layers.append(torch.nn.LeakyReLU(0.3))
model = torch.nn.Sequential(*layers)
optimiser = torch.optim.Adam(model.parameters(), lr=1e-3)
data = torch.randn(16 * batch, widths[0])


def step(i):
    x = data[(i % 16) * batch : (i % 16 + 1) * batch]
    loss = torch.nn.functional.mse_loss(model(x), x)
    optimiser.zero_grad()
    loss.backward()
    optimiser.step()


for i in range(20):
    step(i)
started = time.perf_counter()
steps = 0
while time.perf_counter() - started < seconds:
    step(steps)
    steps += 1
elapsed = time.perf_counter() - started
print(json.dumps({"eventsPerSecond": steps * batch / elapsed, "torch": torch.__version__, "threads": 1}))
