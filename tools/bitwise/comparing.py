"""Compares the numbers of two HDF5 files: dataset by dataset, type, shape and bytes."""
import fnmatch
import json
import re

import h5py
import numpy

# What says when and with which libraries a run was played, and what was asked of it: no results.
NOT_RESULTS = ["log.h5:/metrics/*/wall_time", "log.h5:/experiment/*", "checkpoints/*.h5:/record/experiment_hash",
               "checkpoints/*.h5:/record/plugins/*", "checkpoints/*.h5:/record/training_seconds"]


def is_result(path):
    return not any(fnmatch.fnmatchcase(path, pattern) for pattern in NOT_RESULTS)


def datasets_of(file, name):
    """{"NAME:/PATH": array} of every dataset of an HDF5 file, whatever links lead to it."""
    found = {}

    def visit(group):
        for key in group:
            item = group[key]
            if isinstance(item, h5py.Group):
                visit(item)
            elif isinstance(item, h5py.Dataset):
                found[f"{name}:{item.name}"] = item[()]

    with h5py.File(file, "r") as opened:
        visit(opened)
    return found


def numbers_of(text, name):
    """{"NAME:/0/value": array} of what a command printed with --json: an entry for each value."""
    found = {}

    def visit(value, path):
        if isinstance(value, dict):
            for key, inner in value.items():
                visit(inner, f"{path}/{key}")
        elif isinstance(value, list):
            for index, inner in enumerate(value):
                visit(inner, f"{path}/{index}")
        else:
            found[f"{name}:{path}"] = numpy.array(value, None if isinstance(value, (int, float)) else object)

    visit(json.loads(text), "")
    return found


def renamed(path, renames):
    """The path under which the tree has what the base has under this one: each * keeps what it stands for."""
    for old, new in renames:
        match = re.fullmatch("(.*)".join(map(re.escape, old.split("*"))), path)
        if match:
            kept = iter(match.groups())
            path = "".join(next(kept) if piece == "*" else piece for piece in re.split(r"(\*)", new))
    return path


# The end of what is said of a difference in shape alone.
OF_THE_SAME_NUMBERS = ", the same numbers"


def differences(base, tree):
    """Yields (path, what differs) for two maps of arrays, in the order of the paths, the log's first."""
    for path in sorted(base.keys() | tree.keys(), key=lambda path: (not path.startswith("log.h5:"), path)):
        if path not in tree:
            yield path, "only in the base"
        elif path not in base:
            yield path, "only in the tree"
        elif what := difference(numpy.asarray(base[path]), numpy.asarray(tree[path])):
            yield path, what


def difference(base, tree):
    """What differs between two arrays in words; None: the same type, shape and bytes."""
    if base.dtype != tree.dtype:
        return f"type {base.dtype} in the base, {tree.dtype} in the tree"
    if base.shape != tree.shape:
        words = f"shape {base.shape} in the base, {tree.shape} in the tree"
        return words + OF_THE_SAME_NUMBERS if base.tobytes() == tree.tobytes() else words
    if base.dtype.hasobject:
        unequal = numpy.array([a != b for a, b in zip(base.ravel(), tree.ravel())], bool)
    else:
        unequal = (raw_rows(base) != raw_rows(tree)).any(axis=1)
    if not unequal.any():
        return None
    first = int(numpy.flatnonzero(unequal)[0])
    index = ", ".join(str(int(i)) for i in numpy.unravel_index(first, base.shape))
    words = f"{base.dtype} {base.shape}: {int(unequal.sum())} of {base.size} differ, the first at [{index}]: "
    words += f"base {shown(base.ravel()[first])}, tree {shown(tree.ravel()[first])}"
    if base.dtype.kind == "f" and not (numpy.isnan(base) | numpy.isnan(tree))[unequal.reshape(base.shape)].any():
        words += f"; at most {most_ulps(base.ravel()[unequal], tree.ravel()[unequal])} ulp"
    return words


def raw_rows(array):
    """The bytes of an array, (elements, bytes of one)."""
    return numpy.frombuffer(array.tobytes(), numpy.uint8).reshape(array.size, array.dtype.itemsize)


def shown(number):
    if isinstance(number, numpy.floating):
        return numpy.format_float_scientific(number, unique=True)
    return repr(number.item() if hasattr(number, "item") else number)


def most_ulps(base, tree):
    """The greatest distance between two arrays of floats, counted in representable numbers between them."""
    a, b = places(base), places(tree)
    # Modulo 2^64, in which the distance of any two places has room.
    return int((numpy.maximum(a, b).astype(numpy.uint64) - numpy.minimum(a, b).astype(numpy.uint64)).max())


def places(floats):
    """The place of each float among all floats of its type; +0 and -0 are at 0 both."""
    kind = {2: numpy.int16, 4: numpy.int32, 8: numpy.int64}[floats.dtype.itemsize]
    bits = numpy.ascontiguousarray(floats).view(kind).astype(numpy.int64)
    return numpy.where(bits >= 0, bits, numpy.int64(numpy.iinfo(kind).min) - bits)
