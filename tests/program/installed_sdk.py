#!/usr/bin/env python3
"""Does an installed copy of Descent stand on its own, and does what `descent new` writes work with it as it is?

Installs a build, moves the copy elsewhere, and makes a plugin of each kind with it, by the commands of that plugin's own
README. A program that is linked with the training library takes the steps that `descent run` takes. Meanwhile the source tree and the build folder are hidden behind empty folders, where the system permits that.
"""
import argparse
import csv
import io
import math
import os
import pathlib
import re
import shlex
import subprocess
import sys
import tempfile

KINDS = ["optimizer", "model", "layer", "loss", "dataset", "metric"]


def run(command, **options):
    """Runs a command and returns what it printed; ends the test, showing that, when the command fails."""
    finished = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                              text=True, **options)
    if finished.returncode != 0:
        sys.exit(f"{shlex.join(map(str, command))}\nfailed with code {finished.returncode}:\n{finished.stdout}")
    return finished.stdout


def is_elf(file):
    return file.read_bytes()[:4] == b"\x7fELF"


def check_libraries(prefix):
    """Programs and libraries look for each other by where they themselves are."""
    for file in filter(is_elf, (path for path in prefix.rglob("*") if path.is_file())):
        run_paths = re.findall(r"\((?:RPATH|RUNPATH)\).*\[(.*)\]", run(["readelf", "-d", file]))
        for folder in ":".join(run_paths).split(":"):
            if folder and not folder.startswith("$ORIGIN"):
                sys.exit(f"{file} looks for libraries in {folder}")


def check_texts(prefix, strangers):
    """No text names a place of the machine it was built on."""
    for file in (path for path in prefix.rglob("*") if path.is_file() and not is_elf(path) and path.suffix != ".npz"):
        for stranger in strangers:
            # A whole path, perhaps behind -I: a tree in /descent is not what lib/descent means.
            if re.search(rf"(?<![a-z0-9_.}}-]){re.escape(str(stranger))}(?![\w.-])", file.read_text()):
                sys.exit(f"{file} speaks of {stranger}")


def check_headers(prefix):
    """Every header of Descent's that an installed one includes is installed as well."""
    include = prefix / "include"
    headers = sorted(include.rglob("*.hpp"))
    for header in headers:
        for name in re.findall(r'#include ["<](descent/[^">]+)', header.read_text()):
            if not (include / name).is_file():
                sys.exit(f"{header} includes {name}, which is not installed")
    for kind in KINDS:
        if include / f"descent/plugin/{kind}.hpp" not in headers:
            sys.exit(f"the header for plugins of kind {kind} is not installed")


def install(binary, source, scratch):
    """A copy that was installed in one place and lies in another, with a space in its path."""
    first, moved = scratch / "first", scratch / "moved copy"
    run(["cmake", "--install", binary, "--prefix", first])
    run(["cp", "-a", first, moved])
    run(["rm", "-r", first])
    tests = [str(path) for path in moved.rglob("*test*") if "include" not in path.parts]
    if tests:
        sys.exit(f"tests were installed: {tests}")
    check_libraries(moved)
    check_texts(moved, [source, binary, first])
    check_headers(moved)
    check_training_library(moved)
    return moved


def check_training_library(prefix):
    """The library that programs link brings no HDF5, whatever it is linked with itself."""
    library = prefix / "lib/libdescent_train.so"
    needed = run(["readelf", "-d", library])
    if not re.search(r"\(SONAME\).*\[libdescent_train\.so\.\d+\.\d+\]", needed):
        sys.exit(f"{library} has no name with a version:\n{needed}")
    for text in needed, run(["ldd", library]):
        if "hdf5" in text or "not found" in text:
            sys.exit(f"{library} needs HDF5, or what is not there:\n{text}")


def commands_of(readme):
    return "set -e\n" + "".join(re.findall(r"```sh\n(.*?)```", readme.read_text(), re.DOTALL))


def objectives_of_steps(printed):
    """player -> its objectives, from lines such as `step 1:  generator 0.69  discriminator 1.38`."""
    objectives = {}
    for line in printed.splitlines():
        words = line.split()
        for player, number in zip(words[2::2], words[3::2]):
            objectives.setdefault(player, []).append(float(number))
    return objectives


def objectives_of_run(experiment, overrides, scratch, environment):
    """player -> its objectives, from the log of a run that logs every step; that of a single player is ''."""
    runs = scratch / f"runs_{experiment.stem}"
    run(["descent", "run", experiment, *overrides, "log.metrics.every=1", "--runs", runs, "--quiet"], env=environment)
    [directory] = [log.parent for log in runs.rglob("log.h5")]
    objectives = {}
    for row in csv.DictReader(io.StringIO(run(["descent", "export", directory, "--csv"], env=environment))):
        for column, number in row.items():
            if player := re.fullmatch(r"train/(?:(\w+)/)?objective", column):
                objectives.setdefault(player[1] or "", []).append(float(number))
    return objectives


def try_stepping(prefix, scratch, environment):
    """The example takes ten steps of experiments, with and without data, as `descent run` does: bit for bit."""
    build = scratch / "examples"
    run(["cmake", "-S", prefix / "share/descent/examples", "-B", build], env=environment)
    run(["cmake", "--build", build], env=environment)
    if "hdf5" in run(["ldd", build / "step"]):
        sys.exit("a program that is linked with Descent::train needs HDF5")
    folder = scratch / "stepping"
    folder.mkdir()
    for name in "vae_glyphs", "gan_ring", "rosenbrock":
        experiment = prefix / f"share/descent/experiments/{name}.yaml"
        overrides = ["trainer.steps=10", "metrics=null", "log.samples.every=0"]
        printed = run([build / "step", experiment, *overrides], cwd=folder, env=environment)
        print(f"{name}\n{printed}")
        stepped = objectives_of_steps(printed)
        logged = objectives_of_run(experiment, overrides, scratch, environment)
        if (stepped if len(stepped) > 1 else {"": [*stepped.values()][0]}) != logged:
            sys.exit(f"{name}: the steps differ from those of the run:\n{stepped}\n{logged}")
        for player, numbers in stepped.items():
            if len(numbers) != 10 or not all(map(math.isfinite, numbers)):
                sys.exit(f"{name}: '{player}' has not ten finite objectives: {numbers}")
            if len(stepped) == 1 and not sum(numbers[5:]) < sum(numbers[:5]):
                sys.exit(f"{name}: '{player}' does not get lower: {numbers}")
    if left := list(folder.iterdir()):
        sys.exit(f"stepping left files behind: {left}")


def try_own_role(prefix, scratch, environment):
    """A role that Descent does not know, with a data set, a model and a loss that share it, is a first-class citizen."""
    folder = scratch / "own_role"
    run(["cmake", "-S", folder, "-B", folder / "build"], env=environment)
    run(["cmake", "--build", folder / "build"], env=environment)
    run(["descent", "run", "own.yaml", "--quiet"], cwd=folder, env=environment)
    directory = folder / "runs/own/seed=1"
    for field in "image", "target":
        run(["descent", "samples", directory, "--field", field, "-o", f"{field}.png"], cwd=folder, env=environment)
    printed = run(["descent", "generate", directory, "-n", "9", "--show", "sample", "-o", "new.npz"], cwd=folder, env=environment)
    if "'image', 'target'" not in printed:
        sys.exit(f"not every field was generated: {printed}")
    check = ("import numpy; new = numpy.load('new.npz'); "
             "assert new['image'].shape == (9, 4, 4, 1) and new['target'].shape == (9, 2), new.files; "
             "assert list(new['condition']) == [0, 1, 2] * 3; "
             "assert set(new['image'].ravel()) == {0, 1}; "  # samples of a Bernoulli distribution
             "assert new['target'][0, 0] < new['target'][2, 0]")
    run(["/usr/bin/python3", "-c", check], cwd=folder, env=environment)
    rows = [*csv.DictReader(io.StringIO(run(["descent", "export", directory, "--csv"], env=environment)))]
    bound = [float(row["train/objective"]) for row in rows if row.get("train/objective")]
    errors = [float(row["train/own_bound/penalty_error"]) for row in rows if row.get("train/own_bound/penalty_error")]
    if not bound[-1] < bound[0] / 2 or not errors or max(map(abs, errors)) > 1e-3:
        sys.exit(f"the bound goes from {bound[0]} to {bound[-1]}; the op's gradient is wrong by {errors}")
    for plugin in "dataset_own_pairs", "model_own_model", "loss_own_bound":
        printed = run(["descent", "test-plugin", f"build/{plugin}.so", "--plugin-path", "build"], cwd=folder, env=environment)
        print(printed)
        if "not applicable" in printed:
            sys.exit(f"a check does not apply to a role of one's own:\n{printed}")


def try_copy(prefix, scratch):
    """A plugin of each kind, from nothing to a finished run."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("DESCENT", "LD_", "CMAKE"))}
    environment |= {"PATH": f"{prefix / 'bin'}:{environment['PATH']}", "HOME": str(scratch / "home")}
    (scratch / "home").mkdir()
    report = run(["descent", "doctor"], env=environment)
    for part in ("bin/descent", "lib/libdescent.so"):
        if str(prefix / part) not in report:
            sys.exit(f"'descent doctor' does not find {part} in the copy:\n{report}")
    for script in "descent_log.py", "record_trace.py":
        if not os.access(prefix / "share/descent/python" / script, os.X_OK):
            sys.exit(f"{script} is not installed")
    for kind in KINDS:
        name = f"my_{kind}"
        # The generator that is CMake's own choice, and the other one that is in wide use.
        generator = {"CMAKE_GENERATOR": "Ninja"} if kind == "model" else {}
        run(["descent", "new", kind, name], cwd=scratch, env=environment)
        print(run(["bash", "-c", commands_of(scratch / name / "README.md")], cwd=scratch / name,
                  env={**environment, **generator}))
    try_own_role(prefix, scratch, environment)
    try_stepping(prefix, scratch, environment)
    run(["ctest", "--test-dir", "build", "--output-on-failure", "--no-tests=error"], cwd=scratch / "my_optimizer",
        env=environment)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=pathlib.Path, help="the source tree")
    parser.add_argument("binary", type=pathlib.Path, help="the build folder")
    parser.add_argument("--try-copy", type=pathlib.Path, metavar="PREFIX", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    source, binary = arguments.source.resolve(), arguments.binary.resolve()
    if arguments.try_copy:
        return try_copy(arguments.try_copy, arguments.try_copy.parent)
    with tempfile.TemporaryDirectory(prefix="descent_installed.") as folder:
        scratch = pathlib.Path(folder)
        prefix = install(binary, source, scratch)
        script, empty = scratch / "installed_sdk.py", scratch / "empty"
        run(["cp", __file__, script])
        run(["cp", "-r", pathlib.Path(__file__).parent / "own_role", scratch / "own_role"])
        empty.mkdir()
        hide = [f"mount --bind {shlex.quote(str(empty))} {shlex.quote(str(tree))}" for tree in (binary, source)]
        # The process's own folder may be one of them.
        hidden = ["unshare", "--map-root-user", "--mount", "bash", "-c", " && ".join([*hide, "cd /", 'exec "$@"']), "bash"]
        if subprocess.run([*hidden, "true"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL).returncode != 0:
            print("This system lets nobody hide the source tree: only the copy's files were searched for its path.")
            hidden = []
        sys.stdout.flush()
        return subprocess.run([*hidden, sys.executable, script, source, binary, "--try-copy", prefix]).returncode


if __name__ == "__main__":
    sys.exit(main())
