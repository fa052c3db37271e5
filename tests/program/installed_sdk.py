#!/usr/bin/env python3
"""Does an installed copy of Descent stand on its own, and does what `descent new` writes work with it as it is?

Installs a build, moves the copy elsewhere, and makes a plugin of each kind with it, by the commands of that plugin's own
README. Meanwhile the source tree and the build folder are hidden behind empty folders, where the system permits that.
"""
import argparse
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
    for file in (path for path in prefix.rglob("*") if path.is_file() and not is_elf(path)):
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
    return moved


def commands_of(readme):
    return "set -e\n" + "".join(re.findall(r"```sh\n(.*?)```", readme.read_text(), re.DOTALL))


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
