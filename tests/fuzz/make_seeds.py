#!/usr/bin/python3
"""Writes a valid input for each fuzz target into CORPUS/TARGET/seed_*: make_seeds.py DESCENT CORPUS

DESCENT is the program, which writes the files of runs and sweeps; the others are made here as users make theirs. `tools/fuzz --seeds`
calls it. Logs and journals name the program's own path: install it where the path says nothing of its owner (`/opt/descent`).
"""
import gzip
import io
import pathlib
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
import zlib

import h5py
import numpy
from PIL import Image

TREE = pathlib.Path(__file__).resolve().parents[2]
SEPARATOR = b"\x1e"
WHOLE, EDITED = b"\0", b"\1"    # of the targets that read HDF5: a file, and edits of a valid one

BOWL = """name: bowl
model: {plugin: point, start: [1, 1]}
loss: {plugin: quadratic}
optimizer: {plugin: adam, learning_rate: 0.1}
trainer: {steps: 20}
metrics: [{plugin: objective, every: 10}]
log: {metrics: {every: 5}, tensors: [{values: "*", every: 10}, {gradients: "*", histogram: true, every: 10}]}
"""
SWEEP = """sweep:
  axes: {optimizer.learning_rate: {min: 0.1, max: 0.4, scale: log}}
  method: halving
  runs: 3
  halving: {first_rung: 10, reduction: 2}
  objective: objective/value
"""
SEARCH = """sweep:
  axes: {optimizer.learning_rate: {min: 0.1, max: 0.4, scale: log}, model.start: {choice: [[1, 1], [0, 2]]}}
  method: tpe
  runs: 6
  batch: 2
  objective: objective/value
"""
RING = """name: ring
dataset: {plugin: gaussian_ring, modes: 8}
model:
  plugin: gan
  latent: 4
  generator: {layers: [{linear: 8}, batch_norm, relu, {dropout: 0.1}]}
  discriminator: {hidden: [8], activation: leaky_relu}
loss: [non_saturating, {plugin: gradient_penalty, weight: {schedule: linear, from: 1, to: 10, steps: 100}, every: 4}]
optimizer:
  generator: [{plugin: clip_norm, max: 1}, {plugin: adam, learning_rate: 1e-3, beta1: 0.5}, ema]
  discriminator: {plugin: sgd, momentum: 0.9, learning_rate: {schedule: cosine, from: 0.1, to: 0, steps: 1000}}
trainer: {batch_size: 32, steps: 200, turns: [{discriminator: 2}, {generator: 1}]}
metrics: [{plugin: mode_coverage, samples: 100, every: 100}]
checkpoint: {every: 5 minutes, keep: 2, best: mode_coverage/modes}
"""
GLYPHS = """name: vae
dataset: {plugin: glyphs, pixels: 16}
model:
  plugin: vae
  latent: 2
  likelihood: {gaussian: shared}
  encoder: {layers: [{conv2d: {channels: 4, kernel: 4, stride: 2}}, relu, flatten, {residual: {layers: [{linear: 8}], shortcut: {linear: 8}}}]}
  decoder: {layers: [{linear: 64}, relu, {reshape: [4, 4, 4]}, {conv_transpose2d: {channels: output, kernel: 4, stride: 4}}]}
loss: {plugin: elbo, beta: 0.5}
optimizer: {encoder: {plugin: adam, learning_rate: 0.001, name: "${NAME:-a}"}, decoder: frozen}
trainer: {steps: 10, batch_size: 8, validation: 100, stop: {metric: objective, patience: 3}}
metrics: [{plugin: objective, every: 5, split: validation, at: {elbo.beta: 1}}]
precision: {products: bfloat16}
log: {samples: {every: 5, count: 4}, tensors: [{slots: "*", summary: true, every: 5}]}
"""
ABI_TAG = "sdk2.headersba07bc1c.float.cxx11abi1.gxxabi1017.eigen3_4_0.align64_16.plain.none.avx512f"
SCALARS = ["", "~", "null", "true", "0", "-3", "1e4", "012", "0x1f", "1_000", ".5", "5.", "+1", "1.5e-3", ".nan", "-.inf",
           "9223372036854775807", "9223372036854775808", "1e18", "12e-1", "0o17", "${HOME}", "${A:-b}${", "$${A}", "adam"]


class Corpus:
    def __init__(self, folder):
        self.folder = folder
        for old in folder.glob("*/seed_*"):
            old.unlink()

    def add(self, target, name, *content):
        folder = self.folder / target
        folder.mkdir(parents=True, exist_ok=True)
        parts = [part.encode() if isinstance(part, str) else part for part in content]
        (folder / f"seed_{name}").write_bytes(b"".join(parts))


def experiments(corpus):
    for name, text in {"bowl": BOWL, "ring": RING, "glyphs": GLYPHS}.items():
        for target in "yaml", "experiment":
            corpus.add(target, name, text)
    changes = ["optimizer.learning_rate=3e-4", 'loss={plugin: quadratic, curvature: [1, 2]}', "trainer.steps=null"]
    for target in "yaml", "experiment":
        corpus.add(target, "changed", SEPARATOR.join(part.encode() for part in [BOWL, *changes]))
    corpus.add("yaml", "forms", "a: &x [1, 2.5, ~, 'it''s', \"\\u00e4\\n\"]\nb: *x\nc: |\n  text\nd: >-\n  folded\n  text\n"
               "? e\n: {f: !!int 3, g: .inf}\n", SEPARATOR, 'a.0=[b, {c: d}]')
    for place, text in enumerate(SCALARS):
        corpus.add("scalars", f"{place:02}", text)


def kill_while_it_writes(descent, folder):
    """The journal of a run that was killed."""
    (folder / "long.yaml").write_text(BOWL.replace("steps: 20", "steps: 100000000").replace("name: bowl", "name: long"))
    with subprocess.Popen([descent, "run", "--quiet", "long.yaml"], cwd=folder) as process:
        for _ in range(1000):
            found = list(folder.glob("runs/long/**/log.journal"))
            if found and found[0].stat().st_size > 4096:
                break
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
    return found[0].read_bytes()


def first_records(journal, count):
    at = 16
    for _ in range(count):
        at += 12 + struct.unpack_from("<I", journal, at)[0]
    return journal[:at]


def runs(corpus, descent, folder):
    (folder / "bowl.yaml").write_text(BOWL)
    subprocess.run([descent, "run", "--quiet", "bowl.yaml"], cwd=folder, check=True)
    run = next(folder.glob("runs/bowl/**/status.yaml")).parent
    corpus.add("status", "done", (run / "status.yaml").read_bytes())
    corpus.add("status", "failed", 'status: failed\nstep: 3\nreason: "no \\"disk\\""\nerror:\n  - "one"\n  - "two"\n')
    corpus.add("events", "lines", '{"time": 12.5, "step": 100, "kind": "warning", "message": "a \\u00e4", "modes": 7}\n'
               '{"time": 1, "step": 0, "kind": "evaluation", "message": "", "a": [1, -2.5e3, "nan", null, true, {"b": {}}]}\n'
               '{"time": 1, "st')
    corpus.add("events", "value", '{"a": [1, 18446744073709551616, 1e400, "\\ud834\\udd1e", [[[]]], {}]}')
    for target in "log", "repair":
        corpus.add(target, "run", WHOLE, (run / "log.h5").read_bytes())
    corpus.add("checkpoint", "final", WHOLE, (run / "checkpoints" / "final.h5").read_bytes())
    journal = first_records(kill_while_it_writes(descent, folder), 6)
    corpus.add("journal", "read", b"\0", journal)
    corpus.add("journal", "sealed", b"\1", journal)
    corpus.add("journal", "log_made", b"\3", journal)


def sweeps(corpus, descent, folder):
    (folder / "bowls.yaml").write_text(BOWL.replace("name: bowl", "name: bowls") + SWEEP)
    subprocess.run([descent, "sweep", "--quiet", "bowls.yaml"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    subprocess.run([descent, "collect", "runs/bowls"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    sweep = folder / "runs" / "bowls"
    parts = [(sweep / name).read_bytes() for name in ("sweep.yaml", "runs.jsonl", "journal.jsonl")]
    corpus.add("sweep", "halving", SEPARATOR.join(parts))
    corpus.add("sweep", "random", parts[0].replace(b"method: halving", b"method: random"), SEPARATOR, parts[1])
    (folder / "hollows.yaml").write_text(BOWL.replace("name: bowl", "name: hollows") + SEARCH)
    subprocess.run([descent, "sweep", "--quiet", "hollows.yaml"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
    search = folder / "runs" / "hollows"
    parts = [(search / name).read_bytes() for name in ("sweep.yaml", "runs.jsonl", "journal.jsonl")]
    corpus.add("sweep", "tpe", SEPARATOR.join(parts))
    corpus.add("sweep", "cmaes", parts[0].replace(b"method: tpe", b"method: cmaes"), SEPARATOR, parts[1], SEPARATOR, parts[2])
    corpus.add("sweep_h5", "collected", WHOLE, (sweep / "sweep.h5").read_bytes())


def edits(corpus):
    """Each kind of edit once: kind, object, another object, and what the edit itself asks for."""
    for target in "log", "repair", "checkpoint", "sweep_h5", "hdf5":
        for kind in range(10):
            corpus.add(target, f"edit_{kind}", EDITED, bytes([kind, 3, 1, 5, 2, 1, 1, 1, 8, 4, 2, 0, 2, 9, 1, 1]))


def library(corpus, folder):
    """A library with marks, and without anything else."""
    source = folder / "marks.c"
    source.write_text("".join(f'const char m{i} __attribute__((section("{name}"))) = 1;\n' for i, name in enumerate(
        [".descent.abi." + ABI_TAG, ".descent.plugin.optimizer.adam", ".descent.plugin.layer.a.b"])))
    made = folder / "marks.so"
    subprocess.run(["gcc", "-shared", "-nostdlib", "-s", "-Wl,--build-id=none,-z,max-page-size=64,-z,noseparate-code", "-o", made,
                    source], check=True)
    corpus.add("marks", "library", made.read_bytes())
    corpus.add("marks", "tag", ABI_TAG)


def idx(*arrays):
    return [struct.pack(f">I{a.ndim}I", 0x0800 | a.ndim, *a.shape) + a.astype("u1").tobytes() for a in arrays]


def arrays(corpus):
    images, labels = idx(numpy.arange(24).reshape(2, 3, 4), numpy.array([0, 2]))
    for name, (a, b) in {"plain": (images, labels), "gzipped": (gzip.compress(images, mtime=0), gzip.compress(labels, mtime=0))}.items():
        corpus.add("idx", name, b"\1", struct.pack(">H", len(b)), b, a)
    corpus.add("idx", "unlabeled", b"\0\0\0", images)
    for name, array in {"float": numpy.ones((3, 2), "<f4"), "half": numpy.ones((3, 2), "<f2"), "big": numpy.ones((2, 3), ">i8"),
                        "fortran": numpy.asfortranarray(numpy.arange(12, dtype="f8").reshape(2, 3, 2)), "labels": numpy.arange(4),
                        "booleans": numpy.ones((2, 2), bool), "texts": numpy.array(["a"])}.items():
        stream = io.BytesIO()
        numpy.save(stream, array)
        corpus.add("npy", name, stream.getvalue())
    for target, members in {
            "npz": {"image": numpy.ones((3, 4, 4, 1), "u1"), "label": numpy.arange(3)},
            "trace": {"w/start": numpy.ones((2, 2)), "w/gradient": numpy.ones((3, 2, 2)), "w/value": numpy.ones((3, 2, 2))},
            "classifier": {"classifier.0.weight": numpy.ones((4, 3)), "classifier.0.bias": numpy.ones(3),
                           "classifier.1.weight": numpy.ones((3, 2)), "classifier.1.bias": numpy.ones(2)}}.items():
        for name, save in {"stored": numpy.savez, "deflated": numpy.savez_compressed}.items():
            stream = io.BytesIO()
            save(stream, **members)
            corpus.add(target, name, stream.getvalue())
    stream = io.BytesIO()
    with h5py.File(stream, "w", libver="v110") as file:
        file.create_dataset("train/image", data=numpy.ones((4, 3, 3, 1), "u1"), chunks=(2, 3, 3, 1), compression=1)
        file["label"] = numpy.arange(4)
        file["flag"] = numpy.array([True, False, True, True])
    corpus.add("hdf5", "arrays", WHOLE, stream.getvalue())


def tables(corpus):
    table = "x,\"y\"\"1\",label\r\n1,2.5,cat\r\n-3e2,NA,dog\r\n\r\n# no row\r\n4,5,\"cat, black\"\r\n"
    for choice in (0x01, 0x07, 0x0f, 0x33):
        corpus.add("csv", f"{choice:02x}", bytes([choice, 0]), table)
    corpus.add("csv", "tabs", bytes([0x41, 9]), "x\ty\n1\t2\n3\t4\n")
    corpus.add("cifar", "ten", b"\4\1", b"\3abc")
    corpus.add("cifar", "hundred", b"\7\2", b"\3\4abc")
    corpus.add("cifar", "whole", b"\0", b"\1" + bytes(range(256)) * 12)


def pictures(corpus):
    pixels = numpy.arange(8 * 6 * 4, dtype="u1").reshape(8, 6, 4)
    modes = {"gray": pixels[..., 0], "rgb": pixels[..., :3], "rgba": pixels}
    for name, array in modes.items():
        stream = io.BytesIO()
        Image.fromarray(array).save(stream, "PNG")
        corpus.add("pictures", f"png_{name}", b"\x09", stream.getvalue())
    palette, bits = io.BytesIO(), io.BytesIO()
    Image.fromarray(modes["rgb"]).quantize(4).save(palette, "PNG")
    Image.fromarray(modes["gray"] > 90).save(bits, "PNG")
    corpus.add("pictures", "png_palette", b"\x01", palette.getvalue())
    corpus.add("pictures", "png_bits", b"\x1b", bits.getvalue())
    for name in "gray", "rgb":
        for progressive in False, True:
            stream = io.BytesIO()
            Image.fromarray(modes[name]).save(stream, "JPEG", quality=50, progressive=progressive)
            corpus.add("pictures", f"jpeg_{name}_{progressive:d}", b"\x18" if progressive else b"\0", stream.getvalue())


def lying_archive():
    """An archive whose member announces 4 GB, and has some bytes."""
    stream = io.BytesIO()
    numpy.savez_compressed(stream, x=numpy.zeros((4, 4)))
    archive = bytearray(stream.getvalue())
    directory = archive.rindex(b"PK\1\2")
    size = struct.pack("<I", 0xFFFFFFF0)
    archive[22:26] = archive[directory + 24:directory + 28] = size
    return bytes(archive)


def lying_pictures():
    png, jpeg = io.BytesIO(), io.BytesIO()
    Image.fromarray(numpy.zeros((8, 8, 3), "u1")).save(png, "PNG")
    Image.fromarray(numpy.zeros((8, 8, 3), "u1")).save(jpeg, "JPEG", progressive=True)
    png, jpeg = bytearray(png.getvalue()), bytearray(jpeg.getvalue())
    png[16:24] = struct.pack(">II", 1 << 14, 1 << 14)
    png[29:33] = struct.pack(">I", zlib.crc32(png[12:29]))
    frame = jpeg.index(b"\xff\xc2")
    jpeg[frame + 5:frame + 9] = struct.pack(">HH", 1 << 14, 1 << 14)
    return bytes(png), bytes(jpeg)


def lies(corpus):
    """Small files that announce what no memory holds, or go deeper than any stack."""
    corpus.add("npz", "lies", lying_archive())
    png, jpeg = lying_pictures()
    corpus.add("pictures", "lies_png", b"\1", png)
    corpus.add("pictures", "lies_jpeg", b"\0", jpeg)
    for name, shape in {"long": (1 << 40,), "uncountable": (1 << 40, 1 << 30), "wide": (2, 1 << 50)}.items():
        stream = io.BytesIO()
        with h5py.File(stream, "w", libver="v110") as file:
            file.create_dataset("label", shape, "f4", chunks=tuple(min(extent, 16) for extent in shape))
        corpus.add("hdf5", f"lies_{name}", WHOLE, stream.getvalue())
    corpus.add("events", "tower", "[" * 10000 + "]" * 10000)
    corpus.add("yaml", "tower", "[" * 2000)
    array = io.BytesIO()
    numpy.save(array, numpy.zeros((1, 2)))
    corpus.add("npy", "lies", array.getvalue().replace(b"(1, 2)", b"(9999999999999999, 2)")[:-10])


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    descent, corpus = pathlib.Path(sys.argv[1]).resolve(), Corpus(pathlib.Path(sys.argv[2]))
    folder = pathlib.Path(tempfile.mkdtemp(prefix="descent-seeds"))
    try:
        experiments(corpus)
        runs(corpus, descent, folder)
        sweeps(corpus, descent, folder)
        edits(corpus)
        library(corpus, folder)
        arrays(corpus)
        tables(corpus)
        pictures(corpus)
        lies(corpus)
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
