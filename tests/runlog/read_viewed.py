"""Asserts what viewers_test.cpp wrote, as viewers read it. Usage: read_viewed.py WHAT FILE STEPS"""
import json
import math
import sys

import h5py
import numpy


def text(value):
    return value.decode() if isinstance(value, bytes) else value


def texts(values):
    return [text(value) for value in values]


def read_curves(log, steps):
    train = log["metrics/train"]
    assert text(train.attrs["signal"]) == "generator.objective"
    # The objectives and terms, none of the schedules.
    assert texts(train.attrs["auxiliary_signals"]) == ["generator.elbo.kl", "discriminator.objective"]
    assert text(train["generator.elbo.kl"].attrs["long_name"]) == "generator/elbo/kl (nat)"
    assert text(train["generator.elbo.kl"].attrs["description"]) == "term 'kl' of loss 'elbo'"
    assert text(train["discriminator.objective"].attrs["long_name"]) == "discriminator/objective"
    assert "SILX_style" not in train.attrs
    for group in log["metrics"].values():
        labels = [text(column.attrs["long_name"]) for name, column in group.items() if name != "row_checksum"]
        assert len(set(labels)) == len(labels), labels
    distance = log["metrics/validation.distance"]
    assert json.loads(text(distance.attrs["SILX_style"])) == {"signal_scale_type": "log"}
    assert text(distance["squared"].attrs["long_name"]) == "squared (px)" and "auxiliary_signals" not in distance.attrs


def read_steps(log, steps):
    found = []

    def visit(name, item):
        if isinstance(item, h5py.Dataset) and name.split("/")[-1].split("_")[-1] == "step":
            found.append(name)
            # With a unit of its own an axis of steps is not drawn to the scale of the other one.
            assert text(item.attrs["long_name"]) == "step" and text(item.attrs["units"]) == "1", name

    log.visititems(visit)
    assert {"metrics/train/step", "tensors/layer/counts_histogram_step", "samples/image_step"} <= set(found), found


def read_reserved(log, steps):
    group = log["metrics/validation.distance"]
    for reserved in "title", "errors", "squared_errors", "scaling_factor", "offset":
        assert reserved not in group and text(group[reserved + "_"].attrs["name"]) == reserved
    for free in "signal", "default", "axes", "name":
        assert text(group[free].attrs["name"]) == free
    assert text(group.attrs["signal"]) == "squared" and texts(group.attrs["axes"]) == ["step"]
    assert set(texts(group["row_checksum"].attrs["columns"])) == set(group) - {"wall_time", "row_checksum"}


def sheet_of(images, background):
    """The sheet of images (count, height, width, channels): about as many columns as rows."""
    count, height, width, channels = images.shape
    columns = math.ceil(math.sqrt(count))
    rows = math.ceil(count / columns)
    sheet = numpy.full((rows * height, columns * width, 3), background, images.dtype)
    for i, image in enumerate(images):
        top, left = i // columns * height, i % columns * width
        sheet[top:top + height, left:left + width] = image
    return sheet


def read_sheets(log, steps):
    for name, background in ("image", -1), ("photo", 0), ("old", 0):
        images, sheet = log["samples"][name], log["samples"][name + "_sheet"]
        assert sheet.is_virtual and sheet.dtype == images.dtype
        assert all(source.file_name == "." and source.dset_name == "/samples/" + name
                   for source in sheet.virtual_sources())
        shown = images[:].reshape(*images.shape[:4], images.shape[4] if images.ndim == 5 else 1)
        assert len(sheet) == steps and len(shown) == steps, (name, sheet.shape)
        for step in range(steps):
            assert (sheet[step] == sheet_of(shown[step], background)).all(), (name, step)
        assert text(sheet.attrs["CLASS"]) == "IMAGE" and text(sheet.attrs["IMAGE_SUBCLASS"]) == "IMAGE_TRUECOLOR"
        assert text(sheet.attrs["INTERLACE_MODE"]) == "INTERLACE_PIXEL"
        assert list(sheet.attrs["IMAGE_MINMAXRANGE"]) == [background, 1]
        assert [scale.name for dimension in sheet.dims for scale in dimension.values()][0] == f"/samples/{name}_step"
    samples = log["samples"]
    assert text(samples.attrs["signal"]) == "image_sheet"
    assert texts(samples.attrs["axes"]) == ["image_step", ".", ".", "."]
    assert text(samples["image_sheet"].attrs["interpretation"]) == "rgba-image"


def read_live(path, steps):
    with h5py.File(path, swmr=True) as log:
        read_sheets(log, steps)


def read_slices(log, steps):
    last = str(steps - 1)
    assert texts(log["samples"].attrs["default_slice"]) == [last, ".", ".", "."]
    assert texts(log["tensors/layer/weight"].attrs["default_slice"]) == [last, ".", "."]
    assert texts(log["tensors/kernel"].attrs["default_slice"]) == [last, "0", ".", "."]
    # Vectors and histograms are shown with all their steps.
    assert "default_slice" not in log["tensors/layer/bias"].attrs and "default_slice" not in log["tensors/layer"].attrs


def change_early(log):
    for name in "image", "photo", "old":
        del log["samples"][name + "_sheet"]
    log["samples"].attrs["signal"] = numpy.bytes_("point")
    log["samples"].attrs["axes"] = numpy.array([b"point_step", b".", b"."])

    def strip(name, item):
        for attribute in "default_slice", "auxiliary_signals", "SILX_style", "scale":
            if attribute in item.attrs:
                del item.attrs[attribute]
        if name.split("_")[-1].split("/")[-1] == "step":
            del item.attrs["units"], item.attrs["long_name"]
        if "description" in item.attrs:
            item.attrs["long_name"] = item.attrs["description"]
            del item.attrs["description"]
        elif "direction" in item.attrs:
            item.attrs["long_name"] = item.attrs["name"]

    log.visititems(strip)
    group = log["metrics/validation.distance"]
    for name in "title", "errors", "squared_errors", "scaling_factor", "offset":
        group.move(name + "_", name)
    columns = [text(name) for name in group["row_checksum"].attrs["columns"]]
    columns = [name[:-1] if name.endswith("_") else name for name in columns]
    group["row_checksum"].attrs["columns"] = numpy.array(columns, "S")


def make_sheet(log, part):
    """Puts another sheet in the place of that of the gray images; `part(layout, sources)` says what it shows of them."""
    images = log["samples/image"]
    old = log["samples/image_sheet"]
    layout = h5py.VirtualLayout(old.shape, old.dtype)
    part(layout, h5py.VirtualSource(".", images.name, images.shape), images)
    del log["samples/image_sheet"]
    log.create_virtual_dataset("samples/image_sheet", layout)


def show(layout, source, count=5, at=0):
    for i in range(count):
        for color in range(3):
            layout[:, i // 3 * 2:i // 3 * 2 + 2, i % 3 * 3:i % 3 * 3 + 3, color] = source[:, (i + at) % 5, :, :, 0]


def change_elsewhere(log):
    make_sheet(log, lambda layout, _, images: show(layout, h5py.VirtualSource("secret.h5", images.name, images.shape)))


def change_other(log):
    make_sheet(log, lambda layout, _, images: show(layout, h5py.VirtualSource(".", "/samples/point", images.shape)))


def change_shifted(log):
    make_sheet(log, lambda layout, source, _: show(layout, source, at=1))


def change_fewer(log):
    make_sheet(log, lambda layout, source, _: show(layout, source, count=4))


if __name__ == "__main__":
    what, path, steps = sys.argv[1:]
    if what == "live":
        read_live(path, int(steps))
    elif "change_" + what in globals():
        with h5py.File(path, "r+", libver=("v110", "v110")) as opened:
            globals()["change_" + what](opened)
    else:
        with h5py.File(path) as opened:
            globals()["read_" + what](opened, int(steps))
