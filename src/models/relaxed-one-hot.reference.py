"""Density of relaxed one-hot numbers and the divergence from a mixture of them, by torch.distributions in double precision.

    /usr/bin/python3 relaxed-one-hot.reference.py > relaxed-one-hot.reference.json
"""
import json

import torch
from torch.distributions import RelaxedOneHotCategorical

torch.set_default_dtype(torch.float64)
DRAWS, ROWS, CELLS, CLASSES, COMPONENTS = 3, 2, 4, 6, 5
generator = torch.Generator().manual_seed(7)


def rounded(*shape):
    """Normal deviates that float32 holds exactly."""
    return torch.randn(*shape, generator=generator).float().double()


logits = rounded(ROWS, CELLS, CLASSES).requires_grad_()
temperature = (1 + rounded(ROWS, CELLS).abs()).float().double().requires_grad_()
gumbel = rounded(DRAWS, ROWS, CELLS, CLASSES)
prior_logits = rounded(COMPONENTS, CELLS, CLASSES).requires_grad_()
prior_temperatures = torch.tensor([0.125, 0.25, 0.5, 0.75, 1.0])

y = torch.log_softmax((logits + gumbel) / temperature[..., None], -1)
z = y.exp()
divergence = torch.zeros(ROWS)
for row in range(ROWS):
    for cell in range(CELLS):
        at = z[:, row, cell]
        # one by one: this version of the class takes a single temperature
        q = RelaxedOneHotCategorical(temperature[row, cell], logits=logits[row, cell]).log_prob(at)
        components = [
            RelaxedOneHotCategorical(t, logits=prior_logits[c, cell]).log_prob(at) for c, t in enumerate(prior_temperatures)
        ]
        p = torch.stack(components).logsumexp(0) - torch.log(torch.tensor(float(COMPONENTS)))
        divergence = divergence + torch.eye(ROWS)[row] * (q - p).mean()
divergence.sum().backward()
numbers = lambda t: t.detach().reshape(-1).tolist()
print(
    json.dumps(
        {
            "torch": torch.__version__,
            "sizes": {"draws": DRAWS, "rows": ROWS, "cells": CELLS, "classes": CLASSES, "components": COMPONENTS},
            "logits": numbers(logits),
            "temperature": numbers(temperature),
            "gumbel": numbers(gumbel),
            "priorLogits": numbers(prior_logits),
            "priorTemperatures": numbers(prior_temperatures),
            "y": numbers(y),
            "divergence": numbers(divergence),
            "gradients": {
                "logits": numbers(logits.grad),
                "temperature": numbers(temperature.grad),
                "priorLogits": numbers(prior_logits.grad),
            },
        }
    )
)
