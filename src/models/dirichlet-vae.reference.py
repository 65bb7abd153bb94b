"""The Dirichlet VAE in PyTorch, double precision: encoder, heads, divergence from the prior, decoder, likelihood, gradients; and the
published widths with weights from whole-number formulas.

    /usr/bin/python3 dirichlet-vae.reference.py > dirichlet-vae.reference.json
"""
import json

import numpy as np
import torch
import torch.nn.functional as F

torch.set_default_dtype(torch.float64)
ALPHA = torch.tensor([1.0, 0.25, 0.1])
ROWS, PIXELS, HIDDEN = 2, 72 * 58, 512


def drawn(name, shape, scale, offset=0.0):
    """Whole-number formula of the name and the place, rounded to float32, as the network has it."""
    key = 7
    for letter in name:
        key = (key * 31 + ord(letter)) % 9973
    k = np.arange(int(np.prod(shape)))
    values = ((k * 7919 + (key + 1) * 104729) % 10007 / 5003.5 - 1) * scale + offset
    return torch.tensor(values.astype(np.float32).astype(np.float64).reshape(shape), requires_grad=True)


i, r, c = np.meshgrid(np.arange(ROWS), np.arange(72), np.arange(58), indexing="ij")
x = torch.tensor(((r * r * 3 + r * c * 7 + c * 11 + i * 29) % 47 == 0).astype(np.float64)).reshape(ROWS, PIXELS)

w = {
    "encoder/dense_1/kernel": (PIXELS, HIDDEN),
    "encoder/dense_1/bias": (HIDDEN,),
    "encoder/batch_norm_1/gamma": (HIDDEN,),
    "mean/dense_1/kernel": (HIDDEN, 3),
    "mean/dense_1/bias": (3,),
    "logVariance/dense_1/kernel": (HIDDEN, 3),
    "logVariance/dense_1/bias": (3,),
    "decoder/dense_1/kernel": (3, PIXELS),
}
w = {name: drawn(name, shape, np.sqrt(3 / shape[0]) if len(shape) == 2 else 0.1) for name, shape in w.items()}
moving_mean = drawn("encoder/batch_norm_1/moving_mean", (HIDDEN,), 0.1).detach()
moving_variance = drawn("encoder/batch_norm_1/moving_variance", (HIDDEN,), 0.1).detach().abs()

# keras: scale, no shift, eps 1e-3, moving statistics
hidden = F.selu(x @ w["encoder/dense_1/kernel"] + w["encoder/dense_1/bias"])
hidden = (hidden - moving_mean) / torch.sqrt(moving_variance + 1e-3) * w["encoder/batch_norm_1/gamma"]
mu = hidden @ w["mean/dense_1/kernel"] + w["mean/dense_1/bias"]
log_variance = torch.clamp(hidden @ w["logVariance/dense_1/kernel"] + w["logVariance/dense_1/bias"], -20, 2)
m = torch.log(ALPHA) - torch.log(ALPHA).mean()
v = (1 / ALPHA) * (1 - 2 / 3) + (1 / ALPHA).sum() / 9
kl = torch.distributions.kl_divergence(
    torch.distributions.Normal(mu, torch.exp(log_variance / 2)), torch.distributions.Normal(m, torch.sqrt(v))
).sum(-1)
logs = torch.log_softmax(torch.softmax(mu, -1) @ w["decoder/dense_1/kernel"], -1)
nll = -(x * logs).sum(-1)
loss = nll.mean() + 0.1 * kl.mean()
loss.backward()
flat = lambda t: t.detach().reshape(-1).tolist()
print(
    json.dumps(
        {
            "torch": torch.__version__,
            "prior": {"mean": flat(m), "variance": flat(v)},
            "latentMean": flat(mu),
            "latentLogVar": flat(log_variance),
            "topics": flat(torch.softmax(mu, -1)),
            "priorKl": flat(kl),
            "nll": flat(nll),
            "logShares": flat(logs)[::101],
            "loss": loss.item(),
            "gradients": {name: weight.grad.norm().item() for name, weight in w.items()},
        }
    )
)
