"""Ten steps of torch.optim.Adam and AdamW on three parameters, for optimiser.test.ts.

The gradients are made up: g = 2 p + sin(step + i), one number per parameter element, so that they depend on the parameters
and every error of a step shows in the next. Run: /usr/bin/python3 optimiser.reference.py > optimiser.reference.json
"""
import json
import math

import torch

shapes = [[2, 3], [3], [1]]
start = [[0.5, -0.3, 0.8, 0.1, -0.9, 0.2], [0.0, 0.4, -0.6], [1.5]]
cases = {
    "adam": (torch.optim.Adam, dict(lr=1e-2, betas=(0.9, 0.999), eps=1e-8)),
    "adam, other constants": (torch.optim.Adam, dict(lr=3e-2, betas=(0.8, 0.95), eps=1e-3)),
    "amsgrad": (torch.optim.Adam, dict(lr=1e-2, betas=(0.9, 0.9), eps=1e-7, amsgrad=True)),
    "adamw": (torch.optim.AdamW, dict(lr=1e-2, betas=(0.9, 0.999), eps=1e-8, weight_decay=0.1)),
    "adamw, amsgrad": (torch.optim.AdamW, dict(lr=2e-2, betas=(0.9, 0.99), eps=1e-8, weight_decay=0.05, amsgrad=True)),
}
steps = 10

out = {"torch": torch.__version__, "shapes": shapes, "start": start, "steps": steps, "cases": {}}
for name, (kind, options) in cases.items():
    parameters = [torch.nn.Parameter(torch.tensor(v).reshape(s)) for v, s in zip(start, shapes)]
    optimiser = kind(parameters, **options)
    trace = []
    for step in range(steps):
        for parameter in parameters:
            flat = parameter.detach().reshape(-1)
            wave = torch.tensor([math.sin(step + i) for i in range(flat.numel())], dtype=torch.float32)
            parameter.grad = (2 * flat + wave).reshape(parameter.shape)
        optimiser.step()
        trace.append([v for parameter in parameters for v in parameter.detach().reshape(-1).tolist()])
    out["cases"][name] = {
        "learningRate": options["lr"],
        "beta1": options["betas"][0],
        "beta2": options["betas"][1],
        "epsilon": options["eps"],
        "amsgrad": options.get("amsgrad", False),
        "weightDecay": options.get("weight_decay", 0),
        "trace": trace,
    }
print(json.dumps(out))
