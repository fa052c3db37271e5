"""Reads runs.yaml and allowed.yaml, and says what an entry asks of each side."""
import fnmatch
import pathlib
import re

import yaml

from builds import Misuse, TREE, has_path
from comparing import OF_THE_SAME_NUMBERS

FOLDER = pathlib.Path(__file__).resolve().parent
PRESETS = ["release", "double"]
SECTIONS = {"seed", "threads", "precision", "dataset", "model", "loss", "optimizer", "trainer", "metrics", "log", "checkpoint"}
OTHER_SIDE = {"words", "then"}


def load(name):
    try:
        return yaml.safe_load((FOLDER / name).read_text())
    except yaml.YAMLError as wrong:
        raise Misuse(f"{FOLDER / name}: {wrong}") from None


def refuse_unknown(where, given, known):
    if not isinstance(given, dict):
        raise Misuse(f"{where}: is a map of {', '.join(sorted(known))}")
    for key in given:
        if key not in known:
            raise Misuse(f"{where}: does not know '{key}'; it may have {', '.join(sorted(known))}")


def forms(where, given, known):
    """The maps of a side: one, a list of them, or none."""
    listed = given if isinstance(given, list) else [given or {}]
    for form in listed:
        refuse_unknown(where, form, known)
    return listed


class Side:
    """What one program is given of an entry: the experiment, the commands, and the paths that it names otherwise."""

    def __init__(self, name, experiment, then):
        self.experiment = {"name": name, **experiment}
        self.then = list(then)
        self.renames = []

    def apply(self, form):
        for key, value in form.items():
            if key in SECTIONS and value is None:
                self.experiment.pop(key, None)
            elif key in SECTIONS:
                self.experiment[key] = value
        self.then = list(form.get("then", self.then))
        self.renames += list(form.get("rename", {}).items())
        words = form.get("words", {})
        if words:
            self.experiment = reworded(self.experiment, words)
            pattern = re.compile(r"(?<!\w)(" + "|".join(map(re.escape, words)) + r")(?!\w)")
            self.then = [pattern.sub(lambda word: words[word.group()], command) for command in self.then]

    def text(self):
        return yaml.safe_dump(self.experiment, sort_keys=False, allow_unicode=True, width=120)


def reworded(value, words):
    """The value with every key and text that is one of the words exchanged."""
    if isinstance(value, dict):
        return {words.get(key, key): reworded(inner, words) for key, inner in value.items()}
    if isinstance(value, list):
        return [reworded(inner, words) for inner in value]
    return words.get(value, value) if isinstance(value, str) else value


class Entry:
    """A run of runs.yaml."""

    def __init__(self, name, given, defaults, base_of_all):
        where = f"runs.yaml: {name}"
        refuse_unknown(where, given, SECTIONS | {"then", "presets", "needs", "base", "tree"})
        self.name = name
        self.presets = given.get("presets", PRESETS)
        self.needs = given.get("needs")
        self.experiment = {**defaults, **{key: value for key, value in given.items() if key in SECTIONS}}
        self.then = given.get("then", [])
        self.base_forms = base_of_all + forms(f"{where}: base", given.get("base"),
                                              SECTIONS | OTHER_SIDE | {"where", "rename"})
        self.tree_forms = forms(f"{where}: tree", given.get("tree"), SECTIONS | OTHER_SIDE)

    def base(self, commit):
        """None: the commit does not have what the run needs."""
        if self.needs and not has_path(commit, self.needs):
            return None
        side = Side(self.name, self.experiment, self.then)
        for form in self.base_forms:
            if "where" not in form or has_path(commit, form["where"]):
                side.apply(form)
        return side

    def tree(self):
        side = Side(self.name, self.experiment, self.then)
        for form in self.tree_forms:
            side.apply(form)
        return side


def read_entries():
    """All entries of runs.yaml in their order, and its `topics`."""
    file = load("runs.yaml")
    refuse_unknown("runs.yaml", file, {"topics", "defaults", "base", "runs"})
    refuse_unknown("runs.yaml: defaults", file["defaults"], SECTIONS)
    base = forms("runs.yaml: base", file.get("base"), OTHER_SIDE - {"then"} | {"where", "rename"})
    return [Entry(name, given, file["defaults"], base) for name, given in file["runs"].items()], file["topics"]


class Allowance:
    """An entry of allowed.yaml, which counts how often it was used."""

    def __init__(self, place, given):
        where = f"allowed.yaml: entry {place}"
        refuse_unknown(where, given, {"runs", "datasets", "why", "test", "only"})
        for key in ("runs", "datasets", "why", "test"):
            if not given.get(key):
                raise Misuse(f"{where}: '{key}' is missing")
        self.runs, self.datasets, self.why, self.test = (given[key] for key in ("runs", "datasets", "why", "test"))
        for key, value in (("runs", self.runs), ("datasets", self.datasets)):
            if not isinstance(value, list):
                raise Misuse(f"{where}: '{key}' is a list of patterns")
        self.only_shape = given.get("only") == "shape"
        if "only" in given and not self.only_shape:
            raise Misuse(f"{where}: 'only' can be shape, but is {given['only']}")
        self.used = {}

    def covers(self, run, path, what=""):
        if self.only_shape and not what.endswith(OF_THE_SAME_NUMBERS):
            return False
        if not any(fnmatch.fnmatchcase(run, pattern) for pattern in self.runs):
            return False
        if not any(fnmatch.fnmatchcase(path, pattern) for pattern in self.datasets):
            return False
        self.used[run] = self.used.get(run, 0) + 1
        return True


def names_of_tests():
    """The names of all test cases in tests/: their literals may be broken over lines."""
    names = set()
    for source in (TREE / "tests").rglob("*.cpp"):
        for literals in re.findall(r'TEST_CASE\(\s*((?:"(?:[^"\\]|\\.)*"\s*)+)', source.read_text()):
            names.add("".join(re.findall(r'"((?:[^"\\]|\\.)*)"', literals)))
    return names


def read_allowances():
    """All entries of allowed.yaml; Misuse when one names a test that does not exist."""
    listed = load("allowed.yaml") or []
    if not isinstance(listed, list):
        raise Misuse("allowed.yaml: is a list of allowances")
    allowances = [Allowance(place, given) for place, given in enumerate(listed, 1)]
    tests = names_of_tests() if allowances else set()
    for place, allowance in enumerate(allowances, 1):
        if allowance.test not in tests:
            raise Misuse(f"allowed.yaml: entry {place}: no test in tests/ is called '{allowance.test}'")
    return allowances
