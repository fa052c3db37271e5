"""What there is to draw from, as `descent plugins` prints it: what is new takes part by itself."""
import functools
import re
import subprocess
import sys
import pathlib

import yaml

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "bitwise"))

import coverage
from builds import Failed, own_plugins_only


class Option:
    """One row of a page: `kind` is its type in words, `low` and `high` the ends of its range or None."""

    def __init__(self, name, kind, default, allowed):
        self.name, self.kind = name, kind
        self.required = default == "required"
        self.default = None if default in ("none", "required", "") else yaml.safe_load(default)
        bounds = re.match(r"([\[(])(\S+), (\S+)([\])])$", allowed)
        above = re.match(r"(>=?) (\S+)$", allowed)
        within = re.search(r" in \[(\S+), (\S+)[\])]$", kind)
        at_least = re.search(r" of at least (\d+)$", kind)
        self.low = self.high = None
        self.low_is_open = self.high_is_open = False
        if bounds:
            self.low, self.high = float(bounds[2]), float(bounds[3])
            self.low_is_open, self.high_is_open = bounds[1] == "(", bounds[4] == ")"
        elif above:
            self.low, self.low_is_open = float(above[2]), above[1] == ">"
        elif within:
            self.low, self.high = float(within[1]), float(within[2])
            self.high_is_open = kind.endswith(")")
        elif at_least:
            self.low = float(at_least[1])
        if within or at_least:
            self.kind = kind[:(within or at_least).start()]
        self.choices = allowed.split(" | ") if self.kind == "choice" else []


class Pages:
    """The manual pages of one program; each is read once."""

    def __init__(self, program, home):
        self.program, self.home = program, home
        self.listed = sorted(coverage.listed_plugins(program))

    def names(self, kind):
        """All plugins of a kind, or what a topic such as `schedule` lists, in alphabetical order."""
        plugins = [name for listed, name in self.listed if listed == kind]
        return plugins or self.topic(kind)

    @functools.lru_cache(None)
    def topic(self, topic):
        return sorted(coverage.listed_words(self.program, topic))

    @functools.lru_cache(None)
    def options(self, kind, name):
        """{name: Option} of a plugin, a schedule or a transform."""
        done = subprocess.run([str(self.program), "plugins", kind, name], capture_output=True, text=True,
                              env=own_plugins_only(self.home))
        if done.returncode != 0:
            raise Failed(f"descent plugins {kind} {name}: {done.stderr.strip()}")
        return table_of_options(done.stdout)

    @functools.lru_cache(None)
    def measures(self, metric):
        """{measure: lower, higher or neither} of a metric."""
        text = subprocess.run([str(self.program), "plugins", "metric", metric], capture_output=True, text=True, check=True,
                              env=own_plugins_only(self.home)).stdout
        lines = text.split("\nMeasures\n")[1].splitlines()[1:]
        rows = [line.split() for line in lines[:next(i for i, line in enumerate(lines + [""]) if not line.strip())]]
        return {row[0]: row[-1] for row in rows if row[-1] in ("lower", "higher", "neither")}


def table_of_options(page):
    """The options of a page: the table below `Options`, or `Keys` of a schedule. Its head says where columns begin."""
    found = re.search(r"\n(?:Options|Keys)\n(  name .*)\n((?:  .*\n)*)", page)
    if not found:
        return {}
    head, rows = found[1], []
    starts = [match.start() for match in re.finditer(r"\S+", head)] + [None]
    for line in found[2].splitlines():
        cells = [line[a:b].strip() for a, b in zip(starts, starts[1:])]
        if re.match(r"  \S", line):
            rows.append(cells)
        elif not line[6:7].strip() and rows:  # a cell that goes on; the explanations begin in the seventh column
            rows[-1] = [f"{old} {new}".strip() for old, new in zip(rows[-1], cells)]
    named = [dict(zip(head.split(), row)) for row in rows]
    return {row["name"]: Option(row["name"], row["type"], row.get("default", ""), row.get("range", "")) for row in named}
