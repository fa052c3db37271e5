"""Whether what a run has left is what its undisturbed twin has."""
import json
import re

import h5py

import comparing

NOT_COMPARED = {"events.jsonl", "status.yaml", ".lock"}


def status_of(run):
    """`done`, `diverged`, …; nothing where there is no status yet."""
    path = run / "status.yaml"
    found = re.match(r"status: (.*)", path.read_text(errors="replace")) if path.exists() else None
    return found[1].strip() if found else ""


def step_of(run):
    """The step at which the run has ended, as its status has it."""
    return int(re.search(r"^step: (\d+)", (run / "status.yaml").read_text(), re.MULTILINE)[1])


def run_below(root):
    """The directory of the one run below a folder, or None before it has its experiment."""
    found = sorted(root.rglob("experiment.yaml"))
    return found[0].parent if found else None


def numbers_of(run):
    """Every result in the log and in the checkpoints."""
    found = {}
    for file in sorted(run.rglob("*.h5")):
        if ".damaged-" not in file.name:
            found.update(comparing.datasets_of(file, str(file.relative_to(run))))
    return {path: array for path, array in found.items() if comparing.is_result(path)}


def plugins_of(run):
    """{(kind, name)} of the plugins that the run's log names."""
    with h5py.File(run / "log.h5", "r") as log:
        return {(row["kind"].decode(), row["name"].decode()) for row in log["experiment/plugins"][()]}


def of_a_step(path):
    return path.startswith("checkpoints/step_")


def difference(twin, run):
    """The first differences in words; nothing where all is alike. Which checkpoints of steps are kept may differ, for an
    interruption adds one: those that both have are compared."""
    expected, found = numbers_of(twin), numbers_of(run)
    files = {path.split(":")[0] for path in expected} & {path.split(":")[0] for path in found}
    expected, found = ({path: array for path, array in numbers.items() if not of_a_step(path) or path.split(":")[0] in files}
                       for numbers in (expected, found))
    lines = [f"{path}: {what}" for path, what in comparing.differences(expected, found)]
    lines += other_files(twin, run)
    if status_of(twin) != status_of(run):
        lines.append(f"status.yaml: {status_of(twin)!r} in the twin, {status_of(run)!r} after the interruptions")
    text = lambda folder: re.sub(r"# crc32c .*", "", (folder / "experiment.yaml").read_text())
    if text(twin) != text(run):
        lines.append("experiment.yaml differs")
    return "\n".join(lines[:8]).replace("in the base", "in the twin").replace("in the tree", "after the interruptions") \
        .replace(": base ", ": twin ").replace(", tree ", ", interrupted ")


def other_files(twin, run):
    """Files that only one of two runs has: an interruption leaves no rubbish."""
    names = lambda folder: {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()
                            and not of_a_step(str(path.relative_to(folder))) and ".damaged-" not in path.name
                            and path.name not in NOT_COMPARED}
    a, b = names(twin), names(run)
    return [*(f"{name}: only in the twin" for name in sorted(a - b)),
            *(f"{name}: only after the interruptions" for name in sorted(b - a))]


def newest_checkpoint(run):
    """The step of the newest checkpoint that has its name; 0: none."""
    steps = [int(path.stem[5:]) for path in (run / "checkpoints").glob("step_*.h5") if path.stem[5:].isdigit()]
    return max(steps, default=0)


def resumed_at(run):
    """The step at which the run was last gone on with, and how often that was."""
    path, steps = run / "events.jsonl", []
    for line in path.read_bytes().decode(errors="replace").splitlines() if path.exists() else []:
        if '"kind": "resume"' in line and line.endswith("}"):
            steps.append(json.loads(line[line.index('{"time"'):])["step"])
    return (steps[-1] if steps else 0), len(steps)
