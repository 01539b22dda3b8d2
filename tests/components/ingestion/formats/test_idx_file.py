from __future__ import annotations

import gzip
import struct
import tempfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from components.errors import UserError
from components.ingestion.formats.idx_file import check_idx, iter_idx, read_header, write_idx

DTYPES = [np.uint8, np.int8, np.int16, np.int32, np.float32, np.float64]
any_array = st.sampled_from(DTYPES).flatmap(
    lambda dtype: arrays.arrays(
        dtype,
        arrays.array_shapes(min_dims=1, max_dims=4, max_side=6),
        elements={"allow_nan": False} if np.dtype(dtype).kind == "f" else None,
    )
)


@given(any_array, st.booleans(), st.integers(1, 7))
def test_what_was_written_is_read_in_chunks_of_any_size(
    array: np.ndarray, zipped: bool, chunk: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / ("array.gz" if zipped else "array")
        write_idx(path, array)
        read = np.concatenate(list(iter_idx(path, chunk=chunk)))
        header, _ = check_idx(path)
    assert header.shape == array.shape
    assert np.array_equal(read, array)


@given(st.integers(0, 12), st.integers(0, 12), st.booleans())
def test_a_range_is_the_slice_of_the_whole(start: int, stop: int, zipped: bool) -> None:
    array = np.arange(60, dtype=np.int16).reshape(10, 3, 2)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / ("array.gz" if zipped else "array")
        write_idx(path, array)
        read = list(iter_idx(path, start=start, stop=stop, chunk=4))
    expected = array[start:stop]
    assert np.array_equal(np.concatenate(read) if read else expected[:0], expected)


@given(st.binary(max_size=40))
def test_any_bytes_are_an_idx_file_or_a_line_for_the_user(content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bytes"
        path.write_bytes(content)
        try:
            header, _ = check_idx(path)
        except UserError as error:
            assert "\n" not in str(error)
            assert str(path) in str(error)
        else:
            size = header.items * header.item_bytes
            assert len(content) == 4 + 4 * len(header.shape) + size


@given(st.integers(1, 80))
def test_a_file_cut_short_anywhere_is_refused(missing: int) -> None:
    array = np.random.default_rng(0).integers(0, 255, (5, 4, 4), dtype=np.uint8)
    with tempfile.TemporaryDirectory() as folder:
        for name in ("plain", "zipped.gz"):
            path = Path(folder) / name
            write_idx(path, array)
            path.write_bytes(path.read_bytes()[:-missing])
            with pytest.raises(UserError):
                check_idx(path)


def test_a_wrong_magic_number_is_named(tmp_path: Path) -> None:
    path = tmp_path / "train-images-idx3-ubyte"
    path.write_bytes(b"\x89PNG rest")
    with pytest.raises(UserError, match="not an IDX file: it starts with 89 50 4e 47"):
        read_header(path)


def test_a_file_longer_than_its_header_says_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "labels"
    write_idx(path, np.zeros(3, np.uint8))
    path.write_bytes(path.read_bytes() + b"\0")
    with pytest.raises(UserError, match="longer than its header"):
        check_idx(path)


def header(*sizes: int) -> bytes:
    return bytes([0, 0, 8, len(sizes)]) + struct.pack(f">{len(sizes)}I", *sizes)


ABSURD = {
    "a plain file": (header(*[2**32 - 1] * 3) + b"\0" * 100, "is cut short"),
    "a gzip file": (
        gzip.compress(header(*[2**32 - 1] * 3) + b"\0" * 100),
        r"bytes would unpack to 79,[\d,]+ or more, over 200 times as many",
    ),
    "a bomb": (gzip.compress(header(2**30, 1, 1) + bytes(2**20)), "over 200 times as many"),
    "one huge picture": (
        gzip.compress(header(1, 10_000, 10_000)),
        "holds 1 items of 100,000,000 bytes: more than 20,000,000, or of more than 67,108,864",
    ),
    "pictures of nothing": (header(2**32 - 1, 0, 0), "holds 4,294,967,295 items of 0 bytes"),
    "too many dimensions": (header(*[1] * 255), "has 255 dimensions: more than 4 are not read"),
}


@pytest.mark.parametrize("name", ABSURD)
def test_a_header_of_absurd_size_costs_nothing(tmp_path: Path, name: str) -> None:
    content, said = ABSURD[name]
    path = tmp_path / "images"
    path.write_bytes(content)
    for read in (read_header, check_idx, lambda path: list(iter_idx(path))):
        with pytest.raises(UserError, match=said):
            read(path)


def test_gzip_is_told_from_the_content_not_the_name(tmp_path: Path) -> None:
    zipped = tmp_path / "labels.gz"
    write_idx(zipped, np.arange(4, dtype=np.uint8))
    plain_name = tmp_path / "labels"
    plain_name.write_bytes(zipped.read_bytes())
    assert next(iter_idx(plain_name)).tolist() == [0, 1, 2, 3]


def test_the_check_sum_is_of_the_uncompressed_content(tmp_path: Path) -> None:
    array = np.arange(4, dtype=np.uint8)
    write_idx(tmp_path / "a", array)
    for level in (1, 9):
        (tmp_path / f"a{level}.gz").write_bytes(gzip.compress((tmp_path / "a").read_bytes(), level))
    sums = {check_idx(tmp_path / name)[1] for name in ("a", "a1.gz", "a9.gz")}
    assert len(sums) == 1


def test_a_damaged_gzip_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "labels.gz"
    write_idx(path, np.random.default_rng(0).integers(0, 9, 1000, dtype=np.uint8))
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)
    with pytest.raises(UserError, match="damaged|cut short"):
        check_idx(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="nothing-here does not exist"):
        check_idx(tmp_path / "nothing-here")
