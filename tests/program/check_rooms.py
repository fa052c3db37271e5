#!/usr/bin/env python3
"""Checks the rooms of framework/descent/ by their sources: check_rooms.py REPOSITORY.

- A room includes only itself and rooms on lower floors, as the table in framework/README.md says.
- Every folder is a room of the table, and every room of the table a folder.
- Headers of floors 1 to 6, which plugins are compiled with, include Eigen only where authors of plugins need it.
- autograd/ leaves all work on elements to kernels/.
"""
import re
import sys
from pathlib import Path

EIGEN_HEADERS = {
    "kernels/array.hpp",  # what rules on whole tensors are written in
    "kernels/block_array.hpp",  # what rules on blocks are written in
    "kernels/vectorized.hpp",
    "plugin/abi.hpp",  # only for those who do not link with libdescent
}
ELEMENTS = re.compile(r"\.data\(|\.values\(|->values\(|Eigen|\barray\(|\bScalar\s*\*|\bfloat\b")


def floors_of(readme):
    """room -> floor, from table rows such as `| 7 | `experiment/` | … |`; one row may name several rooms."""
    floors = {}
    for floor, rooms in re.findall(r"^\| (\d+) \| ((?:`\w+/`(?:, )?)+) \|", readme, re.MULTILINE):
        for room in re.findall(r"`(\w+)/`", rooms):
            floors[room] = int(floor)
    return floors


def without_comments(text):
    return re.sub(r"//[^\n]*", "", text)


def problems_of_file(root, path, floors):
    name = path.relative_to(root).as_posix()
    room = name.split("/")[0]
    text = path.read_text()
    for number, line in enumerate(without_comments(text).split("\n"), 1):
        where = f"{name}:{number}"
        included = re.match(r'\s*#include [<"]descent/(\w+)/', line)
        if included:
            other = included[1]
            if other != room and not floors.get(other, 99) < floors[room]:
                yield f"{where}: {room} (floor {floors[room]}) includes {other} (floor {floors.get(other)})"
        internal = "/detail/" in name
        if (path.suffix == ".hpp" and floors[room] <= 6 and not internal and name not in EIGEN_HEADERS
                and re.match(r"\s*#include <(unsupported/)?Eigen/", line)):
            yield f"{where}: a header that plugins are compiled with includes Eigen"
        if path.suffix == ".hpp" and floors[room] <= 6 and "Eigen::internal {" in line:
            yield f"{where}: a header that plugins are compiled with adds to Eigen::internal"
        if room == "autograd" and ELEMENTS.search(line):
            yield f"{where}: work on elements belongs in kernels/: {line.strip()}"


def problems(repository):
    root = repository / "framework" / "descent"
    floors = floors_of((repository / "framework" / "README.md").read_text())
    folders = {path.name for path in root.iterdir() if path.is_dir()}
    for room in sorted(folders ^ floors.keys()):
        yield f"{room}: {'not in the table of framework/README.md' if room in folders else 'in the table, but no folder'}"
    for path in sorted(root.rglob("*.?pp")):
        if path.relative_to(root).parts[0] in floors:
            yield from problems_of_file(root, path, floors)


def main():
    found = list(problems(Path(sys.argv[1])))
    print("\n".join(found) or "all rooms keep to their floors")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
