"""What happens to a run, and what may be seen of it at once."""
import os
import pathlib
import shutil
import signal
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tests" / "crash"))

import crash_images

FAULTS = ["eio", "eio_forever", "enospc", "enospc_forever", "sync_fails", "read_eio", "short_write"]
KILLS = ["kill", "kill_at_page"]
SIGNALS = ["SIGKILL", "SIGTERM", "SIGHUP", "SIGINT", "SIGUSR1 and SIGKILL", "SIGTERM and SIGKILL"]
KINDS = [*FAULTS, *KILLS, *KILLS, *SIGNALS, "SIGKILL", "SIGKILL", "power cut", "power cut", "power cut", "pause"]


class Interruption:
    """One of KINDS, drawn: `share` of the run's time, calls or record is when it happens."""

    def __init__(self, chance):
        self.kind = chance.choice(KINDS)
        self.share, self.seed = chance.random(), chance.randrange(1 << 60)
        self.calls = chance.choice(["", "", "names", "writes"])
        self.gap = chance.uniform(0, 0.05)  # seconds between two signals
        self.done = ""  # in words

    def strike(self, program, words, root, usual):
        """Interrupts a command, of which `usual` says how long and how many calls it takes undisturbed. Returns its end and, after
        a power cut, the step of the newest checkpoint that was on the disk."""
        if self.kind == "power cut":
            return self.cut_power(program, words, root)
        if self.kind == "pause" and words[0] != "resume":
            self.kind = "SIGKILL"  # `descent run` has no pause
        if self.kind == "pause":
            step = 1 + int(self.share * usual.steps)
            self.done = f"--until {step}"
            return program.start([*words, "--until", str(step)]), None
        if self.kind in SIGNALS:
            begun = (0.02 + self.share) * usual.seconds
            numbers = [getattr(signal, name) for name in self.kind.split(" and ")]
            return self.signals(program, words, [(begun + i * self.gap, n) for i, n in enumerate(numbers)], self.kind), None
        calls = self.calls if self.kind not in ("kill_at_page", "read_eio", "sync_fails") else ""
        counted = {"kill_at_page": 0.05, "sync_fails": 0.05}.get(self.kind, {"names": 0.1, "writes": 0.5}.get(calls, 1.0))
        at = 1 + int(self.share * usual.calls * counted)  # roughly the share of all calls that count
        ended = program.with_fault(words, root, self.kind, at, calls)
        self.done = f"{self.kind} at call {at}{f' of the {calls}' if calls else ''}: {ended.met or 'not met'}"
        return ended, None

    def signals(self, program, words, signals, kind):
        self.done = f"{kind} after {' and '.join(f'{seconds:.3f}' for seconds, _ in signals)} s"
        return program.start(words, signals=signals)

    def cut_power(self, program, words, root):
        """Lets the command end, and puts in its place what a power cut at some moment of it may have left."""
        chance = crash_images.random.Random(self.seed)
        disk_before = load(root)
        ended, trace = program.recorded(words, root)
        if not trace:
            self.done = "power cut: nothing was written"
            return ended, None
        offsets = number_of_records(root, trace, disk_before)
        moment = int(self.share * offsets)
        disk = disk_of(root, trace, load_state=disk_before)
        for _ in range(moment + 1):
            disk.step()
        image = root.with_name("image")
        shutil.rmtree(image, ignore_errors=True)
        disk.after_power_cut(disk.folders[str(root)], image, chance)
        shutil.rmtree(root)
        image.rename(root)
        self.done = f"power cut after record {moment} of {offsets}"
        ended.code, ended.errors = -signal.SIGKILL, ""
        return ended, durable_step(disk, root)


def load(root):
    """(folders, files) as they are on the disk: {path: {name: path or inode}}, {inode: bytes}."""
    folders, files = {}, {}
    for folder, below, names in os.walk(root):
        path = pathlib.Path(folder)
        numbers = {name: (path / name).stat().st_ino for name in names}
        folders[folder] = {**{name: str(path / name) for name in below}, **numbers}
        files.update({numbers[name]: (path / name).read_bytes() for name in names})
    return folders, files


def disk_of(root, trace, load_state):
    """A simulated disk that has all of `load_state` durably, and is to play `trace`."""
    disk = crash_images.Disk(str(root), trace)
    folders, files = load_state
    for number, content in files.items():
        inode = disk.inodes[number] = crash_images.Inode()
        inode.durable, inode.current = content, bytearray(content)
    for path in folders:
        disk.folders.setdefault(path, crash_images.Folder())
    for path, entries in folders.items():
        disk.folders[path].durable = {name: disk.folders[entry] if isinstance(entry, str) else disk.inodes[entry]
                                      for name, entry in entries.items()}
        disk.folders[path].current = dict(disk.folders[path].durable)
    return disk


def number_of_records(root, trace, state):
    disk, count = disk_of(root, trace, state), 0
    while not disk.ended():
        disk.step()
        count += 1
    return count


def durable_step(disk, root):
    """The newest checkpoint that the power cut has left whatever else it took; 0: none."""
    steps = [0]
    for path in disk.folders:
        if path.endswith("/checkpoints") and disk.durable(path) is disk.folders[path]:
            steps.append(crash_images.durable_step(disk, pathlib.Path(path).parent))
    return max(steps)
