#!/usr/bin/env python3
"""Runs every command block of every README.md, in the order they stand in, in a copy of the source tree.

A block is fenced with ```sh, ```bash or ```console; in the last, lines that start with `$ ` are the commands. The
blocks of one README share one shell, which starts in the root of the copy and stops at the first command that fails. A
block behind the comment <!-- not run: REASON --> is left out, and the reason printed; one behind <!-- needs python module:
NAME --> is left out, saying so, where Debian's Python has no such module. Scripts that would run this very test again are
replaced by a check that they explain themselves. `descent` is the program that was built.
"""
import argparse
import os
import pathlib
import re
import shutil
import stat
import subprocess
import sys
import tempfile

LEFT_OUT = shutil.ignore_patterns(".git", "build", "runs", "__pycache__")
RECURSIVE = ["tools/quickstart", "tools/test", "tools/fresh", ".ci/run"]
FENCE = re.compile(r"^\s*```\s*(\w*)")
MARK = re.compile(r"<!--\s*not run:\s*(.*?)\s*-->")
MODULE = re.compile(r"<!--\s*needs python module:\s*(\w+)\s*-->")


def left_out(line):
    """Why the block behind this line is left out; None: it is not."""
    if mark := MARK.search(line):
        return mark.group(1)
    if (module := MODULE.search(line)) and not has_module(module.group(1)):
        return f"skipped: /usr/bin/python3 has no module {module.group(1)}"
    return None


def has_module(name):
    return subprocess.run(["/usr/bin/python3", "-c", f"import {name}"], capture_output=True).returncode == 0


def blocks(text):
    """Yields (line number, reason not to run or None, commands) of each command block."""
    reason, language, commands, start = None, None, [], 0
    for number, line in enumerate(text.splitlines(), 1):
        fence = FENCE.match(line)
        if language is None and fence:
            language, commands, start = fence.group(1) or "text", [], number
        elif language is not None and fence:
            if language in ("sh", "bash"):
                yield start, reason, commands
            elif language == "console":
                yield start, reason, [command[2:] for command in commands if command.startswith("$ ")]
            language, reason = None, None
        elif language is not None:
            commands.append(line.strip() if language == "console" else line)
        elif line.strip():
            reason = left_out(line)
    if language is not None:
        raise SystemExit(f"line {start}: the block is never closed")


def script_of(name, text):
    """The shell script of one README, which says where it is; None when there is nothing to run."""
    lines, runs = ["set -eo pipefail"], False
    for number, reason, commands in blocks(text):
        if reason:
            print(f"{name}:{number}: not run: {reason}")
            continue
        lines += [f"echo '--- {name}:{number}'", *commands]
        runs = runs or bool(commands)
    return "\n".join(lines) + "\n" if runs else None


def copy_of(source, binary, scratch):
    """A tree to run in, whose build folder is the one that was built."""
    tree = scratch / "descent"
    shutil.copytree(source, tree, ignore=LEFT_OUT, symlinks=True)
    (tree / "build").mkdir()
    (tree / "build" / "release").symlink_to(binary)
    for name in RECURSIVE:
        script = tree / name
        help_text = subprocess.run([source / name, "--help"], capture_output=True, text=True) if name != ".ci/run" else None
        if help_text is not None and (help_text.returncode != 0 or "Usage:" not in help_text.stdout):
            raise SystemExit(f"{name} --help does not explain it")
        script.write_text(f"#!/bin/sh\necho '{name}: not run inside of its own test'\n")
        script.chmod(script.stat().st_mode | stat.S_IXUSR)
    return tree


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=pathlib.Path, help="the source tree")
    parser.add_argument("binary", type=pathlib.Path, help="the build folder, with bin/descent")
    arguments = parser.parse_args()
    source, binary = arguments.source.resolve(), arguments.binary.resolve()
    readmes = sorted(path.relative_to(source) for path in source.rglob("README.md")
                     if not {"build", "runs", ".git"} & set(path.relative_to(source).parts))
    failed = []
    with tempfile.TemporaryDirectory(prefix="descent_readme.") as folder:
        scratch = pathlib.Path(folder)
        tree = copy_of(source, binary, scratch)
        (scratch / "home").mkdir()
        environment = {**os.environ, "HOME": str(scratch / "home"), "MPLBACKEND": "Agg", "PATH": f"{binary / 'bin'}:{os.environ['PATH']}"}
        for readme in readmes:
            script = script_of(str(readme), (source / readme).read_text())
            if script is None:
                continue
            sys.stdout.flush()
            finished = subprocess.run(["bash", "-c", script], cwd=tree, env=environment, stdin=subprocess.DEVNULL,
                                      stderr=subprocess.STDOUT)
            if finished.returncode != 0:
                print(f"FAILED with code {finished.returncode}: the block named last above")
                failed.append(str(readme))
    print(f"{len(readmes)} files named README.md, {len(failed)} failed{': ' if failed else ''}{', '.join(failed)}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
