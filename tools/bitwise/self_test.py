"""Shows that tools/bits finds one unit in the last place: changes a copy of one source, builds it into a copy of the
program with the build's own commands, and plays all runs with both.

The place that is changed is found by what stands there, not by a file's name. Where it is not found exactly once, the
self-test fails: CHANGES then needs the new text.
"""
import json
import pathlib
import re
import shlex
import shutil
import subprocess

import builds
import entries
import data_files
import playing
from builds import Failed, TREE
from report import Report


class Change:
    """After the one line that reads `line`, in the one source file that contains `mark`, comes `more`."""

    def __init__(self, name, folder, mark, line, more):
        self.name, self.folder, self.mark, self.line, self.more = name, folder, mark, line, more

    def place(self):
        """The source file, and its text with the change."""
        sources = [source for source in sorted((TREE / self.folder).rglob("*.cpp"))
                   if self.mark in source.read_text()]
        if len(sources) != 1:
            raise Failed(f"self-test: {len(sources)} files below {self.folder}/ contain `{self.mark}`, not one; "
                         "RULE and KERNEL in tools/bitwise/self_test.py says where it changes what")
        lines = sources[0].read_text().splitlines()
        at = [number for number, line in enumerate(lines) if line.strip() == self.line]
        if len(at) != 1:
            raise Failed(f"self-test: {sources[0]} has {len(at)} lines `{self.line}`, not one; "
                         "RULE and KERNEL in tools/bitwise/self_test.py says where it changes what")
        lines.insert(at[0] + 1, self.more)
        return sources[0], "#include <cmath>\n" + "\n".join(lines) + "\n"


RULE = Change("the first number of each block that Adam updates", "plugins", 'DESCENT_OPTIMIZER(Adam, "adam"',
              "update = step.scalar(0) * m / (step.scalar(1) * v.sqrt() + epsilon);",
              "update[0] = std::nextafter(update[0], descent::Scalar(1));")
KERNEL = Change("the first number of each matrix product", "framework", "bfloat16_gemm(a, ta, b, tb, out, accumulate);",
                "multiply(left, ta, right, tb, out, accumulate, m, n, k);",
                "out.data()[0] = std::nextafter(out.data()[0], Scalar(1));")


def unit_of(source, built):
    """The entry of compile_commands.json that compiles a source, by itself or within a file that includes others."""
    found = []
    for unit in json.loads((built / "compile_commands.json").read_text()):
        file = pathlib.Path(unit["file"])
        includes = file.suffix == ".cxx" and file.exists() and f'#include "{source}"' in file.read_text()
        if file == source or includes:
            found.append(unit)
    if len(found) != 1:
        raise Failed(f"self-test: {len(found)} compile commands of {built} take {source}, not one")
    return found[0]


def compile_changed(change, built, scratch):
    """Compiles the changed copy as the build does; returns the build's object and the new one."""
    source, text = change.place()
    copy = scratch / source.name
    copy.write_text(text)
    unit = unit_of(source, built)
    taken = pathlib.Path(unit["file"])
    if taken != source:  # a unity file: its copy includes the changed one
        together = scratch / f"unity_{taken.name}"
        together.write_text(taken.read_text().replace(f'#include "{source}"', f'#include "{copy}"'))
        copy = together
    words = shlex.split(unit["command"])
    old = words[words.index("-o") + 1]
    new = str(scratch / "changed.o")
    words = [str(copy) if word == str(taken) else word.replace(old, new) for word in words]
    builds.run_logged([*words, "-iquote", source.parent], scratch / "build.log", cwd=unit["directory"])
    return old, new


def link_changed(old, new, built, variant, log):
    """Links the one library that holds the object again, into the copy of the build; returns its name."""
    commands = subprocess.run(["ninja", "-C", str(built), "-t", "commands"], capture_output=True, text=True, check=True)
    links = {line for line in commands.stdout.splitlines() if old in line.split() and " -c " not in line}
    targets = {re.search(r" -o (lib/\S+)", line) for line in links}
    if len(links) != 1 or None in targets:
        raise Failed(f"self-test: {len(links)} commands of {built} link {old}, not the one of a library in lib/")
    target = targets.pop().group(1)
    command = links.pop().replace(f" {old}", f" {new}").replace(f" -o {target}", f" -o {variant / target}")
    (variant / target).unlink()
    builds.run_logged(["sh", "-c", command], log, cwd=built)
    return target


def make_variant(change, built, scratch):
    """A folder with bin/ and lib/ of the build in which the change was made."""
    shutil.rmtree(scratch, ignore_errors=True)
    variant = scratch / "build"
    (variant / "bin").mkdir(parents=True)
    shutil.copy2(built / "bin" / "descent", variant / "bin")
    shutil.copytree(built / "lib", variant / "lib", symlinks=True)
    old, new = compile_changed(change, built, scratch)
    target = link_changed(old, new, built, variant, scratch / "build.log")
    print(f"changed by one unit in the last place: {change.name}, in {target}", flush=True)
    return variant


class Trial:
    """Plays all runs with one program after another, and compares them with the first."""

    def __init__(self, arguments):
        self.jobs, self.cache = arguments.jobs, arguments.cache
        self.chosen = [entry for entry in entries.read_entries()[0] if "release" in entry.presets]
        self.data = self.cache / "data"
        data_files.write_data_files(self.data)

    def play(self, name, built):
        return playing.at_once(self.jobs, [
            (playing.play, built / "bin" / "descent", entry.tree(), self.cache / "self_test" / name / entry.name,
             self.data) for entry in self.chosen])

    def compare(self, one, other):
        report = Report([])
        for entry, first, second in zip(self.chosen, one, other):
            report.compare(entry.name, first, second)
        return report


def show(report):
    for run, differing in report.found.items():
        path, what = differing[0]
        print(f"  {run}: {len(differing)} datasets; {path}: {what}")


def main(arguments):
    built = (arguments.build or builds.tree_build("release", arguments.cache, arguments.jobs)).resolve()
    trial = Trial(arguments)
    reference = trial.play("reference", built)
    for entry, played in zip(trial.chosen, reference):
        if played.failure():
            raise Failed(f"self-test: {entry.name}: {played.failure()}")
    itself = trial.compare(reference, trial.play("again", built))
    itself.print()
    wrong = ["the unchanged program differs from itself"] if itself.found else []

    # A rule is in the runs that use it, and in no other.
    with_adam = {entry.name for entry, played in zip(trial.chosen, reference)
                 if ("optimizer", "adam") in played.plugins()}
    for place, change in enumerate((RULE, KERNEL)):
        variant = make_variant(change, built, trial.cache / "self_test" / f"variant_{place}")
        report = trial.compare(reference, trial.play("variant", variant))
        show(report)
        print(f"found in {len(report.found)} of {len(trial.chosen)} runs", flush=True)
        if not report.found:
            wrong.append(f"not found: {change.name}")
        if change is RULE and set(report.found) != with_adam:
            wrong.append(f"the rule differs in {sorted(report.found)}, but these use it: {sorted(with_adam)}")
    for line in wrong:
        print(f"error: {line}")
    print("self-test failed" if wrong else "self-test passed")
    if not wrong:
        shutil.rmtree(trial.cache / "self_test")
    return 1 if wrong else 0
