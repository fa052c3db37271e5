"""Reads the log that example.cpp writes, the way a user would, and compares. Usage: read_log.py WHAT FILE"""
import math
import struct
import sys


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def same(value, expected):
    return value == expected or (math.isnan(value) and math.isnan(expected))


def loss(step):
    return math.nan if step % 7 == 0 else 1 / step


def read_h5py(path, packed=False):
    import h5py

    with h5py.File(path) as log:
        assert log.attrs["status"] == b"done"
        assert log.attrs["schema"] == b"descent.log"
        assert [word.decode() for word in log.attrs["argv"]] == ["descent", "run", "größe.yaml"]
        assert log["experiment/yaml"][()].decode() == "name: gan_ring\nseed: 1\n# ä€\n"
        assert list(log["experiment/plugins"]["name"]) == [b"gan", b"adam"]

        entry = log[log.attrs["default"]]
        train = entry[entry.attrs["default"]]
        assert train.attrs["NX_class"] == b"NXdata"
        signal = train[train.attrs["signal"]]
        assert signal.attrs["units"] == b"nat" and signal.attrs["name"] == b"loss/generator.total"
        assert list(train.attrs["axes"]) == [b"step"]
        steps = train["step"][:]
        assert list(steps) == list(range(1, 201))
        assert all(same(value, loss(step)) for value, step in zip(signal[:], steps))
        assert signal.dims[0][0] == train["step"]

        columns = [train[name][:] for name in train["row_checksum"].attrs["columns"]]
        for row, checksum in enumerate(train["row_checksum"][:]):
            assert crc32c(b"".join(column[row].tobytes() for column in columns)) == checksum

        weight = log["tensors/generator.0.weight"]
        assert weight["value"].shape == (20, 3, 4) and weight["value"].chunks == (20 if packed else 1, 3, 4)
        assert weight["value"][4, 1, 1] == 50 + 5 / 16
        assert weight["gradient"].compression == "gzip" and weight["gradient"].shuffle
        assert weight["value"].dims[1][0].name.endswith("output")
        step, snapshot = weight["value_step"][4], weight["value"][4]
        assert crc32c(struct.pack("<q", step) + snapshot.tobytes()) == weight["value_row_checksum"][4]
        for column in [train["step"], signal, weight["value"], weight["gradient_histogram"], log["samples/digits"]]:
            assert (column.compression == "gzip" and column.shuffle) == packed, column.name
            assert column.maxshape[0] == (len(column) if packed else None), column.name
        assert list(weight["gradient_histogram"][1]) == [0, 20, 2, 3, 4, 5, 6, 7]
        assert list(weight["gradient_histogram_limits"][1]) == [-1.5, 2.0]

        digits = log["samples/digits"]
        assert digits.attrs["CLASS"] == b"IMAGE" and list(digits.attrs["IMAGE_MINMAXRANGE"]) == [0, 1]
        assert digits.attrs["IMAGE_SUBCLASS"] == b"IMAGE_GRAYSCALE" and digits.attrs["IMAGE_VERSION"] == b"1.2"
        assert digits.shape == (20, 2, 6, 6, 1) and (digits[:] == 0.5).all()

        def scaled(_, item):
            if isinstance(item, h5py.Dataset):
                assert len({len(dimension) > 0 for dimension in item.dims}) <= 1, item.name

        log.visititems(scaled)


def read_packed(path):
    read_h5py(path, packed=True)


def text(value):
    return value.decode() if isinstance(value, bytes) else value


def plot_of(group):
    """The curve or image that an NXdata group shows, as H5Web and silx find it (NeXus, NXdata, version 3)."""
    import h5py

    assert text(group.attrs["NX_class"]) == "NXdata", group.name
    signal = group[text(group.attrs["signal"])]
    assert isinstance(signal, h5py.Dataset) and signal.dtype.kind in "fiu", signal.name
    axes = [text(axis) for axis in group.attrs["axes"]]
    assert len(axes) == signal.ndim, group.name
    for length, axis in zip(signal.shape, axes):
        assert axis == "." or group[axis].shape == (length,), (group.name, axis)
    return signal, axes


def read_nexus(path):
    import h5py

    with h5py.File(path) as log:
        assert text(log.attrs["NX_class"]) == "NXroot"
        # From the root along `default` to what is plotted first.
        entry = log[text(log.attrs["default"])]
        assert text(entry.attrs["NX_class"]) == "NXentry"
        signal, axes = plot_of(entry[text(entry.attrs["default"])])
        assert signal.name == "/metrics/train/loss.generator.total" and axes == ["step"]
        assert text(signal.attrs["long_name"]) == "loss/generator.total (nat)" and text(signal.attrs["units"]) == "nat"
        assert text(signal.attrs["description"]) == "loss of the generator"

        plots = []

        def visit(_, item):
            if isinstance(item, h5py.Group) and text(item.attrs.get("NX_class", "")) == "NXdata":
                plots.append(plot_of(item)[0].name)

        log.visititems(visit)
        assert {"/metrics/validation.mode_coverage/modes", "/tensors/generator.0.weight/value",
                "/tensors/log_scale/value", "/samples/digits_sheet"} <= set(plots), plots


def read_pandas(path):
    import h5py
    import pandas

    with h5py.File(path) as log:
        train = log["metrics/train"]
        table = pandas.DataFrame({name: column[:] for name, column in train.items()}).set_index("step")
        assert table["loss.generator.total"].isna().sum() == 200 // 7
        assert abs(table.loc[10, "wall_time"] - 5.0) < 1e-9
        plugins = pandas.DataFrame(log["experiment/plugins"][:])
        assert list(plugins.columns) == ["kind", "name", "version", "path", "sha256"]


def read_xarray(path):
    import xarray

    with xarray.open_dataset(path, group="metrics/train", engine="h5netcdf") as train:
        assert float(train["loss.generator.total"].sel(step=10)) == 0.1
    with xarray.open_dataset(path, group="tensors/generator.0.weight", engine="h5netcdf") as weight:
        assert weight["value"].dims == ("value_step", "output", "input")
        assert float(weight["value"].sel(value_step=50)[1, 1]) == 50 + 5 / 16
        assert int(weight["gradient_histogram"].sel(gradient_histogram_step=20)[1]) == 20
        assert weight["gradient_histogram_limits"].dims == ("gradient_histogram_step", "end")
        assert float(weight["gradient"].sel(gradient_step=50)[1, 1]) == 50 + 5 / 16
    with xarray.open_dataset(path, group="samples", engine="h5netcdf") as samples:
        assert samples["digits"].shape == (20, 2, 6, 6, 1)
    for group in ["/", "experiment", "samples", "tensors/log_scale", "metrics/validation.mode_coverage"]:
        xarray.open_dataset(path, group=group, engine="h5netcdf").load().close()


def read_running(path):
    import h5py

    with h5py.File(path) as log:
        assert log.attrs["status"] == b"running" and len(log["metrics/train/step"]) >= 70


def read_live(path):
    import h5py

    with h5py.File(path, swmr=True) as log:
        assert log.attrs["status"] == b"running"
        train = log["metrics/train"]
        rows = len(train["step"])
        assert rows >= 70
        values = train["loss.generator.total"][:rows]
        assert all(same(value, loss(step)) for value, step in zip(values, train["step"][:rows]))


if __name__ == "__main__":
    globals()["read_" + sys.argv[1]](sys.argv[2])
