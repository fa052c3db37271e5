#!/usr/bin/python3
"""What a power cut, or a kill in the middle of a write, may leave of a run, and whether `descent resume` goes on from it.

A run is recorded (record_writes.c): every write, every name, every fsync. From the record, folders are made as they
may look after the power was cut at some moment. Of a file there is at least what it held at its last fsync; of what was
written since, any of its pages of 4 KiB, each as it was at any moment since. Of a folder there are the names that it had at its
last fsync, and the first few of its changes since. A folder as a kill leaves it has everything up to a
write, and of that the first pages.

Each folder is resumed. Where a checkpoint was on the disk, with its name, the run goes on from it or from a later one;
where none was, from its beginning if there is an experiment.yaml. At its end, every array of its log and of its final
state has the bits of the recorded run. Times are left out.
"""
import argparse
import collections
import json
import os
import pathlib
import random
import shutil
import struct
import subprocess
import sys
import tempfile

import h5py
import numpy

PAGE = 4096

EXPERIMENT = """
name: crash
seed: 1
dataset: {plugin: gaussian_ring, modes: 8, radius: 1.0, stddev: 0.05, samples: 200}
model:
  plugin: gan
  latent: 2
  generator: {hidden: [8], activation: relu}
  discriminator: {hidden: [8], activation: relu}
loss: non_saturating
optimizer: {plugin: adam, learning_rate: 1.0e-3}
trainer: {batch_size: 20, steps: 120}
metrics:
  - {plugin: mode_coverage, samples: 50, every: 10}
log:
  metrics: {every: 1}
  samples: {every: 10, count: 8}
  optimizer: {every: 5}
  tensors: [{values: 'generator.*', every: 20}, {gradients: 'generator.0.*', every: 40}, {updates: '*', every: 20, histogram: true}]
checkpoint: {every: 20, keep: 2}
"""


class Inode:
    def __init__(self):
        self.durable = b""
        self.pending = []  # (offset, bytes) or a length
        self.current = bytearray()

    def write(self, offset, data):
        if len(self.current) < offset:
            self.current.extend(bytes(offset - len(self.current)))
        self.current[offset:offset + len(data)] = data
        self.pending.append((offset, data))

    def cut(self, length):
        if length < len(self.current):
            del self.current[length:]
        else:
            self.current.extend(bytes(length - len(self.current)))
        self.pending.append(length)

    def synchronize(self):
        self.durable = bytes(self.current)
        self.pending = []

    def left(self, chance):
        """What may be found of it: each page as it was after some of its writes."""
        if not self.pending or chance.random() < 0.1:
            return bytes(self.current if chance.random() < 0.5 else self.durable)
        lengths = [len(self.durable)]
        versions = collections.defaultdict(list)  # page: [its content after each write]
        now = bytearray(self.durable)
        for change in self.pending:
            if isinstance(change, int):
                if change < len(now):
                    del now[change:]
                else:
                    now.extend(bytes(change - len(now)))
                lengths.append(change)
                continue
            offset, data = change
            if len(now) < offset:
                now.extend(bytes(offset - len(now)))
            now[offset:offset + len(data)] = data
            lengths.append(len(now))
            for page in range(offset // PAGE, (offset + len(data) - 1) // PAGE + 1):
                versions[page].append(bytes(now[page * PAGE:(page + 1) * PAGE]))
        length = chance.choice([lengths[0], lengths[-1], chance.choice(lengths)])
        image = bytearray(self.durable[:length]) + bytes(max(0, length - len(self.durable)))
        often = chance.choice([0.05, 0.5, 0.95])
        for page, contents in versions.items():
            if page * PAGE >= length or chance.random() >= often:
                continue
            content = contents[-1] if chance.random() < 0.7 else chance.choice(contents)
            end = min(page * PAGE + len(content), length)
            image[page * PAGE:end] = content[:end - page * PAGE]
        return bytes(image)


class Folder:
    def __init__(self):
        self.durable = {}
        self.current = {}
        self.pending = []  # functions that change such a dictionary

    def change(self, change):
        change(self.current)
        self.pending.append(change)

    def synchronize(self):
        self.durable = dict(self.current)
        self.pending = []

    def left(self, chance):
        entries = dict(self.durable)
        first = chance.choice([0, len(self.pending), chance.randint(0, len(self.pending))])
        for change in self.pending[:first]:
            change(entries)
        return entries


class Disk:
    """Plays a record."""

    def __init__(self, root, trace):
        self.root = root
        self.folders = {root: Folder()}
        self.inodes = {}
        self.trace = trace
        self.at = 0

    def number(self):
        self.at += 8
        return struct.unpack_from("<Q", self.trace, self.at - 8)[0]

    def text(self):
        size = self.number()
        self.at += size
        return self.trace[self.at - size:self.at]

    def path(self):
        return os.path.normpath(self.text().decode())

    def ended(self):
        return self.at >= len(self.trace)

    def step(self):
        """Plays one record; returns its letter, and what it is of."""
        letter = chr(self.trace[self.at])
        self.at += 1
        getattr(self, "play_" + letter)()
        return letter

    def parent(self, path):
        return self.folders[os.path.dirname(path)]

    def play_C(self):
        path, number = self.path(), self.number()
        inode = self.inodes[number] = Inode()
        name = os.path.basename(path)
        self.parent(path).change(lambda entries: entries.__setitem__(name, inode))

    def play_W(self):
        number, offset, data = self.number(), self.number(), self.text()
        self.last = (self.inodes[number], offset, data)
        self.inodes[number].write(offset, data)

    def play_T(self):
        number, length = self.number(), self.number()
        self.inodes[number].cut(length)

    def play_S(self):
        self.inodes[self.number()].synchronize()

    def play_Y(self):
        self.folders[self.path()].synchronize()

    def play_D(self):
        path = self.path()
        folder = self.folders[path] = Folder()
        name = os.path.basename(path)
        self.parent(path).change(lambda entries: entries.__setitem__(name, folder))

    def play_X(self):
        path = self.path()
        self.parent(path).change(lambda entries: entries.pop(os.path.basename(path), None))

    def play_U(self):
        path = self.path()
        self.parent(path).change(lambda entries: entries.pop(os.path.basename(path), None))

    def play_M(self):
        source, target = self.path(), self.path()
        if os.path.dirname(source) != os.path.dirname(target):
            raise SystemExit(f"{source} is renamed into another folder; this is not modeled")
        old, new = os.path.basename(source), os.path.basename(target)

        def rename(entries):
            if old in entries:
                entries[new] = entries.pop(old)
        self.parent(source).change(rename)

    def play_L(self):
        source, target = self.path(), self.path()
        inode = self.parent(source).current[os.path.basename(source)]
        name = os.path.basename(target)
        self.parent(target).change(lambda entries: entries.__setitem__(name, inode))

    def after_power_cut(self, folder, where, chance):
        where.mkdir(exist_ok=True)
        for name, entry in folder.left(chance).items():
            if isinstance(entry, Folder):
                self.after_power_cut(entry, where / name, chance)
            else:
                (where / name).write_bytes(entry.left(chance))

    def after_kill(self, folder, where):
        where.mkdir(exist_ok=True)
        for name, entry in folder.current.items():
            if isinstance(entry, Folder):
                self.after_kill(entry, where / name)
            else:
                (where / name).write_bytes(entry.current)

    def durable(self, path):
        """The entry of this path that any power cut leaves, or nothing."""
        folder = self.folders[self.root]
        entry = None
        for name in pathlib.PurePath(path).relative_to(self.root).parts:
            if not isinstance(folder, Folder):
                return None
            entry = folder = folder.durable.get(name)
        return entry


def contents(file):
    """Every dataset of an HDF5 file, without the times."""
    found = {}
    with h5py.File(file) as h5:
        def take(name, item):
            if isinstance(item, h5py.Dataset) and not name.endswith("wall_time") and "experiment/plugins" not in name:
                found[name] = item[()]
        h5.visititems(take)
    return found


def same(left, right):
    return left.keys() == right.keys() and all(
        numpy.array_equal(left[name], right[name], equal_nan=left[name].dtype.kind == "f") for name in left)


class Judge:
    def __init__(self, descent, run):
        self.descent = descent
        self.log, self.final = contents(run / "log.h5"), contents(run / "checkpoints" / "final.h5")
        self.final = {name: value for name, value in self.final.items() if "seconds" not in name}

    def complaint(self, run, durable_step, has_experiment):
        """What is wrong with how the run in this folder goes on, or nothing."""
        if not (run / "experiment.yaml").exists():
            return "experiment.yaml was on the disk, and is gone" if has_experiment else ""
        went = subprocess.run([self.descent, "resume", str(run), "--quiet"], capture_output=True, text=True)
        if went.returncode != 0:
            return f"resume refuses ({went.returncode}): {went.stderr.strip()}"
        begun = 0
        for line in (run / "events.jsonl").read_bytes().decode(errors="replace").splitlines():
            if '"kind": "resume"' in line and line.endswith("}"):
                begun = json.loads(line[line.index('{"time"'):])["step"]
        ended = (run / "status.yaml").read_text().startswith("status: done")
        if not ended:
            return "it does not end"
        if begun < durable_step and '"resume"' in (run / "events.jsonl").read_text(errors="replace"):
            return f"it goes on from step {begun}, with a checkpoint of step {durable_step} on the disk"
        if not same(self.log, contents(run / "log.h5")):
            return "log.h5 has other numbers"
        final = {name: value for name, value in contents(run / "checkpoints" / "final.h5").items() if "seconds" not in name}
        if not same(self.final, final):
            return "the final state has other numbers"
        return ""


def durable_step(disk, run):
    """The newest step with a checkpoint that any power cut leaves."""
    folder = disk.durable(str(run / "checkpoints"))
    steps = [0]
    for name, entry in (folder.durable.items() if folder else []):
        if name.startswith("step_") and name.endswith(".h5") and entry.durable and not entry.pending:
            steps.append(int(name[5:-3]))
    return max(steps)


def record(descent, recorder, folder, experiment):
    root, trace = folder / "recorded", folder / "trace"
    root.mkdir()
    environment = dict(os.environ, LD_PRELOAD=str(recorder), DESCENT_RECORD_ROOT=str(root), DESCENT_RECORD_TRACE=str(trace))
    subprocess.run([descent, "run", str(experiment), "--runs", str(root / "runs"), "--quiet"], check=True, env=environment,
                   stdout=subprocess.DEVNULL)
    return root, trace.read_bytes()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("descent")
    parser.add_argument("recorder", help="the library of record_writes.c")
    parser.add_argument("--images", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", type=int, help="this image alone, and keep its folder")
    arguments = parser.parse_args()
    folder = pathlib.Path(tempfile.mkdtemp(prefix="descent_crash_"))
    experiment = folder / "experiment.yaml"
    experiment.write_text(EXPERIMENT)
    root, trace = record(arguments.descent, arguments.recorder, folder, experiment)
    [log] = root.glob("**/log.h5")
    run = log.parent
    judge = Judge(arguments.descent, run)

    offsets = []  # of records
    disk = Disk(str(root), trace)
    while not disk.ended():
        offsets.append(disk.at)
        disk.step()
    print(f"{len(offsets)} records, {len(trace)} bytes")

    wrong, cuts, kills, checkpointed = [], 0, 0, 0
    chance = random.Random(arguments.seed)
    chosen = sorted((chance.randrange(len(offsets)), chance.randrange(1 << 60), chance.random() < 0.8)
                    for _ in range(arguments.images))
    disk = Disk(str(root), trace)
    played = 0
    for number, (moment, seed, is_power_cut) in enumerate(chosen):
        while played <= moment:
            letter = disk.step()
            played += 1
        if arguments.only is not None and arguments.only != number:
            continue
        image = folder / f"image_{number}"
        if is_power_cut:
            disk.after_power_cut(disk.folders[str(root)], image, random.Random(seed))
            step = durable_step(disk, run)
            has_experiment = disk.durable(str(run / "experiment.yaml")) is not None
            cuts += 1
        else:
            disk.after_kill(disk.folders[str(root)], image)
            step, has_experiment = durable_step(disk, run), False
            if letter == "W":
                tear(image, disk, random.Random(seed))
            kills += 1
        checkpointed += step > 0
        there = image / run.relative_to(root)
        complaint = judge.complaint(there, step, has_experiment)
        if complaint:
            wrong.append(number)
            print(f"image {number}, {'power cut' if is_power_cut else 'kill'} after record {moment}, "
                  f"checkpoint of step {step}: {complaint}", flush=True)
        if arguments.only is None:
            shutil.rmtree(image, ignore_errors=True)
        else:
            print(f"kept: {there}")
    print(f"{cuts} power cuts and {kills} kills, {checkpointed} of them with a checkpoint on the disk: {len(wrong)} wrong")
    if arguments.only is None:
        shutil.rmtree(folder)
    return 1 if wrong else 0


def tear(image, disk, chance):
    """Takes back what the last write put after one of the page ends that it crosses."""
    inode, offset, data = disk.last
    ends = [end for end in range((offset // PAGE + 1) * PAGE, offset + len(data), PAGE)]
    if not ends:
        return
    end = chance.choice(ends)
    before = bytearray(inode.durable)
    for change in inode.pending[:-1]:
        if isinstance(change, int):
            del before[change:]
            before.extend(bytes(change - len(before)))
        else:
            if len(before) < change[0]:
                before.extend(bytes(change[0] - len(before)))
            before[change[0]:change[0] + len(change[1])] = change[1]
    before.extend(bytes(max(0, end - len(before))))
    before[offset:end] = data[:end - offset]

    def put(folder, where):
        for name, entry in folder.current.items():
            if isinstance(entry, Folder):
                put(entry, where / name)
            elif entry is inode:
                (where / name).write_bytes(before)
    put(disk.folders[disk.root], image)


if __name__ == "__main__":
    sys.exit(main())
