"""Small files of data, one for each data set that reads files."""
import hashlib
import io
import pathlib

import h5py
import numpy
from PIL import Image

from playing import write_whole

ROWS = 120


def write_data_files(folder):
    """Writes all of them; returns their digest."""
    folder.mkdir(parents=True, exist_ok=True)
    digest = hashlib.sha256()
    for name, content in [*idx_files(), *array_files(), *picture_files(), *cifar_files(), classifier()]:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        write_whole(folder / name, content)
        digest.update(content)
    return digest.hexdigest()


def classifier():
    """The one that judges generators of glyphs."""
    shipped = pathlib.Path(__file__).parents[2] / "experiments/classifiers/glyphs.npz"
    return "glyphs.npz", shipped.read_bytes()


def idx_files():
    """Under MNIST's names; images of 6 by 7 pixels, four classes."""
    for prefix, count in (("train", 331), ("t10k", 90)):
        labels = bytes((i * i + i // 5) % 4 for i in range(count))
        pixels = bytes((label * 61 + y * 29 * (label + 1) + x * 17 + (i * 7919 + y * 31 + x * 101) % 83) % 256
                       for i, label in enumerate(labels) for y in range(6) for x in range(7))
        numbers = [n.to_bytes(4, "big") for n in (0x803, count, 6, 7, 0x801, count)]
        yield f"{prefix}-images-idx3-ubyte", b"".join(numbers[:4]) + pixels
        yield f"{prefix}-labels-idx1-ubyte", b"".join(numbers[4:]) + labels


def arrays():
    """Images of 5 by 4 pixels with 3 channels, and three classes."""
    i, y, x, c = numpy.ogrid[:ROWS, :5, :4, :3]
    label = numpy.arange(ROWS) % 3
    return ((i % 3 * 67 + y * 31 + x * 17 + c * 53 + i * 7919 % 83) % 256).astype("u1"), label


def saved(save, *arguments, **arrays_by_name):
    content = io.BytesIO()
    save(content, *arguments, **arrays_by_name)
    return content.getvalue()


def array_files():
    image, label = arrays()
    yield "arrays/image.npy", saved(numpy.save, image.astype(">f4"))
    yield "arrays/label.npy", saved(numpy.save, label)
    yield "arrays.npz", saved(numpy.savez, image=numpy.asfortranarray(image), label=label)
    content = io.BytesIO()
    with h5py.File(content, "w", track_order=False) as file:
        file.create_dataset("train/image", data=image.transpose(0, 3, 1, 2), track_times=False)
        file.create_dataset("train/label", data=label, track_times=False)
    yield "arrays.h5", content.getvalue()
    rows = [[f"{value / 7:.4f}" for value in one.ravel()[:4]] + ["abc"[kind]] for one, kind in zip(image, label)]
    yield "table.csv", "\n".join(",".join(row) for row in [["w", "x", "y", "z", "kind"], *rows]).encode()


def picture_files():
    image, label = arrays()
    for number in range(30):
        content = io.BytesIO()
        Image.fromarray(image[number]).save(content, "png")
        yield f"pictures/{'abc'[label[number]]}/{number}.png", content.getvalue()


def cifar_files():
    """In the names of CIFAR-10; a label and 32 by 32 pixels of three colors, plane after plane."""
    for name in [*(f"data_batch_{number}" for number in range(1, 6)), "test_batch"]:
        record, byte = numpy.ogrid[:20, :3072]
        pixels = ((record % 10 * 23 + byte // 32 * 5 + byte * 3 + len(name)) % 256).astype("u1")
        yield f"cifar/{name}.bin", numpy.concatenate([(record % 10).astype("u1"), pixels], axis=1).tobytes()
