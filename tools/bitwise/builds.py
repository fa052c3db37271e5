"""Builds what a run needs, program and plugins, of a commit and of the working tree."""
import hashlib
import os
import pathlib
import re
import shutil
import subprocess
import sys

TREE = pathlib.Path(__file__).resolve().parents[2]


class Failed(Exception):
    """What was asked for could not be done: exit code 1."""


class Misuse(Exception):
    """The command line, or a file in tools/bitwise, says something wrong: exit code 2."""


def git(*words):
    """What git prints about the working tree's repository; Misuse with git's own message when it refuses."""
    done = subprocess.run(["git", "-C", str(TREE), *words], capture_output=True, text=True)
    if done.returncode != 0:
        raise Misuse(f"git {' '.join(words)}: {done.stderr.strip()}")
    return done.stdout.strip()


def commit_of(name):
    try:
        return git("rev-parse", "--verify", "--end-of-options", f"{name}^{{commit}}")
    except Misuse:
        raise Misuse(f"'{name}' is no commit of this repository") from None


def has_path(commit, path):
    return subprocess.run(["git", "-C", str(TREE), "cat-file", "-e", f"{commit}:{path}"],
                          stderr=subprocess.DEVNULL).returncode == 0


def own_plugins_only(home):
    """The environment, without the plugins that a user has beside those of a build."""
    return {**{key: value for key, value in os.environ.items() if key != "DESCENT_PLUGIN_PATH"}, "HOME": str(home)}


def machine():
    """A word for what a build with -march=native depends on beside its sources: processor and compiler."""
    lines = pathlib.Path("/proc/cpuinfo").read_text().splitlines()
    facts = sorted({line for line in lines if line.startswith(("model name", "flags"))})
    compiler = subprocess.run(["c++", "--version"], capture_output=True, text=True, check=True).stdout
    return hashlib.sha256("\n".join([*facts, compiler]).encode()).hexdigest()[:8]


def run_logged(words, log, **options):
    """Runs a step of a build; its output goes to the file `log`, whose end is shown when it fails."""
    with open(log, "ab") as output:
        done = subprocess.run([str(word) for word in words], stdout=output, stderr=subprocess.STDOUT, **options)
    if done.returncode != 0:
        tail = "\n".join(pathlib.Path(log).read_text(errors="replace").splitlines()[-40:])
        raise Failed(f"{tail}\nfailed, see {log}: {' '.join(str(word) for word in words)}")


def build(source, preset, log, jobs):
    """Configures and builds program and plugins in the source's own folder of the preset, and returns that."""
    folder = source / "build" / preset
    # The working tree's folder is used for other things too: its options stay what they are.
    options = [] if source == TREE else ["-DDESCENT_TESTS=OFF", "-DDESCENT_BENCH=OFF"]
    run_logged(["cmake", "--preset", preset, *options], log, cwd=source)
    # What both have in common, ccache need not compile twice.
    shared = {**os.environ, "CCACHE_BASEDIR": str(TREE), "CCACHE_NOHASHDIR": "true"}
    run_logged(["cmake", "--build", folder, "--target", "ready", "--parallel", jobs], log, cwd=source, env=shared)
    return folder


def tree_build(preset, cache, jobs):
    """The build folder of the working tree, up to date."""
    cache.mkdir(parents=True, exist_ok=True)
    log = cache / f"tree-{preset}.log"
    log.unlink(missing_ok=True)
    return build(TREE, preset, log, jobs)


NOT_BUILT = re.compile(r"(tests|experiments|docs|\.ci|tools/(bits|bitwise|bench|python))(/|$)|.*\.md$")


def sources_of(commit):
    """A word for what a commit's program and plugins are built from: commits that change nothing else share a build."""
    files = git("ls-tree", "-r", "--full-tree", commit).splitlines()
    built = [line for line in files if not NOT_BUILT.match(line.split("\t", 1)[1])]
    return hashlib.sha256("\n".join(built).encode()).hexdigest()[:12]


def base_build(commit, preset, cache, jobs):
    """A folder with bin/ and lib/ of a commit, built once."""
    kept = cache / "base" / f"{sources_of(commit)}-{machine()}" / preset
    if (kept / "bin" / "descent").exists():
        return kept
    print(f"{preset}: builds {commit[:12]}, once", file=sys.stderr, flush=True)
    source = kept.parent / "source"
    if not source.exists():
        unpack(commit, source)
    log = kept.parent / f"{preset}.log"
    log.unlink(missing_ok=True)
    built = build(source, preset, log, jobs)
    part = kept.with_name(kept.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    for name in ("bin", "lib"):
        shutil.copytree(built / name, part / name, symlinks=True)
    part.rename(kept)
    shutil.rmtree(built)  # objects: most of the space, and never used again
    return kept


def unpack(commit, source):
    """The files of a commit. A repository of their own keeps builds from asking the one around them."""
    part = source.with_name(source.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    archive = subprocess.Popen(["git", "-C", str(TREE), "archive", commit], stdout=subprocess.PIPE)
    unpacked = subprocess.run(["tar", "-x", "-C", str(part)], stdin=archive.stdout)
    archive.stdout.close()
    if archive.wait() != 0 or unpacked.returncode != 0:
        raise Failed(f"git archive {commit} could not be unpacked to {part}")
    subprocess.run(["git", "init", "--quiet", str(part)], check=True, env={**os.environ, "GIT_TEMPLATE_DIR": ""})
    part.rename(source)
