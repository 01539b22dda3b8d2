from __future__ import annotations

import copyreg
import functools
import os
import pickle
import pickletools
import re
import time
from collections import OrderedDict
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components import limits
from components.errors import UserError
from components.ingestion.formats.restricted_pickle import read_pickle

PIXELS = np.arange(24, dtype=np.uint8).reshape(4, 6)
BATCH = {"data": PIXELS, "labels": [1, 2, 3, 4], "filenames": ["a.png"], "batch_label": "one"}


def written(folder: Path, content: bytes) -> Path:
    path = folder / "batch"
    path.write_bytes(content)
    return path


def refused(folder: Path, content: bytes) -> str:
    """The one line that a file is refused with."""
    path = written(folder, content)
    with pytest.raises(UserError) as caught:
        read_pickle(path)
    assert "\n" not in str(caught.value)
    assert str(caught.value).startswith(str(path))
    return str(caught.value)


@pytest.mark.parametrize("protocol", range(6))
def test_plain_data_and_arrays_come_out_as_they_went_in(tmp_path: Path, protocol: int) -> None:
    found = read_pickle(written(tmp_path, pickle.dumps(BATCH, protocol=protocol)))
    assert np.array_equal(found.pop("data"), PIXELS)
    assert found == {key: value for key, value in BATCH.items() if key != "data"}


@pytest.mark.parametrize("protocol", range(6))
@pytest.mark.parametrize("dtype", ["u1", "<i4", ">i2", "<f8", "?"])
def test_numeric_arrays_of_any_order_are_read(tmp_path: Path, protocol: int, dtype: str) -> None:
    array = np.arange(12).reshape(3, 4).astype(dtype)
    for kept in (array, np.asfortranarray(array), array[:, ::2]):
        found = read_pickle(written(tmp_path, pickle.dumps(kept, protocol=protocol)))
        assert np.array_equal(found, kept)
        assert found.dtype == kept.dtype


def test_a_pickle_of_python_2_is_read(tmp_path: Path) -> None:
    # {'data': 'cat\xff'} as Python 2 wrote it: both are strings of bytes.
    found = read_pickle(written(tmp_path, b"\x80\x02}U\x04dataU\x04cat\xffs."))
    assert found == {"data": "cat\xff"}


class Evil:
    """Runs a command when it is read."""

    def __init__(self, call: Any, *arguments: Any):
        self.reduced = call, arguments

    def __reduce__(self) -> Any:
        return self.reduced


def evil(marker: Path) -> dict[str, Any]:
    command = f"touch {marker}"
    return {
        "posix.system": Evil(os.system, command),
        "builtins.eval": Evil(eval, f"__import__('os').system({command!r})"),
        "builtins.getattr": Evil(getattr, [], "append"),
        "numpy.load": Evil(np.load, str(marker), None, True),
        "numpy.core.multiarray.fromfile": Evil(np.fromfile, str(marker)),
        "functools.partial": functools.partial(os.system, command),
        "collections.OrderedDict": OrderedDict(a=1),
    }


@pytest.mark.parametrize("protocol", [0, 2, 5])
@pytest.mark.parametrize("name", sorted(evil(Path())))
def test_a_pickle_that_calls_anything_is_refused_and_nothing_is_run(
    tmp_path: Path, name: str, protocol: int
) -> None:
    marker = tmp_path / "marker"
    content = pickle.dumps({**BATCH, "more": [evil(marker)[name]]}, protocol=protocol)
    text = refused(tmp_path, content)
    assert re.search(r"is refused: it would (call [\w.]+|use \w+) when read", text)
    if name == "posix.system":
        assert "would call posix.system" in text
    assert not marker.exists()


def test_the_marker_would_be_there_if_it_were_run(tmp_path: Path) -> None:
    pickle.loads(pickle.dumps(evil(tmp_path / "marker")["posix.system"]))
    assert (tmp_path / "marker").exists()


SYSTEM = b"cposix\nsystem\n(S'true'\ntR."


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (SYSTEM, "would call posix.system"),
        (b"(S'true'\niposix\nsystem\n.", "would use INST"),
        (b"Pelsewhere\n.", "would use PERSID"),
        (b"\x80\x02\x82\x01.", "would use EXT1"),
        (b"\x80\x02cnumpy\nndarray\n)\x81.", "would use NEWOBJ"),
        # A numpy array that claims to be of another class, or of objects.
        (b"cnumpy.core.multiarray\n_reconstruct\n(I1\n(I0\ntS'b'\ntR.", "something else than an a"),
        (b"cnumpy\ndtype\n(S'O8'\ntR.", "would make an array of 'O8'"),
        # Changing the functions that answer.
        (b"cnumpy\ndtype\n}S'_call'\nI1\nsb.", "would change a function"),
        (b"cnumpy\ndtype\n.", "something else than data"),
    ],
)
def test_the_tricks_of_the_trade_are_refused(tmp_path: Path, content: bytes, said: str) -> None:
    assert said in refused(tmp_path, content)


def test_the_extension_registry_is_not_asked(tmp_path: Path) -> None:
    copyreg.add_extension("posix", "system", 0x77)
    try:
        content = pickle.dumps(Evil(os.system, f"touch {tmp_path / 'marker'}"), protocol=2)
    finally:
        copyreg.remove_extension("posix", "system", 0x77)
    assert b"\x82\x77" in content
    assert "would use EXT1" in refused(tmp_path, content)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"just some text\n",
        pickle.dumps(BATCH)[:-10],
        pickle.dumps(BATCH) + b"more",
        b"\x80\x02cnumpy.core.multiarray\n_reconstruct\n.",
        b"\x80\x02]q\x00h\x00a.",  # a list that holds itself
    ],
)
def test_what_is_no_pickle_of_data_costs_one_line(tmp_path: Path, content: bytes) -> None:
    refused(tmp_path, content)


def test_a_large_memo_index_claims_no_memory(tmp_path: Path) -> None:
    assert read_pickle(written(tmp_path, b"\x80\x02]r\xff\xff\xff\x7f.")) == []


def test_a_value_that_is_referred_to_is_the_same(tmp_path: Path) -> None:
    value: list[Any] = [1]
    for _ in range(limits.PICKLE_DEPTH - 1):
        value = [value, value]
    read = read_pickle(written(tmp_path, pickle.dumps(value)))
    assert read[0] is read[1]
    assert read == value


TUPLES = b"\x85" * 200_000  # TUPLE1, so many times
DOUBLED = b"q\x00h\x00\x86" * 40  # keep it, take it again, make a pair: 2^40 when written out
TEXT = b"X\xe8\x03\x00\x00" + b"a" * 1000 + b"q\x010X\x06\x00\x00\x00latin1q\x020"
HOSTILE = {
    "a deep tuple as a key": (b"})" + TUPLES + b"K\x01s", "a key that is neither text nor a num"),
    "a wide tuple as a key": (b"})" + DOUBLED + b"K\x01s", "a key that is neither text nor a num"),
    "tuples in tuples": (b")" + TUPLES, "nest values more than 16 levels deep"),
    "lists in lists": (b"]" * 50_000 + b"a" * 49_999, "nest values more than 16 levels deep"),
    "pairs of the same": (b")" + DOUBLED, "nest values more than 16 levels deep"),
    "lists of the same": (
        b"(" + b"K\x00" * 999 + b"lq\x010(" + b"h\x01" * 999 + b"l",
        "more values than any data set's",
    ),
    "many values": (b"(" + b"N" * 2_000_000 + b"l", "more values than any data set's"),
    "many copies": (TEXT + b"c_codecs\nencode\nh\x01h\x02\x86R" * 99, "claim more memory"),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_what_would_cost_time_or_memory_is_refused(tmp_path: Path, name: str) -> None:
    content, said = HOSTILE[name]
    began = time.process_time()
    assert said in refused(tmp_path, b"\x80\x02" + content + b".")
    assert time.process_time() - began < 10


def test_a_huge_file_is_not_even_read(tmp_path: Path) -> None:
    path = written(tmp_path, b"N.")
    os.truncate(path, limits.PICKLE_BYTES + 1)
    with pytest.raises(UserError, match="are not read"):
        read_pickle(path)


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_damage_never_does_more_than_one_line(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    protocol = data.draw(st.sampled_from([0, 2, 4, 5]))
    content = bytearray(pickle.dumps(BATCH, protocol=protocol))
    for _ in range(data.draw(st.integers(0, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    path = written(tmp_path_factory.getbasetemp(), bytes(content))
    try:
        read_pickle(path)
    except UserError as error:
        assert "\n" not in str(error)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from([o.code.encode("latin1") for o in pickletools.opcodes])))
def test_no_sequence_of_opcodes_does_more_than_one_line(
    tmp_path_factory: pytest.TempPathFactory, opcodes: list[bytes]
) -> None:
    path = written(tmp_path_factory.getbasetemp(), b"\x80\x02" + b"".join(opcodes) + b".")
    try:
        read_pickle(path)
    except UserError as error:
        assert "\n" not in str(error)
