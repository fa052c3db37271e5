#!/usr/bin/env python3
"""Records what an optimizer written in Python does, so that its port to Descent can be compared with it.

The optimizer moves a few parameters of a small problem: a matrix, a vector, one number, and a long vector of
700 numbers, some of which never have a gradient. Its parameters, gradients and updates go to a .npz file;

    descent test-plugin ./optimizer_mine.so --replay trace.npz --tolerance 1e-6 learning_rate=1e-3

hands the same gradients to the plugin, and names the first step and element where it deviates.

OPTIMIZER is the path of a class, such as torch.optim.Adam, or FILE.py:Class. It is made as
Class(parameters, **options) and used through step() and zero_grad(), as PyTorch's are. Options are written
as in Python: lr=1e-3 betas=(0.5,0.9) nesterov=True. Names of options differ between the two sides: give each
its own (lr=1e-3 here, learning_rate=1e-3 there).

The file's arrays, for each parameter NAME: NAME/start (its value before the first step), and with the steps
as first dimension NAME/gradient (what the optimizer was given), NAME/value (after the step) and NAME/update
(value before - value after). A trace may come from elsewhere, too: --replay reads arrays of little-endian
float64, float32, int64, int32 or bool in C order (row-major; of an array from elsewhere make
numpy.ascontiguousarray(a)), written by numpy.savez or numpy.savez_compressed, less than 4 GiB in all. NAME is
any text, and NAME/update is for the reader alone.
"""

import argparse
import ast
import importlib
import importlib.util
import math
import sys
from pathlib import Path

EXAMPLES = """examples:
  record_trace.py torch.optim.Adam lr=1e-3
  record_trace.py torch.optim.SGD lr=0.01 momentum=0.9 nesterov=True -o nesterov.npz
  record_trace.py my_optimizer.py:MyOptimizer lr=1e-3 --steps 200 --compressed
"""


def leave(message):
    sys.exit(f"record_trace.py: {message}")


def find_class(path):
    """The class that a path such as torch.optim.Adam or FILE.py:Class names."""
    file, colon, name = path.rpartition(":")
    if colon:
        if not Path(file).is_file():
            leave(f"there is no file {file}")
        spec = importlib.util.spec_from_file_location(Path(file).stem, file)
        module = importlib.util.module_from_spec(spec)
        sys.path.insert(0, str(Path(file).resolve().parent))
        spec.loader.exec_module(module)
    else:
        module_name, _, name = path.rpartition(".")
        if not module_name:
            leave(f"'{path}' is neither the path of a class, such as torch.optim.Adam, nor FILE.py:Class")
        try:
            module = importlib.import_module(module_name)
        except ImportError as error:
            leave(f"cannot import {module_name}: {error}")
    if not hasattr(module, name):
        leave(f"{module.__name__} has no class {name}")
    return getattr(module, name)


def option(word):
    name, equals, text = word.partition("=")
    if not equals or not name.isidentifier():
        raise argparse.ArgumentTypeError(f"'{word}' is not of the form name=value")
    try:
        return name, ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return name, text


def parse_arguments():
    parser = argparse.ArgumentParser(
        description=__doc__, epilog=EXAMPLES, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("optimizer", metavar="OPTIMIZER", help="torch.optim.Adam, or FILE.py:Class")
    parser.add_argument("options", metavar="name=value", nargs="*", type=option,
                        help="an option of the optimizer, as often as wanted")
    parser.add_argument("-o", "--output", metavar="FILE", default="trace.npz", help="default: trace.npz")
    parser.add_argument("--steps", type=int, default=50, help="default: 50")
    parser.add_argument("--seed", type=int, default=0, help="of start and noise; default: 0")
    parser.add_argument("--dtype", choices=["float64", "float32"], default="float64", help="default: float64")
    parser.add_argument("--compressed", action="store_true", help="write the file deflated")
    arguments = parser.parse_intermixed_args()
    if arguments.steps < 1:
        parser.error("--steps must be at least 1")
    return arguments


class Problem:
    """A smooth function that is no quadratic, with noisy gradients of either sign."""

    SHAPES = {"matrix": (6, 9), "vector": (9,), "number": (1,), "long": (700,)}
    WITHOUT_GRADIENT = 10  # of the long vector

    def __init__(self, torch, dtype, seed):
        self.torch = torch
        self.generator = torch.Generator().manual_seed(seed)
        self.dtype = dtype
        self.parameters = {name: self.normal(shape).requires_grad_() for name, shape in self.SHAPES.items()}
        self.centers = {name: self.normal(shape) for name, shape in self.SHAPES.items()}

    def normal(self, shape):
        return self.torch.randn(shape, generator=self.generator, dtype=self.dtype)

    def objective(self):
        p = self.parameters
        total = 0.5 * (p["matrix"] @ p["vector"]).square().mean()
        for name, value in p.items():
            start = self.WITHOUT_GRADIENT if name == "long" else 0
            distance = (value - self.centers[name])[start:]
            noise = self.normal(self.SHAPES[name])[start:]
            total = total + distance.cosh().log().sum() + 0.3 * (noise * value[start:]).sum()
        return total


def record(problem, optimizer, steps):
    """The arrays of the trace: gradients as the optimizer finds them, values as it leaves them."""
    parts = {name: {"gradient": [], "value": [], "update": []} for name in problem.parameters}
    arrays = {f"{name}/start": p.detach().numpy().copy() for name, p in problem.parameters.items()}
    for step in range(1, steps + 1):
        before = {name: p.detach().numpy().copy() for name, p in problem.parameters.items()}
        optimizer.zero_grad()
        problem.objective().backward()
        for name, p in problem.parameters.items():
            parts[name]["gradient"].append(p.grad.detach().numpy().copy())
        try:
            optimizer.step()
        except TypeError as error:
            if "closure" in str(error):
                leave("this optimizer evaluates the objective by itself (step(closure)), which no trace holds")
            raise
        for name, p in problem.parameters.items():
            after = p.detach().numpy().copy()
            if not all(map(math.isfinite, after.ravel())):
                leave(f"'{name}' is no longer finite after step {step}; try a smaller learning rate")
            parts[name]["value"].append(after)
            parts[name]["update"].append(before[name] - after)
    for name, recorded in parts.items():
        for what, values in recorded.items():
            arrays[f"{name}/{what}"] = values
    return arrays


def main():
    arguments = parse_arguments()
    try:
        import numpy
        import torch
    except ImportError as error:
        leave(f"{error}; on Debian: apt-get install python3-torch, and run this with /usr/bin/python3")
    problem = Problem(torch, getattr(torch, arguments.dtype), arguments.seed)
    try:
        optimizer = find_class(arguments.optimizer)(list(problem.parameters.values()), **dict(arguments.options))
    except (TypeError, ValueError) as error:
        leave(f"{arguments.optimizer} does not take these options: {error}")
    arrays = record(problem, optimizer, arguments.steps)
    save = numpy.savez_compressed if arguments.compressed else numpy.savez
    with open(arguments.output, "wb") as file:
        save(file, **{name: numpy.ascontiguousarray(values) for name, values in arrays.items()})
    print(f"{arguments.output}: {arguments.steps} steps of {len(problem.parameters)} parameters")


if __name__ == "__main__":
    main()
