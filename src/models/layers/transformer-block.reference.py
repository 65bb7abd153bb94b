"""Writes transformer-block.reference.json: PyTorch's TransformerEncoderLayer in double precision, both orders of the norms.

Run: python3 src/models/layers/transformer-block.reference.py (PyTorch 1.13). Weights are stored as our layer holds them: kernels [in, out].
The gradient is that of the sum over existing objects of output times `dy`.
"""

import json
import os

import torch

torch.manual_seed(2)
n, t, d, f, heads = 2, 5, 6, 7, 2
mask = torch.tensor([[1, 1, 0, 1, 0], [1, 0, 0, 0, 0]], dtype=torch.float64)
cases = []


def pack(v):
    return {"shape": list(v.shape), "values": [float(f"{x:.9g}") for x in v.detach().reshape(-1).tolist()]}


for norm, activation in (("post", "relu"), ("pre", "gelu")):
    layer = torch.nn.TransformerEncoderLayer(
        d, heads, f, 0.0, activation, 1e-5, batch_first=True, norm_first=norm == "pre", dtype=torch.float64
    )
    for p in layer.parameters():
        torch.nn.init.normal_(p, 0, 0.5)
    x = torch.randn(n, t, d, dtype=torch.float64, requires_grad=True)
    dy = torch.randn(n, t, d, dtype=torch.float64)
    y = layer(x, src_key_padding_mask=mask == 0) * mask[:, :, None]
    a = layer.self_attn
    weights = [
        a.in_proj_weight, a.in_proj_bias, a.out_proj.weight, a.out_proj.bias,
        layer.linear1.weight, layer.linear1.bias, layer.linear2.weight, layer.linear2.bias,
        layer.norm1.weight, layer.norm1.bias, layer.norm2.weight, layer.norm2.bias,
    ]  # fmt: skip
    gradients = torch.autograd.grad((y * dy).sum(), [x, *weights])
    turned = lambda w: w.T if w.dim() == 2 else w
    cases.append(
        {
            "norm": norm,
            "activation": activation,
            "x": pack(x),
            "mask": pack(mask),
            "dy": pack(dy),
            "weights": [pack(turned(w)) for w in weights],
            "y": pack(y),
            "dx": pack(gradients[0]),
            "gradients": [pack(turned(g)) for g in gradients[1:]],
        }
    )

with open(os.path.splitext(os.path.abspath(__file__))[0] + ".json", "w") as out:
    json.dump(cases, out, separators=(",", ":"))
    out.write("\n")
