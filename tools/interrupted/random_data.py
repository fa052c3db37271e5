"""Random data sets: drawn by the program, or files that are written here."""
import csv

import h5py
import numpy

import data_files

PIXELS = 8


class Data:
    """A data set of an experiment: its section, what it holds, and which fields it has."""

    def __init__(self, section, holds, field, label=None):
        self.section, self.holds, self.field, self.label = section, holds, field, label


def draw(values, folder):
    """A data set; its files, if it has any, are below `folder`."""
    chance = values.chance
    name = chance.choice(values.pages.names("dataset"))
    maker = MAKERS.get(name)
    if maker:
        return maker(name, values, folder)
    options = values.pages.options("dataset", name)
    if any(option.required for option in options.values()):
        return draw(values, folder)  # reads files that nobody has written
    return Data(values.plugin("dataset", name, share=0.5), "other", None)


def points(name, values, folder):
    given = {"samples": values.chance.choice([0, values.chance.randint(20, 300)])}
    return Data(values.plugin("dataset", name, given), "points", "point")


def glyphs(name, values, folder):
    section = {"plugin": name, "pixels": PIXELS, "examples": values.chance.randint(20, 200),
               "test_examples": values.chance.randint(5, 40), "seed": values.chance.randint(0, 9)}
    return Data(section, "images", "image", "label")


def arrays(values):
    """Images of 8 by 8 pixels in [0, 1], flat features, and classes."""
    chance = values.chance
    numbers = numpy.random.default_rng(chance.randrange(1 << 32))
    rows, channels, classes = chance.randint(20, 200), chance.choice([1, 1, 3]), chance.randint(2, 4)
    label = numbers.integers(0, classes, rows)
    label[:classes] = range(classes)
    image = numbers.uniform(0, 1, (rows, PIXELS, PIXELS, channels)) * (0.3 + 0.2 * label[:, None, None, None])
    if channels == 1:
        image = image[..., 0]
    return image.astype(chance.choice(["f4", "f8", ">f4"])), label


def split_and_memory(values, by_blocks):
    drawn = {}
    if values.often(0.5):
        drawn["test_examples"] = values.chance.choice([0.1, 0.25, 5, 9])
    if by_blocks and values.often(0.5):  # larger than the window: read block by block
        drawn.update(memory=0, window=values.chance.choice([0.002, 0.01, 0.05]))
    return drawn


def npy(name, values, folder):
    (folder / "arrays").mkdir(parents=True)
    image, label = arrays(values)
    numpy.save(folder / "arrays" / "image.npy", image)
    numpy.save(folder / "arrays" / "label.npy", label)
    section = {"plugin": name, "path": str(folder / "arrays"), **split_and_memory(values, True)}
    return Data(section, "images", "image", "label")


def npz(name, values, folder):
    folder.mkdir(parents=True)
    image, label = arrays(values)
    numpy.savez(folder / "arrays.npz", image=image, label=label)
    section = {"plugin": name, "path": str(folder / "arrays.npz"), **split_and_memory(values, False)}
    return Data(section, "images", "image", "label")


def hdf5(name, values, folder):
    folder.mkdir(parents=True)
    image, label = arrays(values)
    with h5py.File(folder / "arrays.h5", "w") as file:
        chunks = (min(len(image), values.chance.randint(1, 50)), *image.shape[1:]) if values.often(0.5) else None
        file.create_dataset("train/image", data=image, chunks=chunks)
        file.create_dataset("train/label", data=label)
    fields = {"image": "train/image", "label": "train/label"}
    return Data({"plugin": name, "path": str(folder / "arrays.h5"), "fields": fields, **split_and_memory(values, True)},
                "images", "image", "label")


def table(name, values, folder):
    folder.mkdir(parents=True)
    image, label = arrays(values)
    features = image.reshape(len(image), -1)[:, :values.chance.randint(2, 6)]
    with open(folder / "table.csv", "w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*(f"c{i}" for i in range(features.shape[1])), "kind"])
        writer.writerows([*(f"{number:.6g}" for number in row), "abcd"[kind]] for row, kind in zip(features, label))
    return Data({"plugin": name, "path": str(folder / "table.csv"), "label": "kind", **split_and_memory(values, False)},
                "features", "features", "label")


def files_of_bits(name, values, folder):
    """IDX, pictures and CIFAR: the files of tools/bits, scaled to 8 by 8 pixels."""
    data_files.write_data_files(folder)
    place = {"idx_images": ".", "cifar_binary": "cifar", "image_folder": "pictures"}[name]
    section = {"plugin": name, "path": str(folder / place)}
    if name == "image_folder" and values.often(0.5):
        section["resize"] = [PIXELS, PIXELS]
    else:
        section["transforms"] = [{"resize": [PIXELS, PIXELS]}]
    return Data(section, "images", "image", "label")


def deep(name, values, folder):
    return Data(name, "deep", None)


MAKERS = {"gaussian_ring": points, "gaussian_grid": points, "swiss_roll": points, "glyphs": glyphs, "npy": npy, "npz": npz,
          "hdf5": hdf5, "csv": table, "idx_images": files_of_bits, "cifar_binary": files_of_bits,
          "image_folder": files_of_bits, "quadratic_deep": deep}
