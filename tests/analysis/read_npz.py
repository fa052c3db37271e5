"""Checks an archive against what npz_test.cpp wrote, with Python's own zip reader and, where there is one, numpy."""
import ast
import struct
import sys
import zipfile

archive = zipfile.ZipFile(sys.argv[1])
assert archive.testzip() is None, "a checksum is wrong"
arrays = {}
for name in archive.namelist():
    content = archive.read(name)
    assert content[:8] == b"\x93NUMPY\x01\x00", name
    (length,) = struct.unpack("<H", content[8:10])
    assert (10 + length) % 64 == 0, name
    header = ast.literal_eval(content[10 : 10 + length].decode())
    assert header["fortran_order"] is False
    kind = {"<f4": "f", "<f8": "d", "<i8": "q"}[header["descr"]]
    data = content[10 + length :]
    arrays[name] = header["shape"], list(struct.unpack("<%d%s" % (len(data) // struct.calcsize(kind), kind), data))

assert arrays["steps.npy"] == ((3,), [1, 2, -3]), arrays
assert arrays["a/b.npy"] == ((2, 1, 2), [0.5, 1.5, 2.5, -0.0]), arrays
assert arrays["one.npy"] == ((), [0.1]), arrays
assert arrays["none.npy"] == ((0, 4), []), arrays
try:
    import numpy
except ImportError:
    print("numpy: not there, zip and header only")
else:
    loaded = numpy.load(sys.argv[1])
    assert loaded["steps"].tolist() == [1, 2, -3]
    assert loaded["a/b"].shape == (2, 1, 2) and loaded["a/b"].dtype == numpy.float32
    assert loaded["one"].shape == () and loaded["none"].shape == (0, 4)
print("as written")
