#!/usr/bin/env bash
# A new optimizer is one file and one line: takes the README's out of a copy of the tree, adds it by hand, builds what is
# needed and runs it by name.
set -euo pipefail

usage() {
  cat <<'END'
Usage: hand_test.sh SOURCE

Copies the source tree without the optimizer that README.md shows, adds it, builds and runs it. Fails when that takes
more than one new file and one new line, or when the README does not show the file that there is.
END
}
[[ $# -eq 1 && "$1" != --help && "$1" != -h ]] || { usage; exit 2; }

source="$(cd "$1" && pwd)"
scratch="$(mktemp -d)"
trap 'rm -rf "$scratch"' EXIT
tree="$scratch/tree"
mkdir "$tree"
git -C "$source" ls-files -z | (cd "$source" && xargs -0 cp --parents -t "$tree")

rm "$tree/plugins/optimizers/lion.cpp"
sed -i '/^descent_add_plugin(lion optimizer)$/d' "$tree/plugins/CMakeLists.txt"
cp -r "$tree/plugins" "$scratch/plugins_before"

awk '/^```cpp$/ { inside = 1; next } /^```$/ { if (inside) exit } inside' "$source/README.md" >"$tree/plugins/optimizers/lion.cpp"
diff "$source/plugins/optimizers/lion.cpp" "$tree/plugins/optimizers/lion.cpp"
echo 'descent_add_plugin(lion optimizer)' >>"$tree/plugins/CMakeLists.txt"

cmake -S "$tree" -B "$scratch/build" -G Ninja -DDESCENT_TESTS=OFF -DDESCENT_BENCH=OFF >/dev/null
cmake --build "$scratch/build" --target descent_program optimizer_lion model_point loss_rosenbrock >/dev/null
cd "$scratch"
"$scratch/build/bin/descent" plugins optimizer lion
"$scratch/build/bin/descent" run "$tree/experiments/rosenbrock.yaml" 'optimizer={plugin: lion, learning_rate: 1.0e-3}'
test "$(diff -rq "$scratch/plugins_before" "$tree/plugins" | wc -l)" -eq 2
