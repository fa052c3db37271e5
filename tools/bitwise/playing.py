"""Plays entries with a program, and keeps what the base gave."""
import concurrent.futures
import hashlib
import json
import os
import pathlib
import shlex
import shutil
import subprocess

import h5py

import comparing
from builds import Failed, own_plugins_only

SECONDS = 600  # after which a command counts as hanging


class Played:
    """What one program made of an entry: its files in `folder`, and how each command ended."""

    def __init__(self, folder):
        self.folder = folder
        self.commands = json.loads((folder / "played.json").read_text())

    def failure(self):
        """The command that failed, and its message; None: all went well."""
        last = self.commands[-1]
        return None if last["code"] == 0 else f"`descent {last['command']}` ended with {last['code']}: {last['message']}"

    def plugins(self):
        """{(kind, name)} of the plugins that the run's log names."""
        with h5py.File(run_folder(self.folder) / "log.h5", "r") as log:
            return {(row["kind"].decode(), row["name"].decode()) for row in log["experiment/plugins"][()]}

    def results(self):
        """{"FILE:/DATASET": array} of all that the run and its commands left."""
        found = {}
        run = run_folder(self.folder)
        files = [(file, str(file.relative_to(run))) for file in sorted(run.rglob("*.h5"))]
        files += [(file, file.name) for file in sorted(self.folder.glob("*.h5"))]
        for file, name in files:
            found.update(comparing.datasets_of(file, name))
        for file in sorted(self.folder.glob("*.json")):
            if file.name != "played.json":
                found.update(comparing.numbers_of(file.read_text(), file.name))
        return {path: array for path, array in found.items() if comparing.is_result(path)}


def run_folder(folder):
    """The directory of the one run that was played here."""
    logs = list((folder / "runs").rglob("log.h5"))
    if len(logs) != 1:
        raise Failed(f"{folder / 'runs'} holds {len(logs)} logs, not the one of a run")
    return logs[0].parent


def play(program, side, folder, data):
    """Plays a side into a new folder. The first command that fails is the last one."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "experiment.yaml").write_text(side.text())
    commands = []
    for place, command in enumerate(["run experiment.yaml --quiet --runs runs", *side.then]):
        words = shlex.split(command)
        if "RUN" in words:
            run = str(run_folder(folder).relative_to(folder))
            words = [run if word == "RUN" else word for word in words]
        ended = start(program, words, folder, data)
        commands.append({"command": command, "code": ended.returncode, "message": ended.stderr.strip()})
        if ended.returncode != 0:
            break
        if "--json" in words:
            (folder / f"{place}_{words[0]}.json").write_text(ended.stdout)
    (folder / "played.json").write_text(json.dumps(commands, indent=1))
    return Played(folder)


def start(program, words, folder, data):
    environment = {**own_plugins_only(folder), "BITS_DATA": str(data)}
    try:
        return subprocess.run([str(program), *words], cwd=folder, env=environment, capture_output=True, text=True,
                              errors="replace", stdin=subprocess.DEVNULL, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        return subprocess.CompletedProcess(words, -1, "", f"had not ended after {SECONDS} s")


def key_of(build, side, data_digest):
    """A name for what decides about a kept result: the build, the entry's text and the data."""
    text = json.dumps([str(build), side.text(), side.then, data_digest])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def play_kept(program, side, root, data, data_digest, again):
    """As play(), once: afterwards what is kept is handed out, unless `again`. Returns (Played, was it kept)."""
    folder = root / f"{side.experiment['name']}-{key_of(program, side, data_digest)}"
    if (folder / "played.json").exists() and not again:
        return Played(folder), True
    part = folder.with_name(folder.name + ".part")
    play(program, side, part, data)
    shutil.rmtree(folder, ignore_errors=True)
    part.rename(folder)
    return Played(folder), False


def at_once(jobs, calls):
    """The results of some calls, `jobs` of them at a time, in their order."""
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        futures = [pool.submit(*call) for call in calls]
        return [future.result() for future in futures]


def write_whole(path, content):
    part = pathlib.Path(f"{path}.{os.getpid()}.part")
    part.write_bytes(content)
    part.rename(path)
