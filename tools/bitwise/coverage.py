"""Whether the runs name all that the program has: plugins, schedules, layers, initializers."""
import re
import subprocess

from builds import Failed, own_plugins_only


def program_says(program, *words):
    done = subprocess.run([str(program), "plugins", *words], capture_output=True, text=True,
                          env=own_plugins_only(program.parent))
    if done.returncode != 0:
        raise Failed(f"descent plugins {' '.join(words)}: {done.stderr.strip()}")
    return done.stdout


def listed_plugins(program):
    """{(kind, name)} of all plugins; what does not fit into a row goes on in lines that begin with spaces."""
    table = program_says(program).split("\n\n")[0].splitlines()[1:]
    return {tuple(line.split()[:2]) for line in table if line.strip() and not line.startswith(" ")}


def listed_words(program, topic):
    """The names that `descent plugins TOPIC` lists: the first column of its tables, but for those of keys and types."""
    names, within = set(), False
    for line in program_says(program, topic).splitlines():
        if line.startswith("  name ") or not line.strip():
            within = bool(line.strip()) and " type " not in line
        elif within and re.match(r"  \S", line):
            names.add(line.split()[0])
    if not names:
        raise Failed(f"descent plugins {topic}: no table of names was found in what it printed")
    return names


def words_below(value, keys):
    """The texts and keys that a part of an experiment has as value of one of these keys."""
    found = set()
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in keys:
                for item in inner if isinstance(inner, list) else [inner]:
                    found |= set(item) if isinstance(item, dict) else {str(item)}
            found |= words_below(inner, keys)
    elif isinstance(value, list):
        for inner in value:
            found |= words_below(inner, keys)
    return found


def missing(program, plays, experiments, topics):
    """A line for each plugin that no run's log names, and for each word of a topic that no experiment has."""
    used = set().union(*(played.plugins() for played in plays if played.failure() is None))
    lines = [f"no run uses {kind} '{name}'" for kind, name in sorted(listed_plugins(program) - used)]
    for topic, keys in topics.items():
        lines += [f"no run has {topic} '{name}'"
                  for name in sorted(listed_words(program, topic) - words_below(experiments, keys))]
    return lines
