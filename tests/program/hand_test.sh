#!/usr/bin/env bash
# A new optimizer is one file and one line: takes the README's, adds it to a copy of the tree, builds what is needed and
# runs it by name.
set -euo pipefail

usage() {
  cat <<'END'
Usage: hand_test.sh SOURCE

Copies the source tree, adds the optimizer that README.md shows, builds and runs it. Fails when that takes more than one
new file and one new line.
END
}
[[ $# -eq 1 && "$1" != --help && "$1" != -h ]] || { usage; exit 2; }

source="$(cd "$1" && pwd)"
scratch="$(mktemp -d)"
trap 'rm -rf "$scratch"' EXIT
tree="$scratch/tree"
mkdir "$tree"
git -C "$source" ls-files -z | (cd "$source" && xargs -0 cp --parents -t "$tree")

awk '/^```cpp$/ { inside = 1; next } /^```$/ { if (inside) exit } inside' "$source/README.md" >"$tree/plugins/optimizers/lion.cpp"
grep -q DESCENT_OPTIMIZER "$tree/plugins/optimizers/lion.cpp"
echo 'descent_add_plugin(lion optimizer)' >>"$tree/plugins/CMakeLists.txt"

cmake -S "$tree" -B "$scratch/build" -G Ninja -DDESCENT_TESTS=OFF -DDESCENT_BENCH=OFF >/dev/null
cmake --build "$scratch/build" --target descent_program optimizer_lion model_point loss_rosenbrock >/dev/null
cd "$scratch"
"$scratch/build/bin/descent" plugins optimizer lion
"$scratch/build/bin/descent" run "$tree/experiments/rosenbrock.yaml" 'optimizer={plugin: lion, learning_rate: 1.0e-3}'
test "$(diff -rq "$source/plugins" "$tree/plugins" | wc -l)" -eq 2
