"""The encoder of AnomalyCLR and its three losses in PyTorch, double precision; weights and events from whole-number formulas.

    /usr/bin/python3 anomaly-clr-network.reference.py > anomaly-clr-network.reference.json

Tokens (scaled pT, eta, phi, one-hot type), embedding, PyTorch's own TransformerEncoderLayer after whose norms the sum comes, keys
of empty slots masked, sum over objects, ReLU-linear head, and the losses of Dillon et al., arXiv 2301.04660, from their formulas.
"""
import json

import numpy as np
import torch

EVENTS, PT_SCALE = 8, 30.0
TYPES = [0] + [1] * 4 + [2] * 4 + [3] * 10
SLOTS = len(TYPES)


def numbers(count, key):
    k = np.arange(count)
    return (k * 7919 + (key + 1) * 104729) % 10007 / 5003.5 - 1


def events(view):
    """[EVENTS, SLOTS, 3] in GeV and radians, as float32 holds them; a slot is empty by a rule, MET never."""
    raw = numbers(EVENTS * SLOTS * 3, 500 + view).reshape(EVENTS, SLOTS, 3)
    raw = raw * np.array([40, 2, 3]) + np.array([50, 0, 0])
    event, slot = np.meshgrid(np.arange(EVENTS), np.arange(SLOTS), indexing="ij")
    raw[(slot > 0) & ((event * 5 + slot * 3 + view) % 4 != 0)] = 0
    raw[:, 0, 1] = 0
    return torch.tensor(raw.astype(np.float32)).double()


def tokens(raw):
    exists = raw[:, :, :1] > 0
    scaled = raw / torch.tensor([PT_SCALE, 4, np.pi])
    one_hot = torch.eye(4, dtype=torch.float64)[TYPES].expand(EVENTS, SLOTS, 4)
    return torch.cat([scaled, one_hot], 2) * exists, exists.squeeze(2)


class Encoder(torch.nn.Module):
    def __init__(self, d, heads, blocks, head_layers):
        super().__init__()
        self.embedding = torch.nn.Linear(7, d)
        self.blocks = torch.nn.ModuleList(
            torch.nn.TransformerEncoderLayer(d, heads, d, dropout=0.1, activation="relu", batch_first=True)
            for _ in range(blocks)
        )
        self.head = torch.nn.ModuleList(torch.nn.Linear(d, d) for _ in range(head_layers))
        self.double().eval()

    def ordered(self):
        """Parameters in the order of our layers, each with its kind."""
        found = [(self.embedding.weight, "kernel"), (self.embedding.bias, "bias")]
        for b in self.blocks:
            a = b.self_attn
            found += [(a.in_proj_weight, "kernel"), (a.in_proj_bias, "bias"), (a.out_proj.weight, "kernel")]
            found += [(a.out_proj.bias, "bias"), (b.linear1.weight, "kernel"), (b.linear1.bias, "bias")]
            found += [(b.linear2.weight, "kernel"), (b.linear2.bias, "bias")]
            found += [(b.norm1.weight, "scale"), (b.norm1.bias, "bias"), (b.norm2.weight, "scale"), (b.norm2.bias, "bias")]
        for layer in self.head:
            found += [(layer.weight, "kernel"), (layer.bias, "bias")]
        return found

    def fill(self):
        for key, (parameter, kind) in enumerate(self.ordered()):
            values = numbers(parameter.numel(), key)
            if kind == "kernel":
                # ours are [in, out]
                out, fan_in = parameter.shape
                values = values.reshape(fan_in, out).T / np.sqrt(fan_in)
            else:
                values = 1 + 0.2 * values if kind == "scale" else 0.1 * values
            with torch.no_grad():
                parameter.copy_(torch.tensor(np.ascontiguousarray(values).astype(np.float32)).reshape(parameter.shape))

    def forward(self, raw):
        x, exists = tokens(raw)
        x = self.embedding(x)
        for block in self.blocks:
            x = block(x, src_key_padding_mask=~exists)
        found = [(x * exists.unsqueeze(2)).sum(1)]
        for layer in self.head:
            found.append(layer(torch.relu(found[-1])))
        return found


def unit(z):
    return z / z.norm(dim=1, keepdim=True)


def losses(z, physics, anomaly, tau):
    z, physics, anomaly = unit(z), unit(physics), unit(anomaly)
    n = len(z)
    both = torch.cat([z, physics])
    similarity = both @ both.T / tau
    partner = torch.arange(2 * n).roll(n)
    attraction = (z * physics).sum(1) / tau
    repulsion = (z * anomaly).sum(1) / tau
    total = {"clr": 0.0, "anom-clr": 0.0}
    for i in range(2 * n):
        others = [j for j in range(2 * n) if j not in (i, int(partner[i]))]
        log_sum = torch.logsumexp(similarity[i, others], 0)
        total["clr"] = total["clr"] + (log_sum - attraction[i % n]) / (2 * n)
        total["anom-clr"] = total["anom-clr"] + (log_sum - attraction[i % n] + repulsion[i % n]) / (2 * n)
    return {**total, "anom-clr-plus": (repulsion - attraction).mean()}


def case(d, heads, blocks, head_layers, tau):
    torch.manual_seed(1)
    encoder = Encoder(d, heads, blocks, head_layers)
    encoder.fill()
    views = [encoder(events(view)) for view in range(3)]
    found = losses(*[view[-1] for view in views], tau)
    wanted = [encoder.embedding.bias, encoder.blocks[0].self_attn.in_proj_bias, encoder.head[-1].bias]
    gradients = {
        name: [g.tolist() for g in torch.autograd.grad(loss, wanted, retain_graph=True)] for name, loss in found.items()
    }
    short = lambda values: [float(f"{v:.9g}") for v in values]
    return {
        "parameters": sum(p.numel() for p in encoder.parameters()),
        "spec": {"width": d, "heads": heads, "blocks": blocks, "headLayers": head_layers},
        "tau": tau,
        # of the first event of the first view: the sum over objects, then each layer of the head
        "representations": [short(r[0].tolist()) for r in views[0]],
        "losses": {name: loss.item() for name, loss in found.items()},
        "gradients": {name: [short(g) for g in values] for name, values in gradients.items()},
    }


cases = [case(12, 3, 2, 2, 0.1), case(136, 4, 4, 2, 0.1)]
print(json.dumps({"torch": torch.__version__, "cases": cases}, separators=(",", ":")))
