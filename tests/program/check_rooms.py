#!/usr/bin/env python3
"""Checks the rooms of framework/descent/ by their sources: check_rooms.py REPOSITORY.

- A room includes only itself and rooms on lower floors, of its own library or one below that, as the table in
  framework/README.md says.
- Every folder is a room of the table, and every room of the table a folder.
- Headers of floors 1 to 6, which plugins are compiled with, include Eigen only where authors of plugins need it.
- The rooms of libdescent_train know no HDF5 and make no directories, and their installed headers include the standard
  library and Descent alone. train/ makes no threads.
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
LIBRARIES = ["libdescent", "descent_archive", "libdescent_train", "descent_host"]  # each may use those before it
STRANGE_TO_TRAINING = re.compile(r"hdf5|\bH5[A-Z]|create_director", re.IGNORECASE)
THREADS = re.compile(r"std::(j?thread|async)\b|#include <(thread|future)>|\bpthread_")
ELEMENTS = re.compile(r"\.data\(|\.values\(|->values\(|Eigen|\barray\(|\bScalar\s*\*|\bfloat\b")


def places_of(readme):
    """room -> (floor, number of its library), from table rows such as `| 7 | `experiment/` | `libdescent_train` | … |`; one
    row may name several rooms."""
    places = {}
    for floor, rooms, library in re.findall(r"^\| (\d+) \| ((?:`\w+/`(?:, )?)+) \| `(\w+)` \|", readme, re.MULTILINE):
        for room in re.findall(r"`(\w+)/`", rooms):
            places[room] = int(floor), LIBRARIES.index(library)
    return places


def without_comments(text):
    return re.sub(r"//[^\n]*", "", text)


def text_of(place):
    return f"floor {place[0]} of {LIBRARIES[place[1]]}" if place else "not in the table"


def problems_of_training(path, room, line):
    if room == "train" and THREADS.search(line):
        yield f"a training makes no threads of its own: {line.strip()}"
    if found := STRANGE_TO_TRAINING.search(line):
        yield f"a room of libdescent_train knows neither HDF5 nor directories: '{found[0]}'"
    if path.suffix == ".hpp" and path.parent.name != "detail" and re.match(r"\s*#include <\w*[^\w>]", line):
        yield f"an installed header includes another library's: {line.strip()}"


def problems_of_file(root, path, places):
    name = path.relative_to(root).as_posix()
    room = name.split("/")[0]
    text = path.read_text()
    floor, library = places[room]
    for number, line in enumerate(without_comments(text).split("\n"), 1):
        where = f"{name}:{number}"
        included = re.match(r'\s*#include [<"]descent/(\w+)/', line)
        if included:
            other = included[1]
            above, of = places.get(other, (99, 99))
            if other != room and (above >= floor or of > library):
                yield f"{where}: {room} ({text_of(places[room])}) includes {other} ({text_of(places.get(other))})"
        if LIBRARIES[library] == "libdescent_train":
            yield from (f"{where}: {problem}" for problem in problems_of_training(path, room, line))
        internal = "/detail/" in name
        if (path.suffix == ".hpp" and floor <= 6 and not internal and name not in EIGEN_HEADERS
                and re.match(r"\s*#include <(unsupported/)?Eigen/", line)):
            yield f"{where}: a header that plugins are compiled with includes Eigen"
        if path.suffix == ".hpp" and floor <= 6 and "Eigen::internal {" in line:
            yield f"{where}: a header that plugins are compiled with adds to Eigen::internal"
        if room == "autograd" and ELEMENTS.search(line):
            yield f"{where}: work on elements belongs in kernels/: {line.strip()}"


def problems(repository):
    root = repository / "framework" / "descent"
    places = places_of((repository / "framework" / "README.md").read_text())
    folders = {path.name for path in root.iterdir() if path.is_dir()}
    for room in sorted(folders ^ places.keys()):
        yield f"{room}: {'not in the table of framework/README.md' if room in folders else 'in the table, but no folder'}"
    for path in sorted(root.rglob("*.?pp")):
        if path.relative_to(root).parts[0] in places:
            yield from problems_of_file(root, path, places)


def main():
    found = list(problems(Path(sys.argv[1])))
    print("\n".join(found) or "all rooms keep to their floors")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
