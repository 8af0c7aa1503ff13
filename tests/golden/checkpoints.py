#!/usr/bin/env python3
"""Writes samples/checkpoints: small checkpoints of PyTorch, and the key and values of each tensor that rebin should show.

Needs torch. Keys of optimizer states have the name of the parameter if the file determines it.
"""
import json
import pathlib
import shutil
import warnings

import torch
from torch import nn

warnings.simplefilter("ignore")
FOLDER = pathlib.Path(__file__).parents[1] / "samples/checkpoints"
shutil.rmtree(FOLDER, ignore_errors=True)
FOLDER.mkdir()
expected = []


def model():
    return nn.Sequential(nn.Linear(3, 4), nn.BatchNorm1d(4, affine=False), nn.Linear(4, 2))


def trained(net, make, groups=None):
    optimizer = make(groups or net.parameters())
    net(torch.randn(5, 3)).square().mean().backward()
    optimizer.step()
    return optimizer.state_dict()


def tensors(value, path=()):
    if isinstance(value, torch.Tensor):
        yield path, value
    elif isinstance(value, (dict, list, tuple)):
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from tensors(item, (*path, str(key)))


def add(file, content, names=None, **options):
    """Save a file. `names` are the names of the parameters of the optimizer, in the order of their numbers."""
    torch.save(content, FOLDER / file, **options)
    for path, tensor in tensors(content):
        if names and path[:2] == ("optimizer", "state"):
            path = (*path[:2], names[int(path[2])], *path[3:])
        expect(file, ".".join(path), tensor)


def expect(file, key, tensor):
    expected.append({"file": file, "key": key, "values": tensor.detach().double().flatten().tolist()})


torch.manual_seed(5)
adam, sgd = torch.optim.AdamW, lambda parameters: torch.optim.SGD(parameters, lr=0.1, momentum=0.9)
net = model()
names = [name for name, _ in net.named_parameters()]

# One group, in the order of the model, and all parameters have different shapes.
state = trained(net, adam)
add("order.pt", {"model": net.state_dict(), "optimizer": state}, names)
add("optimizer_first.pt", {"optimizer": state, "model": net.state_dict()}, names)
add("momentum.pt", {"optimizer": trained(net, sgd), "model": net.state_dict()}, names)
# Copies of the model have the same names.
add("average.pt", {"model": net.state_dict(), "ema": net.state_dict(), "optimizer": state}, names)
# The file has the names.
groups = [{"params": list(net.named_parameters())[::2]}, {"params": list(net.named_parameters())[1::2]}]
add("param_names.pt", {"optimizer": trained(net, adam, groups)}, names[::2] + names[1::2])
# Not certain: equal shapes, other orders, other shapes, other names, no model, and states without the shape of the parameter.
equal = nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 3))
swapped = [*equal[1].parameters(), *equal[0].parameters()]
add("equal_shapes.pt", {"model": equal.state_dict(), "optimizer": trained(equal, adam, swapped)})
groups = [{"params": list(net.parameters())[::2]}, {"params": list(net.parameters())[1::2]}]
add("groups.pt", {"model": net.state_dict(), "optimizer": trained(net, adam, groups)})
add("backward.pt", {"model": net.state_dict(), "optimizer": trained(net, adam, list(net.parameters())[::-1])})
add("frozen_part.pt", {"model": net.state_dict(), "optimizer": trained(net, adam, list(net.parameters())[2:])})
other = {f"other.{key}": tensor for key, tensor in net.state_dict().items()}
add("two_models.pt", {"a": net.state_dict(), "b": other, "optimizer": state})
add("alone.pt", {"optimizer": state})
add("factored.pt", {"model": net.state_dict(), "optimizer": trained(net, torch.optim.Adafactor)})

add("legacy_protocol_4.pth", {"model": net.state_dict()}, _use_new_zipfile_serialization=False, pickle_protocol=4)
linear = nn.Linear(2, 3).eval()
torch.jit.freeze(torch.jit.script(linear)).save(FOLDER / "frozen_script.pt")
expect("frozen_script.pt", "constants.0", linear.weight)
expect("frozen_script.pt", "constants.1", linear.bias)
jagged = torch.nested.nested_tensor([torch.randn(2, 3), torch.randn(4, 3)], layout=torch.jagged)
torch.save({"rows": jagged}, FOLDER / "jagged.pt")
expect("jagged.pt", "rows._values", jagged.values())
expect("jagged.pt", "rows._offsets", jagged.offsets())

(FOLDER / "expected.json").write_text("[\n" + ",\n".join(map(json.dumps, expected)) + "\n]\n")
