#!/usr/bin/env python3
"""Reads the runs of Descent: finished, going on, or left by a killed process. Needs h5py and pandas.

>>> run = Run("runs/gan_ring/seed=1")
>>> run.metrics("train").plot(y="loss/generator.total")
>>> steps, weights = run.tensor("generator.0.weight/value")    # weights: (snapshots, 128, 2)
>>> runs("runs/gan_ring")                                       # one line for each run

What is read is compared with its checksums, and damage raises DamagedLog; `check=False` leaves that out. Nothing is ever
changed. As a script, `descent_log.py RUN` prints a summary.
"""
import contextlib
import decimal
import fcntl
import functools
import io
import pathlib
import re
import signal
import struct
import sys

import h5py
import numpy
import pandas


SCHEMA_VERSION = 1


class DamagedLog(Exception):
    """The log does not say what was written; `descent verify` tells where, and with --repair saves what is left."""


class NewerLog(Exception):
    """The log was written by a newer Descent than this file reads."""


class Run:
    """One run, by its directory or its log.h5."""

    def __init__(self, path, check=True):
        path = pathlib.Path(path)
        self.file = path / "log.h5" if path.is_dir() else path
        self.directory = self.file.parent
        self.check = check

    def sets(self):
        """The metric sets: `["train", "validation.mode_coverage"]`."""
        with self._open() as log:
            return _names(log["metrics"])

    def metrics(self, name="train"):
        """A metric set as a DataFrame, indexed by step: `wall_time` in seconds, and the metrics by their names."""
        with self._open() as log:
            group = _find(log, f"metrics/{name}")
            length = len(group["step"])  # the commit mark: looked at before anything else
            columns = {column: group[column][:length] for column in _names(group)}
            labels = {column: _text(group[column].attrs.get("name", column)) for column in columns}
            summed = _text(group["row_checksum"].attrs["columns"])
        checksums, times = columns.pop("row_checksum"), columns["wall_time"]
        if self.check:
            _compare(f"metrics/{name}", [columns[column] for column in summed], checksums)
            bits = times.astype("<f8").view("<u8")
            rest = bits & numpy.uint64(0xFFFFFFFFFFFF0000)
            check = crc32c(rest.view(numpy.uint8).reshape(-1, 8)) & 0xFFFF
            if (bits - rest != check).any() or not (times[1:] >= times[:-1]).all():
                raise DamagedLog(f"metrics/{name}: the wall time is damaged")
        return pandas.DataFrame(columns).set_index("step").rename(columns=labels)

    def tensors(self):
        """The paths of tensors and histograms: `["generator.0.weight/value", ...]`."""
        with self._open() as log:
            return _series(log, "tensors")

    def tensor(self, path):
        """`(steps, values)`: the k steps of its snapshots, and an array (k, d0, d1, ...)."""
        return self._snapshots(f"tensors/{path}")[:2]

    def histogram(self, path):
        """`(steps, counts, limits)`: counts (k, bins), in equally wide bins between limits (k, 2)."""
        return self._snapshots(f"tensors/{path}")

    def samples(self, path=None):
        """`(steps, values)` as for a tensor; without a path, the paths that there are."""
        if path is not None:
            return self._snapshots(f"samples/{path}")
        with self._open() as log:
            return _series(log, "samples")

    @property
    def experiment(self):
        """The resolved experiment: a dict, or its text where there is no python3-yaml."""
        with self._open() as log:
            stored = log["experiment/yaml"]
            text, width, checksum = stored[()], stored.dtype.itemsize, stored.attrs["crc32c"]
        if self.check:
            _compare("experiment/yaml", [numpy.frombuffer(text.ljust(width, b"\0"), numpy.uint8)[None]], [checksum])
        try:
            import yaml
        except ImportError:
            return text.decode()
        return yaml.safe_load(text)

    @property
    def status(self):
        """`running`, `done`, `stopped`, `diverged`, `failed`, `timeout`; `killed`: running, but no process has it."""
        status = self.attributes["status"]
        return "killed" if status == "running" and not _is_held(self.directory) else status

    @property
    def attributes(self):
        """Where the run comes from: run_id, git commit, host, compiler, ..."""
        with self._open() as log:
            names = []
            h5py.h5a.iterate(log.id, lambda name, *_: names.append(name.decode()), order=h5py.h5.ITER_NATIVE)
            return {name: _text(log.attrs[name]) for name in sorted(names)}

    def __str__(self):
        lines = [f"{self.directory}: {self.status}"]
        for name in self.sets():
            table = self.metrics(name)
            lines.append(f"metrics/{name}: {len(table)} rows")
            lines += [f"  {label:<40} {value:.6g}" for label, values in table.items() for value in values[-1:]]
        for folder, paths in (("tensors", self.tensors()), ("samples", self.samples())):
            shapes = [self._snapshots(f"{folder}/{path}")[1].shape for path in paths]
            lines += [f"{folder}/{path}: {shape[0]} snapshots of {shape[1:]}" for path, shape in zip(paths, shapes)]
        return "\n".join(lines)

    def _snapshots(self, path):
        with self._open() as log:
            steps = _find(log, f"{path}_step")[:]  # the commit mark
            arrays = [log[name][:len(steps)] for name in (path, f"{path}_limits") if name in log]
            checksums = log[f"{path}_row_checksum"][:len(steps)]
        if self.check:
            _compare(path, [steps, *arrays], checksums)
        return (steps, *arrays)

    @contextlib.contextmanager
    def _open(self):
        with open(self.file, "rb") as stream, contextlib.ExitStack() as stack:
            try:
                head = stream.read(48)
                if head[:8] != b"\x89HDF\r\n\x1a\n" or len(head) < 48:
                    raise ValueError("no HDF5 file")
                is_open = head[8] >= 3 and head[11] != 0  # its writer has not closed it
                if is_open and not _is_held(self.directory):
                    log = h5py.File(_Closed(stream, head), "r")
                else:
                    log = _open_shared(self.file, is_open)
                stack.enter_context(log)
                if (version := log.attrs["schema_version"]) > SCHEMA_VERSION:
                    raise NewerLog(f"{self.file} has the schema {version}; this reads up to {SCHEMA_VERSION}")
                yield log
            except _NoSuchName as error:
                raise KeyError(f"{self.file} has no {error}") from None
            except (OSError, RuntimeError, KeyError, ValueError, TypeError) as error:
                raise DamagedLog(f"{self.file} is damaged: {error}") from error


def runs(directory="runs", check=True):
    """Every run below a directory as a line: its status, the options that differ, the last value of every metric."""
    lines, options = [], []
    for file in sorted(pathlib.Path(directory).rglob("log.h5"), key=lambda path: _natural(str(path))):
        run = Run(file, check)
        line, option = {"run": str(run.directory)}, {}
        try:
            line["status"], option = run.status, dict(_flat(run.experiment))
            for name in run.sets():
                line |= {f"{name}/{label}": values.iloc[-1] for label, values in run.metrics(name).items() if len(values)}
        except DamagedLog:
            line["status"] = "damaged"
        except NewerLog:
            line["status"] = "newer"
        lines.append(line)
        options.append(option)
    every = pandas.DataFrame(options, dtype=object)
    told = every[[bool(option) for option in options]]
    differing = [name for name in every if len(set(map(repr, told[name]))) > 1]
    table = pandas.DataFrame(lines)
    return pandas.concat([table.iloc[:, :2], every[differing], table.iloc[:, 2:]], axis=1)


def _open_shared(file, is_live):
    try:
        return h5py.File(file, "r", swmr=is_live, locking=False)
    except OSError as error:
        if "locking flag" not in str(error):
            raise
        return h5py.File(file, "r", swmr=is_live)  # as this process has it open already


class _NoSuchName(Exception):
    pass


class _Closed(io.RawIOBase):
    """The log of a killed process as its writer would have closed it: another superblock, the rest from the file."""

    def __init__(self, stream, head):
        if struct.unpack("<I", head[44:])[0] != _lookup3(head[:44]):
            raise ValueError("its superblock is damaged")
        head = head[:11] + b"\0" + head[12:28] + struct.pack("<Q", stream.seek(0, 2)) + head[36:44]
        self.head, self.stream = head + struct.pack("<I", _lookup3(head)), stream

    def seek(self, *to):
        return self.stream.seek(*to)

    def tell(self):
        return self.stream.tell()

    def readinto(self, buffer):
        at, buffer = self.stream.tell(), memoryview(buffer).cast("B")
        own = self.head[at:at + len(buffer)]
        buffer[:] = (own + self.stream.read(len(buffer))[len(own):]).ljust(len(buffer), b"\0")
        return len(buffer)


def _lookup3(data):
    """The checksum of HDF5's superblock: Jenkins' lookup3 of 44 bytes."""
    words, mask = struct.unpack("<11I", data), 0xFFFFFFFF
    a = b = c = 0xDEADBEEF + len(data)
    turned = lambda x, by: (x << by | x >> 32 - by) & mask
    for at in (0, 3, 6):
        a, b, c = a + words[at] & mask, b + words[at + 1] & mask, c + words[at + 2] & mask
        for by in (4, 6, 8, 16, 19, 4):
            a = (a - c & mask) ^ turned(c, by)
            a, b, c = b, c + b & mask, a
    a, b = a + words[9] & mask, b + words[10] & mask
    for by in (14, 11, 25, 16, 4, 14, 24):
        a, b, c = b, (c ^ b) - turned(b, by) & mask, a
    return b


def crc32c(rows):
    """CRC-32C of each row of an array (n, bytes) of uint8. Long rows are cut into lanes that are summed side by side."""
    count, size = rows.shape
    lanes = 1 << max(size // 256, 1).bit_length() - 1
    length = -(-size // lanes)
    padded = numpy.zeros((count, lanes * length), numpy.uint8)
    padded[:, lanes * length - size:] = rows  # zeros in front change nothing of a register that begins as zero
    register = numpy.zeros(count * lanes, numpy.uint32)
    for byte in numpy.ascontiguousarray(padded.reshape(-1, length).T):
        register = _table()[(register ^ byte) & 0xFF] ^ (register >> 8)
    register = register.reshape(count, lanes)
    while register.shape[1] > 1:
        register = _apply(_zeros(length), register[:, ::2]) ^ register[:, 1::2]
        length *= 2
    return ~(register[:, 0] ^ _apply(_zeros(size), numpy.uint32([0xFFFFFFFF])))


@functools.lru_cache(None)
def _table():
    table = numpy.arange(256, dtype=numpy.uint32)
    for _ in range(8):
        table = table >> 1 ^ (table & 1) * numpy.uint32(0x82F63B78)
    return table


def _apply(operator, registers):
    """A linear map of registers, given by what it makes of each bit."""
    result = numpy.zeros_like(registers)
    for bit in range(32):
        result ^= operator[bit] * (registers >> bit & 1)
    return result


@functools.lru_cache(None)
def _zeros(count):
    """What `count` bytes of zeros do to a register."""
    bits = numpy.uint32(1) << numpy.arange(32, dtype=numpy.uint32)
    power, result = _table()[bits & 0xFF] ^ (bits >> 8), bits
    while count:
        result = _apply(power, result) if count & 1 else result
        power, count = _apply(power, power), count >> 1
    return result


def _compare(where, arrays, checksums):
    if not len(checksums):
        return
    rows = [numpy.ascontiguousarray(array).reshape(len(array), -1).view(numpy.uint8) for array in arrays]
    at_once = max(1, (1 << 26) // max(1, sum(row.shape[1] for row in rows)))
    for begin in range(0, len(checksums), at_once):
        sums = crc32c(numpy.concatenate([row[begin:begin + at_once] for row in rows], axis=1))
        wrong = numpy.flatnonzero(sums != checksums[begin:begin + at_once])
        if len(wrong):
            raise DamagedLog(f"{where}: row {begin + wrong[0]} differs from its checksum")


def _names(group):
    """In order of creation. HDF5 1.10.8 crashes when it sorts the names of a damaged group itself."""
    found = []
    group.id.links.iterate(lambda name, info: found.append((info.corder, name.decode())), info=True,
                           order=h5py.h5.ITER_NATIVE)
    return [name for _, name in sorted(found)]


def _series(group, name, path=""):
    if name not in group:
        return []
    group, found = group[name], []
    names = _names(group)
    for name in names:
        if f"{name}_row_checksum" in names:
            found.append(path + name)
        elif isinstance(group[name], h5py.Group):
            found += _series(group, name, f"{path}{name}/")
    return found


def _find(log, path):
    if path not in log:
        raise _NoSuchName(f"{path.removesuffix('_step')}")
    return log[path]


def _text(value):
    if isinstance(value, numpy.ndarray):
        return [_text(item) for item in value]
    return value.decode() if isinstance(value, bytes) else value.item() if isinstance(value, numpy.generic) else value


def _is_held(directory):
    """Whether a process has the run."""
    with contextlib.suppress(FileNotFoundError), open(directory / ".lock", "rb") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _flat(value, path=""):
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else None
    if items is None:
        return [(path, value)]
    return [leaf for key, item in items for leaf in _flat(item, f"{path}.{key}" if path else str(key))]


def _natural(text):
    """Numbers by their values: learning_rate=0.0001 before learning_rate=0.001, seed=2 before seed=10."""
    parts = re.split(r"((?:(?<=[=\[(,: ])-)?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?)", text)
    return [decimal.Decimal(part) if place % 2 else part for place, part in enumerate(parts)]


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        sys.exit("Usage: descent_log.py RUN\n\nPrints a summary of a run: its directory, or its log.h5.")
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # for `| head`
    try:
        print(Run(sys.argv[1]))
    except (DamagedLog, NewerLog, OSError) as error:
        sys.exit(f"descent_log.py: {error}")
