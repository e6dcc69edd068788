"""Image files of every kind that nibabel writes, and some that it only reads, compared voxel for voxel.

    cargo build --release --example read_volume
    python tests/bench/odd_images.py target/release/examples/read_volume

Each file's sum, position-weighted sum, shape and affine are compared with nibabel's; the last line says how many agreed.
"""

import gzip
import pathlib
import struct
import subprocess
import sys
import tempfile

import nibabel
import numpy as np

TYPES = ["u1", "i1", "u2", "i2", "u4", "i4", "u8", "i8", "f4", "f8"]
AFFINE = np.array([[0, -0.75, 0.1, 10], [0.8, 0, 0, -20], [0, 0.075, 3, 5], [0, 0, 0, 1.0]])


def voxels(dtype, shape=(6, 5, 4)):
    values = np.arange(np.prod(shape)).reshape(shape, order="F")
    if dtype[0] == "f":
        return (values / 7 - 3).astype(dtype)
    return (values - 20 if dtype[0] == "i" else values).astype(dtype)


def patch(path, field, at):
    raw = bytearray(path.read_bytes())
    raw[at : at + len(field)] = field
    path.write_bytes(raw)


def files(folder):
    """Pairs of a path and what it holds by nibabel: values, affine; or None for a file that must be refused."""
    kinds = {
        "n1": (nibabel.Nifti1Image, ".nii"), "n1p": (nibabel.Nifti1Pair, ".hdr"),
        "n2": (nibabel.Nifti2Image, ".nii"), "n2p": (nibabel.Nifti2Pair, ".hdr"),
    }
    for kind, (image, ending) in kinds.items():
        for dtype in TYPES:
            for order in "<>":
                for gz in ("", ".gz"):
                    path = folder / f"{kind}_{dtype}_{'le' if order == '<' else 'be'}{ending}{gz}"
                    header = image.header_class(endianness=order)
                    header.set_data_dtype(np.dtype(dtype).newbyteorder(order))
                    made = image(voxels(dtype), AFFINE, header)
                    made.header.set_slope_inter(1, 0)
                    nibabel.save(made, path)
                    yield path, None

    for order in "<>":
        for dtype in ("u1", "i2", "i4", "f4", "f8"):
            for shape in ((6, 5, 4), (6, 5, 4, 1)):
                header = nibabel.AnalyzeHeader(endianness=order)
                header.set_data_dtype(np.dtype(dtype).newbyteorder(order))
                path = folder / f"analyze_{dtype}_{len(shape)}_{'le' if order == '<' else 'be'}.hdr"
                nibabel.AnalyzeImage(voxels(dtype, shape), None, header).to_filename(path)
                yield path, None

    def nifti(name, change=lambda image: None, data=None, affine=AFFINE, image=nibabel.Nifti1Image):
        made = image(voxels("i2") if data is None else data, affine)
        change(made)
        path = folder / name
        nibabel.save(made, path)
        return path

    for slope, inter in ((2, 0), (0.5, -3), (1, 7), (-1, 100), (1e-3, 0)):
        path = nifti(f"scaled_{slope}_{inter}.nii")
        patch(path, struct.pack("<ff", slope, inter), 112)
        yield path, None
    for name, slope, inter in (("slopenan", np.nan, 3), ("slopezero", 0, 3), ("slopeinf", np.inf, 3)):
        path = nifti(f"{name}.nii")
        patch(path, struct.pack("<ff", slope, inter), 112)
        yield path, (voxels("i2"), AFFINE)
    for name, unit, length in (("metre", 1, 1000), ("micron", 3, 0.001), ("none", 0, 1), ("millimetre", 2, 1)):
        path = nifti(f"unit_{name}.nii")
        patch(path, bytes([unit]), 123)
        yield path, (voxels("i2"), np.diag([length] * 3 + [1]) @ AFFINE)
    for qfac in (1, -1):
        affine = AFFINE @ np.diag([1, 1, qfac, 1])
        path = nifti(f"qform_{qfac}.nii", lambda image: image.set_sform(None), affine=affine @ np.diag([1, 1, 1, 1]))
        yield path, None

    def extended(count, size):
        def change(image):
            for n in range(count):
                image.header.extensions.append(nibabel.nifti1.Nifti1Extension(6 if n % 2 else "comment", b"x" * size))
        return change

    for count, size in ((1, 1), (3, 100), (1, 70000)):
        for image in (nibabel.Nifti1Image, nibabel.Nifti2Image):
            yield nifti(f"ext_{count}_{size}_{image.__name__}.nii.gz", extended(count, size), image=image), None
    for shape in ((6, 5), (6,), (6, 5, 4, 1), (6, 5, 4, 1, 1), (6, 5, 4, 1, 1, 1, 1), (6, 1, 4), (1, 1, 1)):
        yield nifti(f"shape_{'x'.join(map(str, shape))}.nii", data=voxels("i2", shape)), None
    yield nifti("long_axis.nii", data=voxels("f4", (40000, 2, 1)), image=nibabel.Nifti2Image), None

    plain = nifti("plain.nii").read_bytes()
    here = {"trailing.nii": plain + b"rubbish" * 100, "UPPER.NII": plain, "sniffed.nii": gzip.compress(plain)}
    here["Upper.NII.GZ"] = gzip.compress(plain)
    members = [gzip.compress(plain[:n]) for n in (0,)] + [gzip.compress(plain[:200]), gzip.compress(b""), gzip.compress(plain[200:])]
    here["members.nii.gz"] = b"".join(members)
    here["one_a_byte.nii.gz"] = b"".join(gzip.compress(plain[n : n + 1]) for n in range(len(plain)))
    packed = gzip.compress(plain, mtime=0)
    for name, flags, more in (
        ("fname", 8, b"a name.nii\0"), ("fcomment", 16, b"a comment\0"), ("fextra", 4, b"\x06\x00AB\x02\x00xy"),
        ("fextra_fname", 12, b"\x06\x00AB\x02\x00xya.nii\0"),
    ):
        here[f"{name}.nii.gz"] = packed[:3] + bytes([flags]) + packed[4:10] + more + packed[10:]
    import zlib
    start = packed[:3] + bytes([2]) + packed[4:10]
    here["fhcrc.nii.gz"] = start + struct.pack("<H", zlib.crc32(start) & 0xFFFF) + packed[10:]
    here["stored.nii.gz"] = gzip.compress(plain, 0)
    for name, content in here.items():
        (folder / name).write_bytes(content)
        yield folder / name, (voxels("i2"), AFFINE)

    pair = nifti("halves.hdr", image=nibabel.Nifti1Pair)
    image = pair.with_suffix(".img")
    (folder / "halves.img.gz").write_bytes(gzip.compress(image.read_bytes()))
    image.unlink()
    yield pair, (voxels("i2"), AFFINE)
    yield folder / "halves.img.gz", (voxels("i2"), AFFINE)


def main():
    reader = subprocess.Popen([sys.argv[1]], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    agreed, differ = 0, []
    with tempfile.TemporaryDirectory() as name:
        for path, wanted in files(pathlib.Path(name)):
            if wanted is None:
                image = nibabel.load(path)
                wanted = np.asarray(image.get_fdata()), image.affine
            values, affine = np.asarray(wanted[0], dtype=float), wanted[1]
            shape = [n for at, n in enumerate(values.shape) if at < 3 or n > 1] + [1] * (3 - values.ndim)
            flat = values.ravel(order="F")
            reader.stdin.write(f"{path}\n")
            reader.stdin.flush()
            answer = reader.stdout.readline().split()
            expected = [flat.sum(), (flat * (np.arange(flat.size) % 997)).sum(), *affine[:3].ravel()]
            if answer[0] == "error" or answer[3] != "x".join(map(str, shape)):
                differ.append(f"{path.name}: {' '.join(answer)}")
                continue
            got = np.array([float(v) for v in answer[1:3] + answer[4:]])
            close = np.abs(got - expected) <= 1e-5 * np.maximum(1, np.abs(expected))
            if close.all():
                agreed += 1
            else:
                differ.append(f"{path.name}: {got[~close]} and {np.array(expected)[~close]}")
    print(*differ, sep="\n")
    print(f"{agreed} files agreed, {len(differ)} did not")


main()
