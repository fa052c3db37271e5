#!/usr/bin/env python3
"""Runs every command of docs/figures.md and compares the pictures with those in docs/pictures.

The commands run in one folder, which holds the tree's experiments. A command that ends with `-o NAME` makes the picture that
the page shows as pictures/NAME. It must be whole; of an SVG every text but the numbers of its axes must be what the page's
picture says, in the same order, and no two texts may lie upon each other. With --update the page's pictures are
replaced by those that were made.
"""
import argparse
import html
import os
import pathlib
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
import xml.dom.minidom

from run_readmes import blocks

LARGEST = 60 * 1024
TEXT = re.compile(r"translate\(([-\d.]+),([-\d.]+)\)(?: rotate\(([-\d.]+)\))?\"[^>]*?font-size=\"([\d.]+)\"[^>]*?text-anchor=\"(\w+)\"[^>]*>"
                  r"\s*<text>(.*?)</text>", re.S)
NUMBER = re.compile(r"[−-]?[\d.]+(e-?\d+|×?10[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+)?|[−-]?10[⁰¹²³⁴⁵⁶⁷⁸⁹⁻]+")


def commands_of(page):
    """The commands of all blocks, a line each; a line that ends with a backslash goes on."""
    text = "\n".join("\n".join(block) for _, _, block in blocks(page))
    return [line for line in text.replace("\\\n", " ").splitlines() if line.strip()]


def texts_of(svg):
    """(text, x, y, width, height) in pixels, from the upper left corner, of every text of a picture."""
    found = []
    for x, y, angle, size, anchor, text in TEXT.findall(svg):
        text = html.unescape(re.sub(r"<.*?>", "", text)).strip()
        if not text:
            continue
        width = 0.5 * float(size) * len(text)  # narrower than in any usual font
        left = float(x) - {"start": 0, "middle": width / 2, "end": width}[anchor]
        if angle and float(angle) != 0:
            found.append((text, float(x) - float(size), float(y) - width / 2, float(size), width))
        else:
            found.append((text, left, float(y) - 0.8 * float(size), width, 0.8 * float(size)))
    return found


def overlaps(texts):
    def apart(a, b):
        return a[1] + a[3] <= b[1] or b[1] + b[3] <= a[1] or a[2] + a[4] <= b[2] or b[2] + b[4] <= a[2]
    return [(a[0], b[0]) for i, a in enumerate(texts) for b in texts[:i] if not apart(a, b)]


def words_of(svg):
    return [text for text, *_ in texts_of(svg) if not NUMBER.fullmatch(text)]


def problems_of(made, shown):
    """What is wrong with a picture, given the one that the page shows."""
    if not made.exists():
        return [f"{made.name} was not made"]
    if not shown.exists():
        return [f"docs/pictures/{made.name} is not there; make it with --update"]
    problems = []
    if shown.stat().st_size > LARGEST:
        problems.append(f"docs/pictures/{shown.name} has {shown.stat().st_size} bytes, more than {LARGEST}")
    if made.suffix == ".png":
        data = made.read_bytes()
        if not (data.startswith(b"\x89PNG") and b"IEND" in data[-12:]):
            problems.append(f"{made.name} is no whole PNG")
        return problems
    svg = made.read_text(encoding="utf-8")
    xml.dom.minidom.parseString(svg.encode())
    if not words_of(svg):
        problems.append(f"{made.name} says nothing")
    if words_of(svg) != words_of(shown.read_text(encoding="utf-8")):
        problems.append(f"{made.name} says {words_of(svg)},\n  and the page's picture {words_of(shown.read_text(encoding='utf-8'))}")
    for pair in overlaps(texts_of(svg)):
        problems.append(f"{made.name}: the texts '{pair[0]}' and '{pair[1]}' lie upon each other")
    return problems


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", type=pathlib.Path, help="the source tree")
    parser.add_argument("binary", type=pathlib.Path, help="the build folder, with bin/descent")
    parser.add_argument("--update", action="store_true", help="replace the pictures of the page")
    parser.add_argument("--folder", type=pathlib.Path, help="where to run, and find runs that are done (default: a new folder)")
    arguments = parser.parse_args()
    source, binary = arguments.source.resolve(), arguments.binary.resolve()
    page = (source / "docs/figures.md").read_text()
    shown = re.findall(r"\]\(pictures/([\w.]+)\)", page)
    commands = commands_of(page)
    drawn = [shlex.split(command)[-1] for command in commands if " -o " in command]
    if sorted(drawn) != sorted(shown):
        raise SystemExit(f"docs/figures.md: its commands draw {sorted(drawn)}, and it shows {sorted(shown)}")
    with tempfile.TemporaryDirectory(prefix="descent_gallery.") as temporary:
        folder = (arguments.folder or pathlib.Path(temporary)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("experiments", "docs"):
            if not (folder / name).exists():
                (folder / name).symlink_to(source / name)
        environment = {**os.environ, "PATH": f"{binary / 'bin'}:{os.environ['PATH']}"}
        finished = subprocess.run(["bash", "-ec", "\n".join(commands)], cwd=folder, env=environment, stdin=subprocess.DEVNULL,
                                  stderr=subprocess.STDOUT)
        if finished.returncode != 0:
            raise SystemExit(f"a command of docs/figures.md ended with {finished.returncode}")
        if arguments.update:
            for name in shown:
                shutil.copy(folder / name, source / "docs/pictures" / name)
        problems = [problem for name in shown for problem in problems_of(folder / name, source / "docs/pictures" / name)]
    for problem in problems:
        print("FAILED:", problem)
    print(f"{len(shown)} pictures of docs/figures.md, {len(problems)} problems")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
